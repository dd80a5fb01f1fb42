"""A camera from the numbers in which models and configurations state it.

Whole numbers are the middles of pixels, so the middle of a picture W wide is (W - 1) / 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def focal_of(fov_deg: float, side: int) -> float:
    """Focal length in pixels, from the field of view in degrees along a side of so many pixels."""
    return float(side / (2 * np.tan(np.radians(fov_deg) / 2)))


def centred(focal: float, height: int, width: int) -> Array:
    """K (3, 3), pixels, of a camera with square pixels that looks through the picture's middle."""
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]], np.float64)


def gravity_rotation(roll_deg: float, pitch_deg: float) -> Array:
    """The rotation from camera axes to gravity axes, (3, 3), of a camera with this roll and pitch.

    It is the transpose of R = Rz(roll) Rx(pitch) of Perspective Fields (Jin et al., CVPR 2023).

    Args:
        roll_deg: above 0, the camera is turned clockwise about its axis, and what it sees leans to the left.
        pitch_deg: above 0, the camera looks up.
    """
    roll, pitch = np.radians(roll_deg), np.radians(pitch_deg)
    s, c = np.sin(pitch), np.cos(pitch)
    Rx = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    s, c = np.sin(roll), np.cos(roll)
    Rz = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    turned: Array = (Rz @ Rx).T
    return turned
