"""Rotations between the frames of DESIGN: a crop's viewing ray, the camera, gravity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def look_rotation(K: Array, pixel: Array) -> Array:
    """The rotation from the axes of a camera that looks straight at a pixel to the camera's own.

    The smallest turn that takes the optical axis to the pixel's viewing ray. A crop around the pixel
    looks as that camera would see it: by symmetry no roll about the ray comes in.

    Args:
        K: (3, 3) intrinsics, pixels.
        pixel: (2,) u, v.

    Returns:
        (3, 3) R with `v_camera = R @ v_looking`; identity at the principal point.
    """
    ray = np.linalg.solve(K, np.array([pixel[0], pixel[1], 1.0]))
    x, y, z = ray / np.linalg.norm(ray)
    # Rodrigues' formula for the turn from (0, 0, 1) to (x, y, z); z > 0 for every pixel.
    s = 1.0 / (1.0 + z)
    return np.array([[1.0 - x * x * s, -x * y * s, x], [-x * y * s, 1.0 - y * y * s, y], [-x, -y, z]])


def level_rotation(down: Array) -> Array:
    """The gravity rotation of a camera that sees gravity in a direction: the smallest level turn.

    Args:
        down: (3,) direction of gravity, camera frame; any length but 0.

    Returns:
        (3, 3), takes camera axes to gravity axes: y along gravity, z level in the camera's heading.

    Raises:
        ValueError: `down` is zero or not finite.
    """
    length = float(np.linalg.norm(down))
    if not np.isfinite(length) or length == 0.0:
        raise ValueError("the direction of gravity is zero or not finite")
    y = np.asarray(down, dtype=np.float64) / length
    # Heading: the optical axis made level; of a camera that looks along gravity, its upper edge.
    forward = np.array([0.0, 0.0, 1.0])
    if abs(y[2]) > 0.999:
        forward = np.array([0.0, -1.0, 0.0]) * np.sign(y[2])
    z = forward - (forward @ y) * y
    z /= np.linalg.norm(z)
    x = np.cross(y, z)
    return np.stack([x, y, z])
