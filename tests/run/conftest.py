"""A real installed package of fake plugins: a generator that does what its prompt says, and a judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from genspace_core.run.plan import RunSpec

PLUGINS = """
import io, json, os, time
from pathlib import Path
import numpy as np
from PIL import Image
from genspace_core.errors import *
from genspace_core.interfaces import *
from genspace_core.types import *


class FakeConfig(PluginConfig):
    calls: str = ""          # a file that gets one line per call
    colour: int = 0
    batch_fails: bool = False


class Fake(Generator):
    def __init__(self, config): self.config = config

    def _count(self, prompt):
        with open(self.config.calls, "a") as f: f.write(prompt + "\\n")
        return Path(self.config.calls).read_text().splitlines().count(prompt)

    def generate(self, request):
        n = self._count(request.prompt) if self.config.calls else 1
        what = request.prompt.split()[0]
        if what == "refuse": raise Refused("blocked by moderation")
        if what == "fatal": raise Fatal("the key was refused; set FAKE_KEY")
        if what == "flaky" and n < 3: raise RateLimited("slow down", retry_after=0.01)
        if what == "down": raise Transient("HTTP 503") if n < 99 else None
        if what == "leak": raise InvalidRequest("401 for\\nkey " + os.environ["FAKE_API_KEY"])
        if what == "bug": raise KeyError("oops")
        if what == "garbage": return GeneratedImage(data=b"<html>no picture</html>")
        if what == "slow": time.sleep(0.2)
        pixels = np.full((4, 4, 3), request.seed % 251, np.uint8); pixels[0, 0] = self.config.colour
        buffer = io.BytesIO(); Image.fromarray(pixels).save(buffer, "PNG")
        return GeneratedImage(data=buffer.getvalue(), info={"seed": request.seed}, cost=0.25)


class Look(Reconstructor):
    def __init__(self, config): self.config = config

    def reconstruct(self, image, names):
        if self.config.log:
            with open(self.config.log, "a") as f: f.write("look\\n")
        if self.config.gives_up: raise ReconstructionError("too dark")
        z = 1.0 + image[1, 1, 0] / 100
        objects = [SceneObject(name=n, points=[[i, 0, z]], rotation=np.eye(3)) for i, n in enumerate(names)]
        return Scene(Camera(np.eye(3)), tuple(objects[self.config.drop:]))


class LookConfig(PluginConfig):
    drop: int = 0
    gives_up: bool = False
    log: str = ""


class Near(Metric):
    def score(self, sample, evidence):
        found = assign_objects(sample.objects, evidence.scene)
        if not found.objects: return Score(0.0, False, reason=found.detail)
        z = float(found.objects[0].center[2])
        return Score(z / 10, False, measurements=(Measurement("z", z, "m", 10.0, None, z / 10, False),))


class Far(Near):
    def score(self, sample, evidence):
        near = super().score(sample, evidence)
        return Score(1 - near.value, near.passed)


GENERATOR = PluginSpec(interface=Generator, factory=Fake, config=FakeConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i"}), max_batch=3, price=0.25))
LOOK = PluginSpec(interface=Reconstructor, factory=Look, config=LookConfig)
NEAR = PluginSpec(interface=Metric, factory=lambda config: Near())
FAR = PluginSpec(interface=Metric, factory=lambda config: Far())
"""

ENTRY_POINTS = """
[genspace.generators]
fake = fake_plugins:GENERATOR
[genspace.reconstructors]
look = fake_plugins:LOOK
[genspace.metrics]
near = fake_plugins:NEAR
far = fake_plugins:FAR
"""


@pytest.fixture(scope="session")
def fake_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "fake_plugins.py").write_text(PLUGINS)
    info = folder / "fake_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


@pytest.fixture
def make_spec(fake_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(fake_package))
    from genspace_core.plugins.config import resolve
    from genspace_core.suite.canonical import make_suite
    from genspace_core.types import Sample

    def make(
        prompts, *, generator=None, reconstructor=None, metrics=("near",), seed=0, images=1, directory="run"
    ) -> RunSpec:
        samples = [
            Sample(
                id=f"t2i/{i % 4}/{i:03d}",
                task="t2i",
                sub_domain="camera_pose",
                template=i % 4,
                prompt=prompt,
                objects=("dog",),
            )
            for i, prompt in enumerate(prompts)
        ]
        return RunSpec(
            directory=tmp_path / directory,
            suite=make_suite("test", "1", samples),
            generator=resolve("generators", "fake", overrides=generator or {}),
            reconstructor=resolve("reconstructors", "look", overrides=reconstructor or {}),
            metrics=tuple(resolve("metrics", name) for name in metrics),
            seed=seed,
            images_per_prompt=images,
        )

    return make
