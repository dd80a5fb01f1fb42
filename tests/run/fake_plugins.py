"""Fake plugins, installed by conftest.py as a real package: the generator does what its prompt says."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image

from genspace_core.errors import Fatal, InvalidRequest, RateLimited, ReconstructionError, Refused, Transient
from genspace_core.interfaces import (
    Capabilities,
    GeneratedImage,
    Generator,
    Metric,
    NotIdentity,
    PluginConfig,
    PluginSpec,
    Reconstructor,
)
from genspace_core.types import Camera, Measurement, Scene, SceneObject, Score, assign_objects


def png(pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def hollow() -> bytes:
    """A PNG whose every chunk is whole, but that holds too few pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


ERRORS = {
    "refuse": lambda: Refused("blocked by moderation"),
    "fatal": lambda: Fatal("the key was refused; set FAKE_KEY"),
    "down": lambda: Transient("HTTP 503"),
    "leak": lambda: InvalidRequest("401 for\nkey " + os.environ["FAKE_API_KEY"]),
    "quit": lambda: SystemExit(3),
    "long": lambda: InvalidRequest("the prompt is too long"),
    "bug": lambda: KeyError("oops"),
}
ANSWERS = {
    "none": lambda: None,
    "text": lambda: GeneratedImage(data="no bytes"),
    "hollow": lambda: GeneratedImage(data=hollow()),
    "garbage": lambda: GeneratedImage(data=b"<html>no picture</html>"),
}


class FakeConfig(PluginConfig):
    calls: str = ""  # a file that gets one line per call
    colour: int = 0


class Fake(Generator):
    def __init__(self, config):
        self.config = config

    def _count(self, prompt):
        with Path(self.config.calls).open("a") as file:
            file.write(prompt + "\n")
        return Path(self.config.calls).read_text().splitlines().count(prompt)

    def generate(self, request):
        times = self._count(request.prompt) if self.config.calls else 1
        what = request.prompt.split()[0]
        if what == "flaky" and times < 3:
            raise RateLimited("slow down", retry_after=0.01)
        if what in ERRORS:
            raise ERRORS[what]()
        if what in ANSWERS:
            return ANSWERS[what]()
        if what == "slow":
            time.sleep(float(request.prompt.split()[1]))
        pixels = np.full((4, 4, 3), request.seed % 251, np.uint8)
        pixels[0, 0] = self.config.colour
        info = {"seed": request.seed, "guidance": np.float32(3.5), "when": Path("x")}
        return GeneratedImage(data=png(pixels), info=info, cost=np.float32(0.25))


class Edits(Fake):
    """Makes the source darker by one for each letter of the prompt; "keep" returns it."""

    def generate(self, request):
        self._count(request.prompt) if self.config.calls else None
        if request.prompt.split()[0] in ERRORS:
            raise ERRORS[request.prompt.split()[0]]()
        shade = 0 if request.prompt == "keep" else len(request.prompt)
        return GeneratedImage(data=png(request.source - np.uint8(shade)), info={})


class LookConfig(PluginConfig):
    drop: int = 0
    gives_up: bool = False
    no_memory_for: Annotated[str, NotIdentity()] = ""  # a file that names the shade it stumbles over
    answers_nothing: bool = False
    log: str = ""


class Look(Reconstructor):
    def __init__(self, config):
        self.config = config

    def reconstruct(self, image, names):
        if self.config.log:
            with Path(self.config.log).open("a") as file:
                file.write("look\n")
        stumble = Path(self.config.no_memory_for)
        if self.config.no_memory_for and stumble.exists() and int(stumble.read_text()) == image[1, 1, 0]:
            raise MemoryError
        if self.config.gives_up:
            raise ReconstructionError("too dark")
        if self.config.answers_nothing:
            return None
        z = 1.0 + image[1, 1, 0] / 100
        objects = [
            SceneObject(name=n, points=[[i, 0, z]], rotation=np.eye(3), confidence=np.float32(0.5))
            for i, n in enumerate(names)
        ]
        return Scene(Camera(np.eye(3)), tuple(objects[self.config.drop :]))


class Near(Metric):
    def score(self, sample, evidence):
        found = assign_objects(sample.objects, evidence.scene)
        if not found.objects:
            return Score(0.0, False, reason=found.detail)
        z = float(found.objects[0].center[2])
        return Score(z / 10, False, measurements=(Measurement("z", z, "m", 10.0, None, z / 10, False),))


class Moved(Metric):
    """How far the first object went, in tens of metres; what else there was is told in `reason`."""

    needs = frozenset({"scene", "scene_before", "source"})

    def score(self, sample, evidence):
        if evidence.scene_before is None:
            return Score(0.0, False, undecidable=True, reason="no source")
        before, after = (s.objects[0].center[2] for s in (evidence.scene_before, evidence.scene))
        names = " ".join(o.name for o in evidence.scene.objects)
        assert evidence.source.is_file()
        kept = (Measurement("place", 0.0, "ratio", 0.0, 0.1, 1.0, True),)
        return Score(abs(after - before) / 10, False, reason=names, preservation=0.75, kept=kept)


class Far(Near):
    def score(self, sample, evidence):
        near = super().score(sample, evidence)
        return Score(1 - near.value, near.passed)


GENERATOR = PluginSpec(
    interface=Generator,
    factory=Fake,
    config=FakeConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i"}), max_batch=3, price=0.25),
)
PAID = PluginSpec(
    interface=Generator,
    factory=Fake,
    config=FakeConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i"}), network=True, price=0.25),
)
LOOK = PluginSpec(interface=Reconstructor, factory=Look, config=LookConfig)
EDITOR = PluginSpec(
    interface=Generator,
    factory="fake_plugins:Edits",
    config=FakeConfig,
    capabilities=Capabilities(tasks=frozenset({"edit"}), max_batch=3),
)
NEAR = PluginSpec(interface=Metric, factory=lambda config: Near())
MOVED = PluginSpec(interface=Metric, factory=lambda config: Moved())
FAR = PluginSpec(interface=Metric, factory=lambda config: Far())
