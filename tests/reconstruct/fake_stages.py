"""Fake stage plugins, installed by conftest.py as a real package: they see coloured rectangles.

Each writes a line per picture to the file `calls`, so that tests can count what was computed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np

from genspace_core.errors import ConfigError, PluginError
from genspace_core.interfaces import (
    CameraCalibrator,
    Capabilities,
    DepthEstimator,
    DepthMap,
    Detection,
    Detector,
    NotIdentity,
    Orientation,
    OrientationEstimator,
    PluginConfig,
    PluginSpec,
    Weights,
)
from genspace_core.types import Camera

COLOURS = {"dog": (255, 0, 0), "cat": (0, 0, 255)}
FOCAL = 100.0


def intrinsics(image, focal=FOCAL):
    height, width = image.shape[:2]
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])


class Config(PluginConfig):
    calls: Annotated[str, NotIdentity()] = ""
    batch: Annotated[int, NotIdentity()] = 1
    scale: float = 1.0
    fails: str = ""  # what goes wrong

    def capabilities(self, declared):
        return replace(declared, max_batch=self.batch)


class Counting:
    noun = ""

    def __init__(self, config):
        self.config = config
        if config.fails == "device":
            raise ConfigError('device = "cuda": torch sees no such device here')
        if config.fails == "build":
            raise PluginError("fake package is not installed; fix: pip install fake")

    def count(self, pictures=1):
        if self.config.calls:
            with Path(self.config.calls).open("a") as file:
                file.write(f"{self.noun}\n" * pictures)

    def maybe_fail(self, image):
        if self.config.fails == "dark" and image.max() < 200:
            raise ValueError("too dark")


class FakeDetector(Counting, Detector):
    noun = "detector"

    def detect(self, image, names):
        self.count()
        self.maybe_fail(image)
        found = []
        for name in names:
            mask = (image == COLOURS[name]).all(axis=-1)
            if mask.any():
                ys, xs = np.nonzero(mask)
                box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], dtype=np.float64)
                found.append(Detection(name=name, confidence=0.9, box=box, mask=mask))
        if self.config.fails == "logits":
            return [replace(d, mask=d.mask.astype(np.uint8)) for d in found]
        if self.config.fails == "sure":
            return [replace(d, confidence=2.0) for d in found]
        if self.config.fails == "mask":
            return [Detection(name="dog", confidence=1, box=np.zeros(4), mask=np.ones((2, 2), bool))]
        return found

    def detect_batch(self, images, names):
        if self.config.fails == "batch" and len(images) > 1:
            raise RuntimeError("out of memory")
        return super().detect_batch(images, names)


class FakeDepth(Counting, DepthEstimator):
    noun = "depth"

    def estimate(self, image):
        self.count()
        if self.config.fails == "shape":
            return DepthMap(depth=np.ones((3, 3), np.float32))
        rows = np.arange(image.shape[0])[:, None] - (image.shape[0] - 1) / 2
        lean = (1 + 0.001 * rows + np.zeros(image.shape[:2])).astype(np.float32)  # nothing is perfectly flat
        depth = 5 * self.config.scale * lean
        depth[(image == COLOURS["dog"]).all(axis=-1)] *= 2 / 5
        depth[(image == COLOURS["cat"]).all(axis=-1)] *= 3 / 5
        if self.config.fails == "focal":
            return DepthMap(depth=depth, focal=2 * FOCAL)
        return DepthMap(depth=depth, K=intrinsics(image, 2 * FOCAL) if self.config.fails == "K" else None)


class FakeCamera(Counting, CameraCalibrator):
    noun = "camera"

    def calibrate(self, image, depth):
        self.count()
        assert depth is None
        return Camera(intrinsics(image))


class DepthReader(Counting, CameraCalibrator):
    noun = "camera"

    def calibrate(self, image, depth):
        self.count()
        assert depth is not None
        return Camera(intrinsics(image))


class FakeOrientation(Counting, OrientationEstimator):
    noun = "orientation"

    def orient(self, image, detections):
        self.count()
        return [
            Orientation(
                rotation=np.diag([-1.0, -1.0, 1.0]), confidence=0.8, pixel=(d.box[:2] + d.box[2:] - 1) / 2
            )
            for d in detections
        ]


DETECTOR = PluginSpec(interface=Detector, factory=FakeDetector, config=Config, summary="Sees colours.")
DEPTH = PluginSpec(
    interface=DepthEstimator, factory=FakeDepth, config=Config, summary="Flat.",
    capabilities=Capabilities(
        gpu="optional",
        weights=(Weights(name="fake/depth", revision="abc", licence="CC BY-NC 4.0", noncommercial=True),),
    ),
)  # fmt: skip
CAMERA = PluginSpec(interface=CameraCalibrator, factory=FakeCamera, config=Config, summary="Level.")
READER = PluginSpec(
    interface=CameraCalibrator, factory=DepthReader, config=Config, summary="Level, after depth.",
    capabilities=Capabilities(reads=frozenset({"depth"})),
)  # fmt: skip
ORIENTATION = PluginSpec(
    interface=OrientationEstimator, factory=FakeOrientation, config=Config, summary="Always the same."
)
