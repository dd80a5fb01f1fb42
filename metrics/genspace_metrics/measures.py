"""The quantities `spatial` measures: one frame for all (gravity), the camera at its origin.

Arguments are the table's words: a role ("A", "B", "C", "A'" before the edit, "camera", "pair" for
the midpoint of A and B), a size ("height", "length", "width"), or a direction: an object's own axis
("A.front", "A.back", "A.left", "A.right") or the way from one place to another ("A->camera").

Angles between directions are horizontal: the gravity frame's y is dropped, so neither the pitch
of the camera nor different heights of two objects count as turning away; how steep a direction is,
and how far apart in height two objects are, are measures of their own. Within 10 degrees of the
vertical nothing horizontal is left: such a direction stands 90 degrees off every horizontal one (a
car on its tail faces nobody, a bird over a bench is not in front of it). Only where a heading is what
the rest is measured by, as a length is, does the lack of one leave the question undecidable.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import atan2, degrees, hypot, prod

import numpy as np

from genspace_metrics.headings import axis, heading, level
from genspace_metrics.motion import (
    camera_moved,
    camera_moved_off,
    moved,
    moved_off,
    own_motion,
)
from genspace_metrics.table import Measure
from genspace_metrics.vectors import Vec, flat_angle, flat_turn, line_angle, norm, subtract
from genspace_metrics.view import Body, Undecidable, View

LEAST_EXTENT = 1e-6
"""Metres under which an extent is rounding, so that a box has no volume."""


def _direction(view: View, text: str) -> Vec:
    """A direction of the table, of any length."""
    start, arrow, end = text.partition("->")
    if not arrow:
        role, _, side = text.partition(".")
        return axis(view.bodies[role], side)
    return subtract(view.position(end), view.position(start))


def angle(view: View, a: str, b: str) -> float:
    """Horizontal angle between two directions: degrees, 0-180; 90 if one points up or down."""
    first, second = level(_direction(view, a)), level(_direction(view, b))
    return 90.0 if first is None or second is None else flat_angle(first, second)


def angle_to_line(view: View, a: str, b: str) -> float:
    """Horizontal angle between direction b and the line through a, either way along it: degrees, 0-90.

    90 if one points up or down.
    """
    first, second = level(_direction(view, a)), level(_direction(view, b))
    return 90.0 if first is None or second is None else line_angle(first, second)


def elevation(view: View, direction: str) -> float:
    """How far a direction points out of the horizontal, up or down: degrees, 0-90."""
    x, y, z = _direction(view, direction)
    return degrees(atan2(abs(y), hypot(x, z)))


def nearer(view: View, a: str, b: str) -> float:
    """How much nearer a is to the camera than b: metres."""
    return norm(view.position(b)) - norm(view.position(a))


def left_of(view: View, a: str, b: str) -> float:
    """How far a is to the left of b as the camera sees them, by azimuth: degrees, -180 to 180."""
    first, second = view.position(a), view.position(b)
    return flat_turn((second[0], second[2]), (first[0], first[2]))


def distance(view: View, a: str, b: str) -> float:
    """Distance of two centres, or of a centre and the camera's optical centre: metres."""
    return norm(subtract(view.position(a), view.position(b)))


def extents(body: Body) -> tuple[float, float, float]:
    """(length, width, height) of the points, metres: turned about the vertical axis alone.

    Length runs along the horizontal heading of the front, width square to it, height along gravity.

    Raises:
        Undecidable: the rotation is unknown or the front nearly vertical.
    """
    x, z = heading(body, "front")
    n = hypot(x, z)
    turned = body.points @ (np.array([[x, 0.0, z], [z, 0.0, -x], [0.0, n, 0.0]]) @ body.gravity).T / n
    length, width, height = (turned.max(axis=0) - turned.min(axis=0)).tolist()
    return length, width, height


def _span(body: Body) -> tuple[float, float]:
    """Highest and lowest of the points: metres along gravity, so the highest is the smaller number."""
    depths = body.points @ body.gravity[1]
    return float(depths.min()), float(depths.max())


def height(body: Body) -> float:
    """Extent along gravity, metres. Needs no rotation."""
    top, bottom = _span(body)
    return bottom - top


def level_gap(view: View, a: str, b: str) -> float:
    """Empty height between the two bodies over the larger one's height; 0 where they share a level.

    Raises:
        Undecidable: they share none, and neither has a height to compare the gap with.
    """
    (top_a, bottom_a), (top_b, bottom_b) = _span(view.bodies[a]), _span(view.bodies[b])
    gap = max(top_a, top_b) - min(bottom_a, bottom_b)
    if gap <= 0.0:
        return 0.0
    larger = max(bottom_a - top_a, bottom_b - top_b)
    if larger < LEAST_EXTENT:
        raise Undecidable(f"the points of {view.bodies[a].name} and {view.bodies[b].name} have no height")
    return gap / larger


def _size(body: Body, quantity: str) -> float:
    if quantity == "height":
        return height(body)
    return extents(body)[0 if quantity == "length" else 1]


def excess(view: View, quantity: str, a: str, b: str) -> float:
    """How much larger a's "height", "length" or "width" is than b's: metres, negative when smaller."""
    return _size(view.bodies[a], quantity) - _size(view.bodies[b], quantity)


def volume_ratio(view: View, a: str, b: str) -> float:
    """Volume of a's box about the vertical axis over b's.

    Raises:
        Undecidable: as `extents`, or the points of one lie in a plane.
    """
    volumes = []
    for body in (view.bodies[a], view.bodies[b]):
        sides = extents(body)
        if min(sides) < LEAST_EXTENT:
            raise Undecidable(f"the points of {body.name} are flat, so it has no volume")
        volumes.append(prod(sides))
    return volumes[0] / volumes[1]


def bearing_change(view: View, anchor: str, other: str) -> float:
    """How far the bearing of an object turned about the anchor, in the anchor's own frame: degrees, 0-180.

    180 if it stands right above or below the anchor in one of the pictures only.
    """
    bearings = []
    for prime in ("", "'"):
        way = level(_direction(view, f"{anchor}{prime}->{other}{prime}"))
        front = heading(view.bodies[anchor + prime], "front")
        bearings.append(None if way is None else flat_turn(front, way))
    now, then = bearings
    if now is None or then is None:
        return 0.0 if now is then else 180.0
    turn = abs(now - then)
    return min(turn, 360.0 - turn)


MEASURES: Mapping[str, Measure] = {
    "angle": Measure(angle, "deg"),
    "angle_to_line": Measure(angle_to_line, "deg"),
    "bearing_change": Measure(bearing_change, "deg"),
    "camera_moved": Measure(camera_moved, "m"),
    "camera_moved_off": Measure(camera_moved_off, "deg"),
    "distance": Measure(distance, "m"),
    "elevation": Measure(elevation, "deg"),
    "excess": Measure(excess, "m"),
    "left_of": Measure(left_of, "deg"),
    "level_gap": Measure(level_gap, "ratio"),
    "moved": Measure(moved, "m"),
    "moved_off": Measure(moved_off, "deg"),
    "nearer": Measure(nearer, "m"),
    "own_motion": Measure(own_motion, "ratio"),
    "volume_ratio": Measure(volume_ratio, "ratio"),
}
