"""Cameras as a photographer holds them, built by turning, not from the formulas under test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RIGHT, DOWN, AHEAD = np.eye(3)
"""Directions in the world of a level camera: x right, y down, z ahead."""


def turn(vectors: Array, axis: Array, degrees: float) -> Array:
    """Rows turned about an axis, right-handed (Rodrigues)."""
    angle = np.radians(degrees)
    along = np.outer(vectors @ axis, axis)
    return vectors * np.cos(angle) + np.cross(axis, vectors) * np.sin(angle) + along * (1 - np.cos(angle))


def held(down_deg: float, clockwise_deg: float) -> Array:
    """(3, 3), the camera's own axes as columns, in the world's: tipped down first, then turned clockwise.

    Args:
        down_deg: how far it looks down.
        clockwise_deg: how far it is turned about its optical axis, clockwise for who stands behind it.
    """
    axes = np.array([RIGHT, DOWN, AHEAD])
    # About the axis to the right, a right-handed turn takes what is ahead up (down is y), so this goes back.
    axes = turn(axes, axes[0], -down_deg)
    # About the optical axis, a right-handed turn takes right to down: clockwise from behind.
    return turn(axes, axes[2], clockwise_deg).T
