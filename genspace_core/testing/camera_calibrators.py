"""What holds for every camera calibrator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_core.interfaces import CameraCalibrator, DepthMap
from genspace_core.testing.checks import intrinsics_complaints
from genspace_core.testing.stages import Item, StageConformance
from genspace_core.types import Camera


class CameraCalibratorConformance(StageConformance):
    """Inherit and set `spec` and `spec_module`."""

    def depth(self, picture: NDArray[np.uint8]) -> DepthMap:
        """What a depth estimator found: level ground 1.5 m below, a wall 6 m ahead, and no intrinsics."""
        height, width = picture.shape[:2]
        down = (np.arange(height) - (height - 1) / 2) / max(height, width)
        rows = np.minimum(6.0, 1.5 / np.maximum(down, 1e-6))
        return DepthMap(depth=np.repeat(rows[:, None], width, axis=1).astype(np.float32))

    def item(self, picture: NDArray[np.uint8], index: int) -> Item:  # noqa: ARG002
        """A picture, and its depth for a calibrator that reads it."""
        return picture, self.depth(picture) if "depth" in self.capabilities.reads else None

    def one(self, plugin: CameraCalibrator, item: Item) -> Any:
        """Estimate one camera."""
        return plugin.calibrate(*item)

    def many(self, plugin: CameraCalibrator, items: Sequence[Item]) -> list[Any]:
        """Estimate several cameras."""
        return plugin.calibrate_batch([picture for picture, _ in items], [depth for _, depth in items])

    def assert_well_formed(self, result: Any, item: Item) -> None:
        """Intrinsics in the picture's pixels; the gravity frame heads where the camera looks."""
        picture = item[0]
        assert isinstance(result, Camera), f"it returned {type(result).__name__}, not a Camera"
        assert list(intrinsics_complaints(result.K, picture.shape)) == []
        x, y, z = result.gravity_rotation[:, 2]
        if abs(y) < 0.99:  # but a camera that looks straight down has no heading
            assert abs(x) < 1e-6, f"in the gravity frame the optical axis is {x:.3g} to the side"
            assert z > 0, "in the gravity frame the optical axis points backwards"

    def test_it_declares_what_it_reads(self) -> None:
        """The core hands it over, or None."""
        assert self.capabilities.reads <= {"depth"}
