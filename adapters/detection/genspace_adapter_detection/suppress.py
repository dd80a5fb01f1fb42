"""Which of several boxes on one object stays: non-maximum suppression, within a name and between names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_detection.boxes import ious
from genspace_adapter_detection.found import Found


def by_score(found: Found) -> NDArray[np.intp]:
    """Indices of the candidates, the best first; ties go by box, then name, whatever the input order."""
    x0, y0, x1, y1 = found.boxes.T
    return np.lexsort((found.names, y1, x1, y0, x0, -found.scores))


def suppress(found: Found, within: float, between: float) -> NDArray[np.intp]:
    """Indices of the candidates that stay, the best first.

    A candidate goes if one that scores better, and stays, overlaps it over an IoU: `within` if they have
    one name, `between` if they do not (an object found as a car and as a truck is what scores better).
    With both the same this is class-agnostic suppression.
    """
    close = ious(found.boxes, found.boxes)
    same = found.names[:, None] == found.names[None, :]
    rivals = close > np.where(same, within, between)
    gone = np.zeros(len(found), np.bool_)
    kept: list[int] = []
    for index in by_score(found):
        if not gone[index]:
            kept.append(int(index))
            gone |= rivals[index]
    return np.array(kept, np.intp)


def at_most(names: NDArray[np.str_], indices: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The first `count` indices of each name, in order."""
    seen: dict[str, int] = {}
    kept = []
    for index in indices:
        name = str(names[index])
        seen[name] = seen.get(name, 0) + 1
        if seen[name] <= count:
            kept.append(index)
    return np.array(kept, np.intp)
