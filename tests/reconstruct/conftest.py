"""The fake stages as a real installed package, and `staged` configured with them."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import numpy as np
import pytest

ENTRY_POINTS = """
[genspace.detectors]
fake = fake_stages:DETECTOR
[genspace.depth_estimators]
fake = fake_stages:DEPTH
[genspace.camera_calibrators]
fake = fake_stages:CAMERA
reader = fake_stages:READER
[genspace.orientation_estimators]
fake = fake_stages:ORIENTATION
"""


@pytest.fixture(scope="session")
def stage_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    copy(Path(__file__).with_name("fake_stages.py"), folder)
    info = folder / "fake_stages-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-stages\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


@pytest.fixture
def stages(stage_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`stages(depth={"scale": 2}, lifting="paper")` is a resolved `staged`; `stages.calls` counts."""
    monkeypatch.syspath_prepend(str(stage_package))
    return Stages(tmp_path / "calls.txt")


class Stages:
    def __init__(self, calls: Path):
        self.file = calls

    def __call__(self, **config):
        from genspace_core.plugins.config import resolve

        base = {"detector": {}, "depth": {}, "camera": {}, "orientation": {}}
        for key, value in (base | config).items():
            if isinstance(value, dict):
                base[key] = {"plugin": "fake", "calls": str(self.file)} | value
            else:
                base[key] = value
        return resolve("reconstructors", "staged", overrides={k: v for k, v in base.items() if v is not None})

    def calls(self) -> dict[str, int]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.file.unlink(missing_ok=True)
        return {name: lines.count(name) for name in ("detector", "depth", "camera", "orientation")}


@pytest.fixture
def picture():
    """A dog to the left at 2 m, a cat to the right at 3 m, 96 x 128."""

    def make(shift: int = 0, shade: int = 220):
        image = np.full((96, 128, 3), shade, np.uint8)
        image[30:70, 10 + shift : 40 + shift] = (255, 0, 0)
        image[40:64, 80:104] = (0, 0, 255)
        return image

    return make
