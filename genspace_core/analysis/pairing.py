"""The same pictures under a base and under a variant of it, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from genspace_core.analysis.aggregate import Aggregator
from genspace_core.analysis.resampling import Estimate, share
from genspace_core.analysis.summary import Verdict
from genspace_core.run.results import Result
from genspace_core.types import GenerationOutcome, ReconstructionOutcome, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pictures by what base and variant make of them.

    made = same + gained + lost + undecidable + failed + waiting; the first three are compared.

    Attributes:
        same: both say passed, or both say not passed.
        gained: passed under the variant only.
        lost: passed under the base only.
        undecidable: the metric could not tell under one of them, or both.
        failed: the reconstructor failed under one of them, or both.
        waiting: not judged yet under one of them, or both.
        prompts: how many prompts the compared pictures were made of.
    """

    same: int = 0
    gained: int = 0
    lost: int = 0
    undecidable: int = 0
    failed: int = 0
    waiting: int = 0
    prompts: int = 0

    @property
    def made(self) -> int:
        """All of them."""
        return self.compared + self.undecidable + self.failed + self.waiting

    @property
    def compared(self) -> int:
        """Pictures that both judged."""
        return self.same + self.gained + self.lost

    @property
    def agreement(self) -> Estimate:
        """Share of the compared pictures on which both say the same."""
        return share(self.same, self.compared, self.prompts)


KINDS: Final = ("same", "gained", "lost", "undecidable", "failed", "waiting")


class PairedRun:
    """The same pictures twice, read side by side.

    Args:
        generator: as tables show it.
        run: name of the run directory.
        samples: of the suite, in order.
        base, variant: results of the run, one for each picture, in the same order.
        metric: whose scores count.
    """

    def __init__(
        self,
        generator: str,
        run: str,
        samples: Sequence[Sample],
        base: Iterable[Result],
        variant: Iterable[Result],
        metric: str,
    ) -> None:
        self.generator, self.run = generator, run
        place = {sample.id: i for i, sample in enumerate(samples)}
        tallies = [_Prompt() for _ in samples]
        sides = Aggregator(metric), Aggregator(metric)
        for one, other in zip(base, variant, strict=True):
            verdicts = sides[0].add(one), sides[1].add(other)
            if one.generation is GenerationOutcome.OK:
                tallies[place[one.sample.id]].add((one, other), verdicts)
        self.summaries = sides[0].summary(), sides[1].summary()
        self.base = np.array([tally.base.mean for tally in tallies])
        self.variant = np.array([tally.variant.mean for tally in tallies])
        self.paired_base = np.array([tally.paired_base.mean for tally in tallies])
        self.paired_variant = np.array([tally.paired_variant.mean for tally in tallies])
        self.kinds = [tally.kinds for tally in tallies]

    def pairs(self, prompts: Iterable[int]) -> Pairs:
        """The pictures of these prompts."""
        chosen = [self.kinds[i] for i in prompts]
        total = sum(chosen, Counter[str]())
        compared = sum(any(kinds[kind] for kind in KINDS[:3]) for kinds in chosen)
        return Pairs(**{kind: total[kind] for kind in KINDS}, prompts=compared)


@dataclass(slots=True)
class _Mean:
    n: int = 0
    total: float = 0.0

    def add(self, value: float) -> None:
        self.n, self.total = self.n + 1, self.total + value

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else float("nan")


class _Prompt:
    """What the pictures of one prompt add up to."""

    __slots__ = ("base", "kinds", "paired_base", "paired_variant", "variant")

    def __init__(self) -> None:
        self.base, self.variant, self.paired_base, self.paired_variant = (_Mean() for _ in range(4))
        self.kinds: Counter[str] = Counter()

    def add(self, results: tuple[Result, Result], verdicts: tuple[Verdict, Verdict]) -> None:
        one, other = (verdict.value for verdict in verdicts)
        if one is not None:
            self.base.add(one)
        if other is not None:
            self.variant.add(other)
        if one is not None and other is not None:
            self.paired_base.add(one)
            self.paired_variant.add(other)
        self.kinds[_kind(results, verdicts)] += 1


def _kind(results: tuple[Result, Result], verdicts: tuple[Verdict, Verdict]) -> str:
    """Which of `Pairs` a picture is."""
    if any(result.reconstruction is ReconstructionOutcome.FAILED for result in results):
        return "failed"
    if any(verdict.undecidable for verdict in verdicts):
        return "undecidable"
    if any(verdict.value is None for verdict in verdicts):
        return "waiting"
    base, variant = (verdict.passed for verdict in verdicts)
    return "same" if base == variant else "gained" if variant else "lost"
