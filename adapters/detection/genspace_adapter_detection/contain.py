"""Boxes of one name inside each other: a box around a group of objects, and boxes around parts of one.

Both look alike, a large box with smaller ones of its name inside; what tells them apart is the score. The
objects of a group are found about as surely as the group, or more so; a part is found less surely.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_detection.boxes import areas, insides, overlaps, union_area
from genspace_adapter_detection.found import Found
from genspace_adapter_detection.suppress import by_score

APART = 0.1
"""Two objects of a group share less than this of the smaller one's box."""


def without_groups(found: Found, inside: float, cover: float, score: float) -> NDArray[np.intp]:
    """Indices of the candidates that are not boxes around groups.

    A group is a box with two or more smaller boxes of its name inside that stand apart from each other, each
    score at least `score` times as much as it, and together cover over `cover` of it. Small boxes are judged
    first, so that a group is never an object of a larger group.

    Args:
        found: candidates.
        inside: share of a box that has to lie in the group's.
        cover: share of the group's box, 0-1; 1 keeps all.
        score: share of the group's score, 0-1.
    """
    rank = np.empty(len(found), np.intp)
    rank[by_score(found)] = np.arange(len(found))
    size = areas(found.boxes)
    contained = insides(found.boxes, found.boxes) >= inside
    single = np.zeros(len(found), np.bool_)
    for index in np.lexsort((rank, size)):
        members = np.flatnonzero(
            single
            & contained[:, index]
            & (size < size[index])
            & (found.names == found.names[index])
            & (found.scores >= score * found.scores[index])
        )
        apart = _apart(found.boxes, members[np.argsort(rank[members])])
        single[index] = len(apart) < 2 or _covered(found.boxes, apart, index) <= cover
    return np.flatnonzero(single)


def _apart(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> list[int]:
    """The best of the members that do not overlap a better one."""
    chosen: list[int] = []
    for member in members:
        pair = boxes[chosen]
        shared = overlaps(boxes[[member]], pair)[0]
        smaller = np.minimum(areas(boxes[[member]])[0], areas(pair))
        if np.all(shared < APART * smaller):
            chosen.append(int(member))
    return chosen


def _covered(boxes: NDArray[np.float64], members: list[int], index: int) -> float:
    x0, y0, x1, y1 = boxes[index]
    within = np.clip(boxes[members], [x0, y0, x0, y0], [x1, y1, x1, y1])
    return min(union_area(within) / float(areas(boxes[[index]])[0]), 1.0)  # rounding can go over


def without_parts(found: Found, inside: float, score: float) -> NDArray[np.intp]:
    """Indices of the candidates that are not parts of another, the best first.

    A part lies inside a larger box of its name that stays, and scores under `score` times as much.
    """
    size = areas(found.boxes)
    contained = insides(found.boxes, found.boxes) >= inside
    kept: list[int] = []
    for index in by_score(found):
        wholes = [
            k
            for k in kept
            if contained[index, k]
            and size[k] > size[index]
            and found.names[k] == found.names[index]
            and found.scores[index] < score * found.scores[k]
        ]
        if not wholes:
            kept.append(int(index))
    return np.array(kept, np.intp)
