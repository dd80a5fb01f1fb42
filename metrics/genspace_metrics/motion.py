"""What moved between two pictures: an object, or the camera. Gravity frames of the two, metres.

A picture shows only how things stand to the camera. That an object went, and not the camera with all the
rest, is told by the other objects; that the camera went, by all of them together.
"""

from __future__ import annotations

from math import atan2, cos, degrees, hypot, radians, sin

from genspace_metrics.headings import LEAST_HORIZONTAL, heading
from genspace_metrics.vectors import (
    Flat,
    Vec,
    angle_of_cosine,
    dot,
    flat_length,
    flat_turn,
    norm,
    subtract,
)
from genspace_metrics.view import Pair, Undecidable, View

LEAST_SPREAD = 0.25
"""Metres that objects must stand from their common centre before a turn is read from their places."""

AGREEMENT = 15.0
"""Degrees within which the turn of the places and that of the headings count as one."""


def _way(view: View, role: str, way: str) -> Vec:
    """Unit horizontal vector: "closer" or "farther" of an object, else "forward" to "right" of the camera."""
    x, z = view.forward
    if way in ("closer", "farther"):
        center = view.bodies[role + "'"].center
        x, z = -center[0], -center[2]
        length = flat_length((x, z))
        if length <= LEAST_HORIZONTAL * norm(center):
            raise Undecidable(f"{view.bodies[role].name} is above or below the camera: no way leads closer")
        x, z = x / length, z / length
    elif way in ("left", "right"):
        x, z = -z, x
    sign = -1.0 if way in ("farther", "backward", "right") else 1.0
    return (sign * x, 0.0, sign * z)


def _off(displacement: Vec, way: Vec) -> float:
    length = norm(displacement)
    return angle_of_cosine(dot(displacement, way) / length) if length > 0.0 else 90.0


def _gone(pair: Pair) -> Vec:
    return subtract(pair.after.center, pair.before.center)


def _mean(vectors: list[Vec]) -> Vec:
    x, y, z = (sum(v[i] for v in vectors) / len(vectors) for i in range(3))
    return (x, y, z)


# --- an object -----------------------------------------------------------------------------------


def moved(view: View, role: str, way: str) -> float:
    """How far an object went in the asked way, as the camera sees it: metres, negative for the other way.

    "closer" and "farther" run along the horizontal direction from its old place to the camera,
    "left" and "right" along the camera's own horizontal.
    """
    return dot(_gone(view.pair(role)), _way(view, role, way))


def moved_off(view: View, role: str, way: str) -> float:
    """Angle between where the object went and the asked way, up and down included: degrees, 0-180."""
    return _off(_gone(view.pair(role)), _way(view, role, way))


def own_motion(view: View, role: str, way: str) -> float:
    """Share of an object's motion that is its own: 1 if the others stayed, 0 if all went along with it.

    All going alike is what a moved camera, or a zoom, looks like. 1 where no other object is known.
    """
    direction = _way(view, role, way)
    others = [dot(_gone(pair), direction) for pair in view.pairs if pair.role != role]
    own = moved(view, role, way)
    if not others:
        return 1.0
    return (own - sum(others) / len(others)) / own if own != 0.0 else 0.0


# --- the camera ----------------------------------------------------------------------------------


def camera_displacement(pairs: tuple[Pair, ...]) -> Vec:
    """Where the camera went if the objects stayed: metres, in the gravity frame before the edit.

    The motion (a turn about the vertical and a shift) that takes the centres before to the centres after
    best is the camera's motion undone.

    Args:
        pairs: every object found in both pictures.
    """
    before = _mean([pair.before.center for pair in pairs])
    after = _mean([pair.after.center for pair in pairs])
    turn = radians(_camera_turn(pairs, before, after))
    c, s = cos(turn), sin(turn)
    x, z = c * after[0] + s * after[2], c * after[2] - s * after[0]
    return (before[0] - x, before[1] - after[1], before[2] - z)


def _camera_turn(pairs: tuple[Pair, ...], before: Vec, after: Vec) -> float:
    """The turn that takes the places before to those after best, if the headings bear it out: degrees.

    Objects that stand together tell nothing of a turn, and one object cannot tell a turn from a shift. Nor
    can two of which one was moved: then the places seem turned and the headings do not, and the camera
    is taken not to have turned. The headings alone would not do: at 3 m an error of 10 degrees counts
    as half a metre.
    """
    along = across = spread = 0.0
    for pair in pairs:
        old: Flat = (pair.before.center[0] - before[0], pair.before.center[2] - before[2])
        new: Flat = (pair.after.center[0] - after[0], pair.after.center[2] - after[2])
        along += old[0] * new[0] + old[1] * new[1]
        across += old[0] * new[1] - old[1] * new[0]
        spread = max(spread, hypot(*old))
    if spread < LEAST_SPREAD or hypot(along, across) == 0.0:
        return 0.0
    turn = degrees(atan2(across, along))
    turns = [seen for seen in map(heading_turn, pairs) if seen is not None]
    apart = abs((turn - mean_turn(turns) + 180.0) % 360.0 - 180.0) if turns else 0.0
    return turn if apart < AGREEMENT else 0.0


def camera_moved(view: View, way: str) -> float:
    """How far the camera went in the asked way, judged from all objects: metres, negative for the other."""
    return dot(camera_displacement(view.pairs), _way(view, "A", way))


def camera_moved_off(view: View, way: str) -> float:
    """Angle between where the camera went and the asked way, up and down included: degrees, 0-180."""
    return _off(camera_displacement(view.pairs), _way(view, "A", way))


def heading_turn(pair: Pair) -> float | None:
    """How far an object's front turned about the vertical: degrees, -180 to 180; None if not known."""
    try:
        return flat_turn(heading(pair.before, "front"), heading(pair.after, "front"))
    except Undecidable:
        return None


def mean_turn(turns: list[float]) -> float:
    """Mean of angles, round the circle: degrees, -180 to 180."""
    return degrees(atan2(sum(sin(radians(t)) for t in turns), sum(cos(radians(t)) for t in turns)))
