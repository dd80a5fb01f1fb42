"""The upright box that fits points best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

ROOM = 1.25  # footprints up to this many times the least area are considered
GRID = 3.0  # degrees between the headings tried beside those of the outline
JUDGED_ON = 1000  # points that headings are compared on, about


@dataclass(frozen=True, slots=True, eq=False)
class UprightBox:
    """A box that may be turned about the vertical axis.

    Attributes:
        low: (3,), least coordinates along `axes`, metres.
        high: (3,), greatest.
        axes: (3, 3), columns: first level side, down (y), second level side; a rotation.
    """

    low: Array
    high: Array
    axes: Array

    @property
    def center(self) -> Array:
        """(3,), metres, in the frame of the points."""
        return self.axes @ ((self.low + self.high) / 2.0)

    def outside(self, points: Array) -> Array:
        """How far points, (n, 3), are outside it along each of its axes: (n, 3), metres, 0 inside."""
        along = points @ self.axes
        return np.maximum(0.0, np.maximum(along - self.high, self.low - along))


def fit_box(points: Array, trim: float = 0.0) -> UprightBox:
    """The box whose footprint is small and has the points near its sides.

    The footprint of a thing seen from one side is often an L, of its two visible faces. A rectangle of
    least area has a side along an edge of the outline (Freeman and Shapira, 1975); with few or noisy
    points a wrong one may be smallest by chance, so of all that are nearly as small the one whose sides are
    nearest to the points is taken (the closeness of Zhang et al., "Efficient L-shape fitting", 2017).

    Args:
        points: (n, 3), n >= 1, metres, y down.
        trim: share of the points to leave out at each end of each side.
    """
    footprint = points[:, [0, 2]]
    outline = footprint[_outline(footprint)]
    headings = _headings(outline)
    some = footprint[:: -(-len(points) // JUDGED_ON)]
    spans = [_ends(values, trim) for values in _turned(some if trim else outline, headings)]
    area = np.prod([high - low for low, high in spans], axis=0)
    small = area <= ROOM * area.min()
    to_side = [
        np.minimum(np.abs(values - low[small, None]), np.abs(high[small, None] - values))
        for values, (low, high) in zip(_turned(some, headings[small]), spans, strict=True)
    ]
    angle = float(headings[small][np.argmin(np.minimum(*to_side).mean(axis=1))])
    c, s = np.cos(angle), np.sin(angle)
    return box_around(points, np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]]), trim)


def box_around(points: Array, axes: Array, trim: float = 0.0) -> UprightBox:
    """The box with given axes, (3, 3), columns, as of `UprightBox`."""
    return UprightBox(*_ends(np.ascontiguousarray((points @ axes).T), trim), axes)


def extreme_points(points: Array) -> Indices:
    """Indices of the points of (n, 3), y down, that go furthest in some level direction, up or down."""
    ends = [int(points[:, 1].argmin()), int(points[:, 1].argmax())]
    return np.unique(np.concatenate([_outline(points[:, [0, 2]]), ends]))


def _turned(points: Array, headings: Array) -> tuple[Array, Array]:
    """Coordinates of (n, 2) points along and across each of (m,) headings: (m, n) each."""
    c, s = np.cos(headings)[:, None], np.sin(headings)[:, None]
    x, z = points.T
    return c * x + s * z, c * z - s * x


def _ends(values: Array, trim: float) -> tuple[Array, Array]:
    """Least and greatest of each row of (m, n) values, but for a share at each end: (m,) each."""
    out = int(trim * values.shape[1])
    if not out:
        return values.min(axis=1), values.max(axis=1)
    sorted_ends = np.partition(values, [out, -1 - out], axis=1)
    return sorted_ends[:, out], sorted_ends[:, -1 - out]


def _headings(outline: Array) -> Array:
    """Headings of the sides of an outline, and some between: (m,), radians, 0 to a quarter turn."""
    edges = np.diff(np.concatenate([outline, outline[:1]]), axis=0)
    edges = edges[np.linalg.norm(edges, axis=1) > 0]
    grid = np.radians(np.arange(0.0, 90.0, GRID))
    return np.concatenate([np.arctan2(edges[:, 1], edges[:, 0]) % (np.pi / 2), grid])


def _outline(points: Array) -> Indices:
    """Indices of the corners of the convex hull, in order; of the two ends of points along a line."""
    try:
        return np.asarray(ConvexHull(points).vertices, dtype=np.intp)
    except (QhullError, ValueError):
        return np.lexsort((points[:, 1], points[:, 0]))[[0, -1]]
