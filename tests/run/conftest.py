"""A real installed package of fake plugins: a generator that does what its prompt says, and a judge."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import pytest

from genspace_core.run.plan import RunSpec
from tests import commands

ENTRY_POINTS = """
[genspace.generators]
fake = fake_plugins:GENERATOR
paid = fake_plugins:PAID
edits = fake_plugins:EDITOR
painter = lane_plugins:PAINTER
direct = vendor_plugins:DIRECT
queued = vendor_plugins:QUEUED
[genspace.reconstructors]
look = fake_plugins:LOOK
critic = lane_plugins:CRITIC
[genspace.metrics]
near = fake_plugins:NEAR
far = fake_plugins:FAR
moved = fake_plugins:MOVED
critic = vendor_plugins:JUDGE
[genspace.executors]
threads = lane_plugins:THREADS
crew = lane_plugins:CREW
"""


@pytest.fixture(scope="session")
def fake_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for module in ("fake_plugins.py", "lane_plugins.py", "vendor_plugins.py"):
        copy(Path(__file__).with_name(module), folder)
    info = folder / "fake_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes from a server that has imported what they need: each takes a second to start anew.

    They see that server's environment. Tests of it, and those through the command, start them as users do.
    """
    monkeypatch.setattr("genspace_core.run.processes.get_context", lambda _method: commands.PROCESSES)


@pytest.fixture
def make_spec(fake_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(fake_package))
    from genspace_core.plugins.config import resolve
    from genspace_core.suite.canonical import make_suite
    from genspace_core.types import Sample

    def make(
        prompts,
        *,
        plugin="fake",
        generator=None,
        judge="look",
        reconstructor=None,
        metrics=("near",),
        seed=0,
        images=1,
        directory="run",
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
            generator=resolve("generators", plugin, overrides=generator or {}),
            reconstructor=resolve("reconstructors", judge, overrides=reconstructor or {}),
            metrics=tuple(resolve("metrics", name) for name in metrics),
            seed=seed,
            images_per_prompt=images,
        )

    return make
