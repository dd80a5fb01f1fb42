"""From pixels and depths to points, with the pinhole camera of `Camera.K`.

A pixel's centre has whole coordinates: the first pixel is (0, 0), as in the published protocol.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import InputError

Array = NDArray[np.float64]


def inverse_intrinsics(K: Array) -> Array:
    """Inverse of a pinhole camera's intrinsics.

    Args:
        K: (3, 3), pixels.

    Returns:
        (3, 3), takes (u, v, 1) to the ray (x/z, y/z, 1).

    Raises:
        InputError: K is no pinhole camera: its last row is not 0 0 1, or a focal length is not positive.
    """
    if not np.isfinite(K).all():
        raise InputError("camera K holds NaN or infinity; give focal lengths and centre in pixels")
    if K[2].tolist() != [0.0, 0.0, 1.0] or K[1, 0] != 0.0:
        raise InputError("camera K must be [[fx, s, cx], [0, fy, cy], [0, 0, 1]]")
    if K[0, 0] <= 0.0 or K[1, 1] <= 0.0:
        raise InputError(
            f"camera K has focal lengths {K[0, 0]:g} and {K[1, 1]:g}; both must be above 0 pixels"
        )
    inverse: Array = np.linalg.inv(K).astype(np.float64)
    return inverse


def back_project(u: Array, v: Array, depth: Array, inverse: Array) -> Array:
    """Points seen at pixels: P = depth K^-1 (u, v, 1).

    Args:
        u: (...), columns.
        v: (...), rows.
        depth: (...), metres along z.
        inverse: (3, 3), of `inverse_intrinsics`.

    Returns:
        (..., 3), metres, camera frame.
    """
    x = inverse[0, 0] * u + inverse[0, 1] * v + inverse[0, 2]
    y = inverse[1, 1] * v + inverse[1, 2]
    return np.stack([x * depth, y * depth, np.broadcast_to(depth, np.shape(x))], axis=-1)
