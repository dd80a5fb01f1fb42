"""The quantities the published protocol measures, its mixture of frames included.

Positions are in the gravity frame, rotations in the camera frame, and the two are used together
as they are. Axes: f front, u up, r right; q is an offset in an object's axes, (q.f, q.u, q.r) of the
offset. "x", "y", "z" name components, "+x" ... "-z" directions of the frame or of an object.
A quantity that is not defined (0/0) is NaN, which satisfies nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import atan, atan2, degrees, inf, nan

import numpy as np

from genspace_metrics.measures import distance, height, nearer
from genspace_metrics.table import Measure
from genspace_metrics.vectors import Vec, angle_of_cosine, dot, norm, subtract
from genspace_metrics.view import Body, View

_COMPONENT = {"x": 0, "y": 1, "z": 2}
_AXES = {"front": (0, 1.0), "back": (0, -1.0), "right": (2, 1.0), "left": (2, -1.0)}


def _signed(vector: Vec, direction: str) -> float:
    """Component along "+x" ... "-z"."""
    value = vector[_COMPONENT[direction[1]]]
    return -value if direction[0] == "-" else value


def _offset(view: View, frame: str, other: str) -> Vec:
    """R_frame^T (p_other - p_frame)."""
    body = view.bodies[frame]
    front, up, right = body.known_axes()
    way = subtract(view.bodies[other].center, body.center)
    return (dot(front, way), dot(up, way), dot(right, way))


def axis_angle(view: View, axis: str, direction: str) -> float:
    """Angle between an object's axis and a direction of the camera frame: degrees (templates 0-7, 32-35)."""
    role, _, side = axis.partition(".")
    index, sign = _AXES[side]
    vector = view.bodies[role].known_axes()[index]
    return angle_of_cosine(sign * _signed(vector, direction))


def slope(view: View, frame: str, other: str) -> float:
    """The published s = |atan(q_z / q_x)|, of `other` in the axes of `frame`: degrees, 0-90 (8-11, 32-35)."""
    q = _offset(view, frame, other)
    if q[0] == 0.0:
        return 90.0 if q[2] != 0.0 else nan
    return abs(degrees(atan(q[2] / q[0])))


def component(view: View, frame: str, other: str, direction: str) -> float:
    """Component of q of `other` in the axes of `frame`, along "+x" ... "-z": metres (templates 10-15)."""
    return _signed(_offset(view, frame, other), direction)


def bearing(view: View, frame: str, other: str, direction: str) -> float:
    """Angle between q of `other` in the axes of `frame` and one of these axes: degrees (templates 12-15)."""
    q = _offset(view, frame, other)
    length = norm(q)
    return angle_of_cosine(_signed(q, direction) / length) if length > 0.0 else nan


def front_angle(view: View, frame: str, other: str, direction: str) -> float:
    """Published x: front of `other` against the front ("+x") or back ("-x") of `frame`: degrees (8-11)."""
    axes, front = view.bodies[frame].known_axes(), view.bodies[other].known_axes()[0]
    turned = (dot(axes[0], front), dot(axes[1], front), dot(axes[2], front))
    return angle_of_cosine(_signed(turned, direction))


def gap(view: View, a: str, b: str, direction: str) -> float:
    """Component of p_b - p_a along a direction: metres (t2i 18 and 19, edit 16-19)."""
    return _signed(subtract(view.position(b), view.position(a)), direction)


def _extents(body: Body) -> Vec:
    """(l, h', w): extents along x, y, z after turning the points about the optical axis z, a fault.

    The angle is theta = atan2(f_z, f_x).
    """
    front = body.known_axes()[0]
    theta = atan2(front[2], front[0])
    c, s = np.cos(theta), np.sin(theta)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    turned = body.points @ (turn @ body.gravity).T
    x, y, z = (turned.max(axis=0) - turned.min(axis=0)).tolist()
    return (x, y, z)


def _size(body: Body, quantity: str) -> float:
    if quantity == "height":
        return height(body)
    return _extents(body)[0 if quantity == "length" else 2]


def _volume(body: Body) -> float:
    x, y, z = _extents(body)
    return x * y * z


def _ratio(a: float, b: float) -> float:
    if b == 0.0:
        return inf if a > 0.0 else nan
    return a / b


def larger_ratio(view: View, a: str, b: str) -> float:
    """max(V_a / V_b, V_b / V_a), whichever is larger (t2i 28)."""
    first, second = _volume(view.bodies[a]), _volume(view.bodies[b])
    return max(_ratio(first, second), _ratio(second, first))


def gain(view: View, a: str, b: str) -> float:
    """V_a / V_b (edit 28)."""
    return _ratio(_volume(view.bodies[a]), _volume(view.bodies[b]))


def change(view: View, quantity: str, a: str, b: str) -> float:
    """Height, length or width of a minus that of b: metres (edit 29-31)."""
    return _size(view.bodies[a], quantity) - _size(view.bodies[b], quantity)


def difference(view: View, quantity: str, a: str, b: str) -> float:
    """The same without its sign: metres (t2i 29-31)."""
    return abs(change(view, quantity, a, b))


def displacement(view: View, role: str, direction: str) -> float:
    """Component of D = p_A - p'_A along a direction: metres (edit 20-27)."""
    return _signed(subtract(view.bodies[role].center, view.bodies[role + "'"].center), direction)


def sector_miss(view: View, anchor: str, other: str) -> float:
    """How far the bearing before lies outside the quarter that holds the bearing after: degrees (edit 32-35).

    Bearings are atan2(q_z, q_x) of `other` in the anchor's axes; quarters are cut at -135, -45, 45
    and 135. Negative inside. Without wrap-around, as published, but for the quarter around 180.
    """
    after, before = (
        degrees(atan2(q[2], q[0]))
        for q in (_offset(view, anchor, other), _offset(view, anchor + "'", other + "'"))
    )
    low = next((bound for bound in (-135.0, -45.0, 45.0) if bound <= after < bound + 90.0), 135.0)
    if low == 135.0 and before < -135.0:
        before += 360.0
    miss = min(abs(before - low), abs(before - low - 90.0))
    return -miss if low < before < low + 90.0 else miss


MEASURES: Mapping[str, Measure] = {
    "axis_angle": Measure(axis_angle, "deg"),
    "bearing": Measure(bearing, "deg"),
    "change": Measure(change, "m"),
    "component": Measure(component, "m"),
    "difference": Measure(difference, "m"),
    "displacement": Measure(displacement, "m"),
    "distance": Measure(distance, "m"),
    "front_angle": Measure(front_angle, "deg"),
    "gain": Measure(gain, "ratio"),
    "gap": Measure(gap, "m"),
    "larger_ratio": Measure(larger_ratio, "ratio"),
    "nearer": Measure(nearer, "m"),
    "sector_miss": Measure(sector_miss, "deg"),
    "slope": Measure(slope, "deg"),
}
