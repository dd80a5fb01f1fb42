"""How sure a number is, given that other prompts might have been asked: the stratified bootstrap.

Prompts are what is drawn, never single pictures: the pictures of one prompt stand or fall together. From n
prompts of a question n - 1 are drawn, each counting n / (n - 1), which makes the spread of a mean that of
the usual unbiased estimate even for two prompts (Rao and Wu, Resampling inference with complex survey
data, JASA 83, 1988). A sub-domain in which some question has a single prompt is drawn from as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_core.analysis.aggregate import NORMAL_95
from genspace_core.suite.subdomains import SUB_DOMAINS
from genspace_core.types import Sample

Array = NDArray[np.float64]

OVERALL: Final = "overall"
DRAWS: Final = 2000
SEED: Final = 0
LEAST_DRAWS: Final = 0.5
"""Share of the draws in which a number must be defined for it to have an interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval; None where it is not defined, or nothing tells how sure it is."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class Prompts:
    """The prompts of a suite, in order: to which question and sub-domain each belongs.

    Attributes:
        areas: "overall" and the sub-domains that there are, in the tables' order.
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        there = {sample.sub_domain for sample in samples}
        self._names = [name for name in SUB_DOMAINS if name in there]
        self.areas: tuple[str, ...] = (OVERALL, *self._names)
        questions = {(s.sub_domain, s.task, s.template): i for i, s in enumerate(samples)}
        numbers = {question: i for i, question in enumerate(questions)}
        self._question = np.array([numbers[s.sub_domain, s.task, s.template] for s in samples], np.intp)
        self._area = np.array([self._names.index(s.sub_domain) for s in samples], np.intp)

    def __len__(self) -> int:
        return len(self._area)

    def draw(self, count: int = DRAWS, seed: int = SEED) -> Array:
        """(count, n) weights of the prompts, of one draw in each row."""
        random = np.random.default_rng(seed)
        weights = np.ones((count, len(self)))
        for stratum in self._strata():
            n = len(stratum)
            if n > 1:
                drawn = random.multinomial(n - 1, np.full(n, 1 / n), size=count)
                weights[:, stratum] = drawn * (n / (n - 1))
        return weights

    def _strata(self) -> list[NDArray[np.intp]]:
        strata: list[NDArray[np.intp]] = []
        for area in range(len(self._names)):
            inside = np.flatnonzero(self._area == area)
            questions = [inside[self._question[inside] == q] for q in np.unique(self._question[inside])]
            strata += questions if min(map(len, questions)) > 1 else [inside]
        return strata

    def area(self, name: str) -> NDArray[np.intp]:
        """Which prompts belong to an area."""
        if name == OVERALL:
            return np.arange(len(self))
        return np.flatnonzero(self._area == self._names.index(name))

    def means(self, values: Array, weights: Array | None = None) -> Array:
        """Means of each area, as leaderboards have them: prompts, then questions, then sub-domains.

        Args:
            values: (n,), NaN where a prompt does not count.
            weights: (count, n) of `draw`; None for every prompt once.

        Returns:
            (areas,), or (count, areas) of several draws; NaN where no prompt counts.
        """
        known = np.isfinite(values)
        per_question = np.bincount(self._question[known], minlength=1 + max(self._question, default=0))
        share = np.zeros(len(self))
        share[known] = 1 / per_question[self._question[known]]
        inside = self._area[:, None] == np.arange(len(self._names))
        drawn = np.ones((1, len(self))) if weights is None else weights
        with np.errstate(invalid="ignore"):
            parts = (drawn @ (inside * (share * np.where(known, values, 0.0))[:, None])) / (
                drawn @ (inside * share[:, None])
            )
        found = np.hstack([_mean_of_known(parts), parts])
        return found[0] if weights is None else found

    def estimates(self, values: Array, weights: Array) -> list[Estimate]:
        """Mean of each area, with the interval that the draws give it; shapes as of `means`."""
        draws = self.means(values, weights)
        # One prompt tells nothing of its like, and a mean of which a part is unknown is no better.
        alone = [np.isfinite(values[self.area(name)]).sum() == 1 for name in self._names]
        unsure = np.array([any(alone), *alone])
        draws[:, unsure] = np.nan
        return [estimate(value, draws[:, i]) for i, value in enumerate(self.means(values))]


def estimate(value: float, draws: Array) -> Estimate:
    """A number and the middle 95 % of what it was in the draws, NaN where it was not defined."""
    if not np.isfinite(value):
        return Estimate()
    defined = draws[np.isfinite(draws)]
    if not len(defined) or len(defined) < LEAST_DRAWS * len(draws):
        return Estimate(float(value))
    low, high = np.percentile(defined, (2.5, 97.5))
    return Estimate(float(value), float(low), float(high))


def share(hits: int, of: int, prompts: int) -> Estimate:
    """A share of pictures, with the score interval of Wilson (JASA 22, 1927), sensible at 0 and 1 too.

    Args:
        hits: pictures of the kind.
        of: pictures in all.
        prompts: that they were made of; this many count as independent.
    """
    if not of:
        return Estimate()
    p, z, n = hits / of, NORMAL_95, prompts
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half))


def _mean_of_known(parts: Array) -> Array:
    """(count, 1) mean over the columns that are not NaN, NaN where none is."""
    known = np.isfinite(parts)
    number = known.sum(axis=1)
    total = np.where(known, parts, 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)[:, None]
