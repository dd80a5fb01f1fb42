"""Do two rankings agree? Kendall's tau-b, for the many draws that an interval takes.

tau_b = sum(sx * sy) / sqrt(sum(sx**2) * sum(sy**2)) over pairs, where sx and sy are the signs of the
pair's differences: 1 for the same order, -1 for the opposite one, ties taking no part (Kendall, The
treatment of ties in ranking problems, Biometrika 33, 1945). Not defined where one ranking is all ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DECIMALS: Final = 9
"""Scores that differ by less are ties: sums in another order differ in their last digits."""
_BLOCK: Final = 512  # columns of signs held at once


def tau_of_scores(x: Array, y: Array) -> Array:
    """(..., ) tau-b of scores (..., k) of the same k things; NaN where it is not defined."""
    first, second = np.triu_indices(x.shape[-1], 1)
    x, y = np.round(x, DECIMALS), np.round(y, DECIMALS)
    sx = np.sign(x[..., first] - x[..., second])
    sy = np.sign(y[..., first] - y[..., second])
    return _tau((sx * sy).sum(-1), (sx**2).sum(-1), (sy**2).sum(-1))


def tau_of_draws(x: Array, y: Array, weights: Array) -> Array:
    """(count,) tau-b of scores (n,) in which each thing counts as often as `weights` (count, n) says."""
    x, y = np.round(x, DECIMALS), np.round(y, DECIMALS)
    drawn = weights.astype(np.float32)  # signs and counts are small numbers
    sums = np.zeros((3, len(weights)))
    for start in range(0, len(x), _BLOCK):
        part = slice(start, start + _BLOCK)
        sx = np.sign(x[:, None] - x[part]).astype(np.float32)
        sy = np.sign(y[:, None] - y[part]).astype(np.float32)
        for i, signs in enumerate((sx * sy, sx**2, sy**2)):
            sums[i] += ((drawn @ signs) * drawn[:, part]).sum(axis=1, dtype=np.float64)
    return _tau(*sums)


def places(scores: Sequence[float | None]) -> list[int | None]:
    """1 for the best, the same for ties, then as many places further; None without a score."""
    rounded = [None if score is None else round(score, DECIMALS) for score in scores]
    known = [score for score in rounded if score is not None]
    return [None if score is None else 1 + sum(other > score for other in known) for score in rounded]


def _tau(both: Array, x: Array, y: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.asarray(both / np.sqrt(x * y))
    # Rounding can leave [-1, 1] by one unit in the last place.
    return np.where(np.isfinite(found), np.clip(found, -1, 1), np.nan)
