"""Fake stages for the `staged` reconstructor, each noting every picture it is asked about.

They find no object: what they see is told by the focal length, which is the picture's shade plus what the
depth stage is configured to add.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from shutil import copy
from typing import Annotated

import numpy as np
from PIL import Image

from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import (
    CameraCalibrator,
    Capabilities,
    DepthEstimator,
    DepthMap,
    Detector,
    GeneratedImage,
    Generator,
    Metric,
    NotIdentity,
    OrientationEstimator,
    PluginConfig,
    PluginSpec,
)
from genspace_core.types import Camera, Score

STAGES = """
[genspace.detectors]
eye = staged_plugins:EYE
[genspace.depth_estimators]
rule = staged_plugins:RULE
[genspace.camera_calibrators]
level = staged_plugins:LEVEL
slanted = staged_plugins:SLANTED
[genspace.orientation_estimators]
turn = staged_plugins:TURN
[genspace.metrics]
focal = staged_plugins:FOCAL
gap = staged_plugins:GAP
"""
MAKER = """
[genspace.generators]
shade = staged_maker:SHADE
"""


def install(folder: Path, *, maker: bool = True) -> Path:
    """Put the plugins into a folder as installed packages, with or without their generator."""
    parts = {"staged_plugins": STAGES} | ({"staged_maker": MAKER} if maker else {})
    folder.mkdir(exist_ok=True)
    for name, points in parts.items():
        copy(__file__, folder / f"{name}.py")
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points)
    return folder


class LoggedConfig(PluginConfig):
    log: Annotated[str, NotIdentity()] = ""  # a file that gets one line per picture asked about

    def note(self, what: str) -> None:
        if self.log:
            with Path(self.log).open("a") as file:
                file.write(what + "\n")


class RuleConfig(LoggedConfig):
    add: float = 0.0
    seconds: Annotated[float, NotIdentity()] = 0.0
    stumbles: Annotated[str, NotIdentity()] = ""  # a file; while it is there, even shades fail


class Eye(Detector):
    def __init__(self, config):
        self.config = config

    def detect(self, image, names):
        self.config.note(f"detector {image[0, 0, 0]}")
        return []


class Rule(DepthEstimator):
    def __init__(self, config):
        self.config = config

    def estimate(self, image):
        self.config.note(f"depth {image[0, 0, 0]}")
        time.sleep(self.config.seconds)
        if self.config.stumbles and Path(self.config.stumbles).exists() and image[0, 0, 0] % 2 == 0:
            raise ReconstructionError("too even")
        focal = 1.0 + image[0, 0, 0] + self.config.add
        return DepthMap(depth=np.ones(image.shape[:2], np.float32), K=np.diag([focal, focal, 1.0]))


class Level(CameraCalibrator):
    def __init__(self, config):
        self.config = config

    def calibrate(self, image, depth):
        self.config.note(f"camera {image[0, 0, 0]}")
        return Camera(np.diag([500.0, 500.0, 1.0]))


class Turn(OrientationEstimator):
    def __init__(self, config):
        self.config = config

    def orient(self, image, detections):
        self.config.note(f"orientation {image[0, 0, 0]}")
        return []


class Focal(Metric):
    """Passes where the focal length is over 100."""

    def score(self, sample, evidence):
        seen = evidence.scene.camera.K[0, 0] - 1.0
        return Score(float(np.clip(seen / 255, 0, 1)), seen > 100)


class Gap(Metric):
    """How far the focal lengths of source and edit are apart; the depth stage adds to both."""

    needs = frozenset({"scene", "scene_before", "source"})

    def score(self, sample, evidence):
        before, after = evidence.scene_before.camera.K[0, 0], evidence.scene.camera.K[0, 0]
        return Score(before / 1000, after < before)


class ShadeConfig(PluginConfig):
    less: int = 0


class Shade(Generator):
    """Draws the shade that the prompt ends with; an edit is darker than its source by that."""

    def __init__(self, config):
        self.config = config

    def generate(self, request):
        shade = max(0, int(request.prompt.split()[-1]) - self.config.less)
        pixels = np.full((4, 4, 3), shade, np.uint8)
        if request.source is not None:
            pixels = request.source - np.uint8(shade)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return GeneratedImage(data=buffer.getvalue())


EYE = PluginSpec(interface=Detector, factory=Eye, config=LoggedConfig, capabilities=Capabilities(max_batch=4))
RULE = PluginSpec(interface=DepthEstimator, factory=Rule, config=RuleConfig)
LEVEL = PluginSpec(interface=CameraCalibrator, factory=Level, config=LoggedConfig)
SLANTED = PluginSpec(
    interface=CameraCalibrator,
    factory=Level,
    config=LoggedConfig,
    capabilities=Capabilities(reads=frozenset({"depth"})),
)
TURN = PluginSpec(interface=OrientationEstimator, factory=Turn, config=LoggedConfig)
FOCAL = PluginSpec(interface=Metric, factory=lambda config: Focal())
GAP = PluginSpec(interface=Metric, factory=lambda config: Gap())
SHADE = PluginSpec(
    interface=Generator,
    factory="staged_maker:Shade",
    config=ShadeConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"})),
)


def tables(log: Path, **rule: object) -> str:
    """A plugins.toml: reconstructor `rebuilt`, and what to swap in it; `rule` configures `longer`."""
    longer = "".join(f"{key} = {value!r}\n" for key, value in ({"add": 30.0} | rule).items())
    logged = f"log = '{log}'\n"
    return (
        "[reconstructors.rebuilt]\nplugin = 'staged'\ndetector = 'quiet'\ndepth = 'right'\ncamera = 'flat'\n"
        "orientation = 'turned'\n"
        "[reconstructors.deep]\nextends = 'rebuilt'\ncamera = 'sloping'\n"
        f"[detectors.quiet]\nplugin = 'eye'\n{logged}"
        f"[depth_estimators.right]\nplugin = 'rule'\n{logged}"
        f"[depth_estimators.same]\nplugin = 'rule'\n{logged}"
        f"[depth_estimators.longer]\nplugin = 'rule'\n{logged}{longer}"
        f"[depth_estimators.longest]\nplugin = 'rule'\nadd = 60.0\n{logged}"
        f"[camera_calibrators.flat]\nplugin = 'level'\n{logged}"
        f"[camera_calibrators.sloping]\nplugin = 'slanted'\n{logged}"
        f"[orientation_estimators.turned]\nplugin = 'turn'\n{logged}"
    )
