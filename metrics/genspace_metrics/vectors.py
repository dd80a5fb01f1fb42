"""Small vectors as plain floats: for three numbers they are several times faster than arrays.

Frames and units are the caller's; `Vec` is (x, y, z), `Flat` the horizontal part (x, z) of a
vector of the gravity frame (x right, y down, z forward).
"""

from __future__ import annotations

from math import acos, atan2, degrees, hypot, sqrt

Vec = tuple[float, float, float]
Flat = tuple[float, float]


def subtract(a: Vec, b: Vec) -> Vec:
    """Return a - b."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def dot(a: Vec, b: Vec) -> float:
    """Inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def norm(a: Vec) -> float:
    """Length."""
    return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def angle_of_cosine(cosine: float) -> float:
    """Degrees, 0-180; a cosine that rounding pushed past 1 is clipped.

    >>> angle_of_cosine(0.0), angle_of_cosine(1.0 + 1e-12)
    (90.0, 0.0)
    """
    return degrees(acos(min(1.0, max(-1.0, cosine))))


def flat_angle(a: Flat, b: Flat) -> float:
    """Unsigned angle between two horizontal directions of any length: degrees, 0-180.

    >>> flat_angle((2.0, 0.0), (0.0, -0.5))
    90.0
    """
    return degrees(atan2(abs(a[0] * b[1] - a[1] * b[0]), a[0] * b[0] + a[1] * b[1]))


def flat_turn(a: Flat, b: Flat) -> float:
    """Signed angle from a to b, positive from right (+x) towards forward (+z): degrees, -180 to 180.

    >>> flat_turn((1.0, 0.0), (0.0, 1.0))
    90.0
    """
    return degrees(atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]))


def line_angle(line: Flat, direction: Flat) -> float:
    """Angle between a direction and a line, whichever way the line is followed: degrees, 0-90.

    >>> line_angle((1.0, 0.0), (-1.0, 0.0))
    0.0
    """
    angle = flat_angle(line, direction)
    return min(angle, 180.0 - angle)


def flat_length(a: Flat) -> float:
    """Length."""
    return hypot(a[0], a[1])
