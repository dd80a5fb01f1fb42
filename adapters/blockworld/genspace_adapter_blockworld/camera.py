"""The rig's camera: a pinhole of fixed field of view, never rolled, pitched freely.

Gravity frame: x right, y down along gravity, z forward and level, origin at the camera. A pitch of
t radians turns the camera down, so `p_camera = pitch_matrix(t) @ p_gravity`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FOCAL_SHARE: Final = 0.7
"""Focal length as a share of the picture's width: a horizontal field of view of 71 degrees."""


def intrinsics(width: int, height: int) -> Array:
    """K, (3, 3), pixels; integer coordinates are pixel centres, so the middle is (width - 1) / 2."""
    f = FOCAL_SHARE * width
    return np.array([[f, 0.0, (width - 1) / 2], [0.0, f, (height - 1) / 2], [0.0, 0.0, 1.0]])


def pitch_matrix(pitch: float) -> Array:
    """(3, 3) rotation from gravity axes to the axes of a camera looking down by `pitch` radians."""
    c, s = np.cos(pitch), np.sin(pitch)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def heading_matrix(heading: float) -> Array:
    """(3, 3) object axes (front, up, right) as columns, gravity frame.

    Heading, radians: 0 faces along +z (the camera's way), 90 degrees faces the camera's right.
    """
    c, s = np.cos(heading), np.sin(heading)
    return np.array([[s, 0.0, c], [0.0, -1.0, 0.0], [c, 0.0, -s]])


def project(K: Array, points: Array) -> Array:
    """Pixels (..., 2) of `points` (..., 3), metres, camera frame."""
    uv = points[..., :2] / points[..., 2:3]
    return np.stack([uv[..., 0] * K[0, 0] + K[0, 2], uv[..., 1] * K[1, 1] + K[1, 2]], axis=-1)
