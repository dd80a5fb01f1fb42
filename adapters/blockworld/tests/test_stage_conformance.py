"""The stages run the kit that every stage runs, on pictures of blocks."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.plugin import CAMERA, DEPTH, DETECTOR, ORIENTATION
from genspace_adapter_blockworld.renderer import draw
from genspace_adapter_blockworld.stages import BlockDetector
from genspace_core.interfaces import Detection
from genspace_core.testing import (
    CameraCalibratorConformance,
    DepthEstimatorConformance,
    DetectorConformance,
    OrientationEstimatorConformance,
)

SCENE = (
    "A photo of one dog and one cat on a lawn. "
    "From the dog's own point of view, the cat is directly to the left of the dog."
)


class Pictures:
    """Of blocks; one of them not square."""

    spec_module = "genspace_adapter_blockworld.plugin"

    def picture(self) -> NDArray[np.uint8]:
        return draw(plan_scene(SCENE, seed=3, size=448))

    def pictures(self) -> list[NDArray[np.uint8]]:
        wide = cv2.copyMakeBorder(
            draw(plan_scene(SCENE, seed=4, size=384)), 0, 0, 60, 60, cv2.BORDER_CONSTANT, value=(90, 120, 90)
        )
        return [self.picture(), draw(plan_scene(SCENE, seed=5, size=512)), np.asarray(wide, np.uint8)]


class TestDetector(Pictures, DetectorConformance):
    spec = DETECTOR


class TestDepth(Pictures, DepthEstimatorConformance):
    spec = DEPTH


class TestNoisyDepth(TestDepth):
    config: ClassVar = {"noise": 0.1, "noise_kind": "smooth", "noise_seed": 3}


class TestCamera(Pictures, CameraCalibratorConformance):
    spec = CAMERA


class TestOrientation(Pictures, OrientationEstimatorConformance):
    spec = ORIENTATION

    def detections(self, picture: NDArray[np.uint8]) -> list[Detection]:
        """Those of the rig, and what the kit imagines where there are none."""
        return BlockDetector().detect(picture, self.names) or super().detections(picture)
