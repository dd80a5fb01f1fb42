"""Which way an object points, and what is left of a direction in the horizontal."""

from __future__ import annotations

from math import radians, sin

from genspace_metrics.vectors import Flat, Vec, flat_length, norm
from genspace_metrics.view import Body, Undecidable

LEAST_HORIZONTAL = sin(radians(10.0))
"""Horizontal part of a unit vector under which its heading is meaningless: 10 degrees from vertical."""

_AXES = {"front": (0, 1.0), "back": (0, -1.0), "right": (2, 1.0), "left": (2, -1.0)}


def axis(body: Body, side: str) -> Vec:
    """Unit vector of an object's own side.

    Raises:
        Undecidable: the rotation is unknown.
    """
    index, sign = _AXES[side]
    x, y, z = body.known_axes()[index]
    return (sign * x, sign * y, sign * z)


def level(direction: Vec) -> Flat | None:
    """Horizontal part (x, z) of a direction; None where there is next to none."""
    flat = (direction[0], direction[2])
    return flat if flat_length(flat) > LEAST_HORIZONTAL * norm(direction) else None


def heading(body: Body, side: str) -> Flat:
    """Horizontal direction (x, z) of an object's own side, not normalised.

    Raises:
        Undecidable: the rotation is unknown, or this axis is nearly vertical.
    """
    flat = level(axis(body, side))
    if flat is None:
        raise Undecidable(f"the {side} of {body.name} points up or down, so it has no heading")
    return flat
