"""Candidates to try the rules on, by hand and by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from genspace_adapter_detection.found import Found

Row = tuple[str, float, tuple[float, float, float, float]]


def found_of(*rows: Row) -> Found:
    """Candidates from (name, score, box)."""
    return Found(
        np.array([name for name, _, _ in rows], dtype=np.str_),
        np.array([score for _, score, _ in rows], np.float64),
        np.array([box for _, _, box in rows], np.float64).reshape(-1, 4),
    )


def rows_of(found: Found, indices: Sequence[int]) -> list[Row]:
    """What is at these indices, sorted, to compare without regard to order."""
    return sorted(
        (str(found.names[i]), float(found.scores[i]), tuple(found.boxes[i].tolist())) for i in indices
    )


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x0, x1 = sorted(draw(st.lists(st.integers(0, 12), min_size=2, max_size=2, unique=True)))
    y0, y1 = sorted(draw(st.lists(st.integers(0, 12), min_size=2, max_size=2, unique=True)))
    return float(x0), float(y0), float(x1), float(y1)


# Few places and few scores, so that boxes overlap, lie inside each other and tie.
rows = st.tuples(st.sampled_from(["cat", "dog"]), st.integers(1, 8).map(lambda n: n / 8), boxes())
many = st.lists(rows, max_size=12).map(lambda each: found_of(*each))


def reordered(found: Found, order: Sequence[int]) -> Found:
    order = np.array(order, np.intp)
    return Found(found.names[order], found.scores[order], found.boxes[order])


def scaled(found: Found, factor: float) -> Found:
    return Found(found.names, found.scores, found.boxes * factor)
