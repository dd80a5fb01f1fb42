"""The four stages of the rig: what a staged reconstructor asks of models, answered from the markers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_adapter_blockworld.exact import exact_geometry, solids_of_sighting
from genspace_adapter_blockworld.noise import noisy
from genspace_adapter_blockworld.plugin import DepthConfig, StageConfig
from genspace_adapter_blockworld.remembering import picture_digest, sighting_of
from genspace_core.interfaces import (
    RGB,
    CameraCalibrator,
    DepthEstimator,
    DepthMap,
    Detection,
    Detector,
    Orientation,
    OrientationEstimator,
)
from genspace_core.types import Camera

SAME: Final = 0.3
"""Least overlap (intersection over union) of a detection's mask with a block's for the two to be the same."""


class BlockDetector(Detector):
    """Finds the blocks of the given names, each with the pixels that show it."""

    def detect(self, image: RGB, names: Sequence[str]) -> list[Detection]:
        """Every block of these names that shows in the (H, W, 3) sRGB image."""
        seen = sighting_of(image)
        _, masks = exact_geometry(solids_of_sighting(seen), image.shape[:2])
        return [
            Detection(name=asset.name, confidence=seen.confidence(i), box=_box(masks[i]), mask=masks[i])
            for i, asset in enumerate(seen.assets)
            if asset.name in names and masks[i].any()
        ]


class BlockDepth(DepthEstimator):
    """Depth of ground and blocks, with errors if it is told to make some; unknown above the horizon."""

    def __init__(self, config: DepthConfig) -> None:
        self.config = config

    def estimate(self, image: RGB) -> DepthMap:
        """Depth and K of the (H, W, 3) sRGB image; without a block in it, depth is unknown everywhere."""
        seen = sighting_of(image)
        depth, _ = exact_geometry(solids_of_sighting(seen), image.shape[:2])
        seed = (self.config.noise_seed, int.from_bytes(picture_digest(image)))
        return DepthMap(depth=noisy(depth, self.config.noise, self.config.noise_kind, seed), K=seen.K)


class BlockCamera(CameraCalibrator):
    """The rig's intrinsics, and gravity as the blocks stand."""

    def calibrate(self, image: RGB, depth: DepthMap | None) -> Camera:  # noqa: ARG002  # the blocks tell
        """The camera of the (H, W, 3) sRGB image; level where no block is seen."""
        seen = sighting_of(image)
        return Camera(seen.K, pitch_matrix(seen.pitch).T + 0.0)  # no -0.0 in a level one


class BlockOrientation(OrientationEstimator):
    """How the blocks are turned."""

    def orient(self, image: RGB, detections: Sequence[Detection]) -> list[Orientation]:
        """The rotation, in camera axes, of the block that each detection shows, by any detector."""
        seen = sighting_of(image)
        _, masks = exact_geometry(solids_of_sighting(seen), image.shape[:2])
        found = []
        for detection in detections:
            same = [i for i, asset in enumerate(seen.assets) if asset.name == detection.name]
            overlap = [_overlap(masks[i], detection.mask) for i in same]
            if not overlap or max(overlap) < SAME:
                note = f"no marker of a {detection.name} can be read there"
                found.append(Orientation(rotation=None, confidence=0.0, note=note))
                continue
            i = same[int(np.argmax(overlap))]
            found.append(Orientation(rotation=seen.rotation(i), confidence=seen.confidence(i)))
        return found


def _box(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(4,) x0, y0, x1, y1 around a mask's pixels: from the first's near edge to the last's far edge."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)


def _overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks, 0 if both are empty."""
    return float((one & other).sum() / max(int((one | other).sum()), 1))


def _single_threaded() -> None:
    cv2.setNumThreads(1)  # the engine runs one picture per core


def build_detector(config: StageConfig) -> BlockDetector:  # noqa: ARG001  # factories take a config
    """The factory that the detector's spec names."""
    _single_threaded()
    return BlockDetector()


def build_depth(config: DepthConfig) -> BlockDepth:
    """The factory that the depth estimator's spec names."""
    _single_threaded()
    return BlockDepth(config)


def build_camera(config: StageConfig) -> BlockCamera:  # noqa: ARG001  # as above
    """The factory that the camera calibrator's spec names."""
    _single_threaded()
    return BlockCamera()


def build_orientation(config: StageConfig) -> BlockOrientation:  # noqa: ARG001  # as above
    """The factory that the orientation estimator's spec names."""
    _single_threaded()
    return BlockOrientation()
