"""Intrinsics in pixels of the picture, from the ways in which models tell them.

GenSpace's pixels: whole numbers are the middles of pixels, so the middle of a picture W wide is (W - 1) / 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def from_fov(fov_deg: float, height: int, width: int) -> NDArray[np.float64]:
    """K (3, 3) of a camera that looks through the middle, with this horizontal field of view, degrees."""
    focal = focal_of(fov_deg, width)
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])


def from_normalised(K: ArrayLike, height: int, width: int) -> NDArray[np.float64]:
    """K (3, 3) from one whose picture is 1 wide and 1 high, the corner of the first pixel at (0, 0)."""
    return from_corners(np.diag([width, height, 1.0]) @ np.asarray(K, np.float64))


def from_corners(K: ArrayLike) -> NDArray[np.float64]:
    """K (3, 3) from one in which whole numbers are corners of pixels, their middles half a pixel on."""
    moved = np.array(K, np.float64)
    moved[:2, 2] -= 0.5
    return moved


def focal_of(fov_deg: float, side: int) -> float:
    """Focal length in pixels, from the field of view along a side of so many pixels."""
    return float(side / (2 * np.tan(np.radians(fov_deg) / 2)))


def assumed_focal(fov_deg: float, height: int, width: int) -> float:
    """Focal length in pixels where only a field of view along the longer side is assumed."""
    return focal_of(fov_deg, max(height, width))
