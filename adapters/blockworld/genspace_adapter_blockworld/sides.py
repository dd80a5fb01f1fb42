"""The five painted faces of a cuboid: where they are, which way their print reads, and their colours.

Object axes: x front, y up, z right; origin at the cuboid's centre. A face is seen from outside;
`right` and `up` are the directions its print runs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One face: outward normal and print directions in object axes, colour as sRGB."""

    name: str
    normal: tuple[int, int, int]
    right: tuple[int, int, int]
    up: tuple[int, int, int]
    colour: tuple[int, int, int]


# Hues are at least 35 degrees apart and all are light, so that a side is told in shade and after
# JPEG, and black print stands out on each.
SIDES: Final[tuple[Side, ...]] = (
    Side("front", (1, 0, 0), (0, 0, -1), (0, 1, 0), (240, 104, 84)),
    Side("back", (-1, 0, 0), (0, 0, 1), (0, 1, 0), (86, 150, 232)),
    Side("left", (0, 0, -1), (-1, 0, 0), (0, 1, 0), (104, 190, 104)),
    Side("right", (0, 0, 1), (1, 0, 0), (0, 1, 0), (250, 196, 70)),
    Side("top", (0, 1, 0), (0, 0, -1), (-1, 0, 0), (198, 152, 232)),
)


@dataclass(frozen=True, slots=True)
class Print:
    """Where the marker is printed on a face: its centre along `right` and `up`, and its side, metres."""

    x: float
    y: float
    side: float


MARKER_SHARE: Final = 0.86
"""Share of the free room that the marker takes; the rest is the light margin detectors need."""

LABEL_SHARE: Final = 0.14
"""Share of the height kept for the name, on faces not wide enough to have it beside the marker."""

WIDE: Final = 1.9
"""From this ratio of width to height the name stands beside the marker."""


def extents(size: tuple[float, float, float], side: Side) -> tuple[float, float]:
    """(width, height), metres, of a face of a cuboid of `size` (length, width, height)."""
    along = (size[0], size[2], size[1])  # object axes: x length, y height, z width
    return (
        sum(abs(a) * e for a, e in zip(side.right, along, strict=True)),
        sum(abs(a) * e for a, e in zip(side.up, along, strict=True)),
    )


def marker_print(size: tuple[float, float, float], side: Side) -> Print:
    """Where the marker goes: in the middle of the face, raised where the name stands under it."""
    width, height = extents(size, side)
    strip = 0.0 if width >= WIDE * height else LABEL_SHARE * height
    return Print(0.0, strip / 2, MARKER_SHARE * min(width, height - strip))


def on_face(size: tuple[float, float, float], side: Side, xy: Array) -> Array:
    """Points (n, 3), object axes, metres, of `xy` (n, 2) along the print's right and up."""
    half = np.array([size[0], size[2], size[1]]) / 2
    normal, right, up = (np.array(v, dtype=np.float64) for v in (side.normal, side.right, side.up))
    return np.asarray(normal * half + xy[:, :1] * right + xy[:, 1:] * up)


def face_corners(size: tuple[float, float, float], side: Side) -> Array:
    """(4, 3) corners, object axes, metres, clockwise from the print's top left."""
    w, h = (e / 2 for e in extents(size, side))
    return on_face(size, side, np.array([[-w, h], [w, h], [w, -h], [-w, -h]]))


def marker_corners(size: tuple[float, float, float], side: Side) -> Array:
    """(4, 3) marker corners, object axes, metres, in the order ArUco reports them."""
    at = marker_print(size, side)
    s = at.side / 2
    return on_face(size, side, np.array([at.x, at.y]) + np.array([[-s, s], [s, s], [s, -s], [-s, -s]]))
