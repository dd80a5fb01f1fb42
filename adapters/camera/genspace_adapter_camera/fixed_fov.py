"""A camera that is stated, not estimated."""

from __future__ import annotations

from genspace_adapter_camera.pinhole import centred, focal_of, gravity_rotation
from genspace_adapter_camera.plugin import FixedFovConfig
from genspace_core.interfaces import RGB, CameraCalibrator, DepthMap
from genspace_core.types import Camera


class FixedFov(CameraCalibrator):
    """The configured camera, whatever the picture shows."""

    def __init__(self, config: FixedFovConfig) -> None:
        self._config = config

    def calibrate(self, image: RGB, depth: DepthMap | None) -> Camera:  # noqa: ARG002  # not read
        """The configured camera, for a picture of this size."""
        height, width = image.shape[:2]
        config = self._config
        K = centred(focal_of(config.fov_deg, max(height, width)), height, width)
        return Camera(K, gravity_rotation(config.roll_deg, config.pitch_deg))


def build(config: FixedFovConfig) -> FixedFov:
    """There is nothing to load."""
    return FixedFov(config)
