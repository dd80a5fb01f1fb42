"""Gravity from the ground that a depth map shows: it lies at right angles to the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_camera.pinhole import Array, centred, focal_of
from genspace_adapter_camera.plugin import GroundPlaneConfig
from genspace_core import fit_ground, level_rotation
from genspace_core.errors import PluginError, ReconstructionError
from genspace_core.interfaces import RGB, CameraCalibrator, DepthMap
from genspace_core.types import Camera

# A plane has three unknowns: so many points, spread over the whole picture, tell it as well as all pixels do.
_MOST_POINTS = 20_000


class GroundPlaneCalibrator(CameraCalibrator):
    """Fits the ground to the points of the depth map."""

    def __init__(self, config: GroundPlaneConfig) -> None:
        self._config = config

    def calibrate(self, image: RGB, depth: DepthMap | None) -> Camera:
        """The depth model's intrinsics (else those of the configured field of view), gravity from the ground.

        Raises:
            ReconstructionError: no ground is seen, and the fallback is to fail.
            PluginError: no depth was handed over.
        """
        if depth is None:
            raise PluginError(
                'ground-plane needs the depth of the picture; use it within the "staged" reconstructor'
            )
        height, width = image.shape[:2]
        K = depth.K if depth.K is not None else self._assumed(height, width)
        ground = fit_ground(points_of(depth.depth, K))
        if ground is not None:
            return Camera(K, level_rotation(ground.down))
        if self._config.fallback == "fail":
            raise ReconstructionError(
                'no ground is seen in the depth map; set fallback = "level" to take the camera as level then'
            )
        return Camera(K)

    def _assumed(self, height: int, width: int) -> Array:
        return centred(focal_of(self._config.fov_deg, max(height, width)), height, width)


def points_of(depth: NDArray[np.float32], K: Array) -> Array:
    """Points of a grid of pixels: depth K^-1 (u, v, 1).

    Args:
        depth: (H, W), metres along z; 0 or not finite where it is unknown.
        K: (3, 3) intrinsics, pixels.

    Returns:
        (n, 3), metres, camera frame; those whose depth is known, some 20,000 at most.
    """
    height, width = depth.shape
    step = int(np.ceil(np.sqrt(height * width / _MOST_POINTS)))
    v, u = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    z = depth[v, u].astype(np.float64)
    known = np.isfinite(z) & (z > 0)
    pixels = np.stack([u[known], v[known], np.ones(known.sum())])
    points: Array = (np.linalg.inv(K) @ pixels * z[known]).T
    return points


def build(config: GroundPlaneConfig) -> GroundPlaneCalibrator:
    """There is nothing to load."""
    return GroundPlaneCalibrator(config)
