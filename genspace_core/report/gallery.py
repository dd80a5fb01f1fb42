"""Which pictures of a run are worth showing, chosen while its results stream by."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final, Literal
from zlib import crc32

from genspace_core.analysis import Verdict
from genspace_core.run.results import Result
from genspace_core.types import GenerationOutcome

Kind = Literal["best", "worst", "refused"]

SPREAD: Final = 0.2
"""What every earlier pick of its sub-domain, and again of its question, takes off a candidate's merit."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A picture and what it scored; None where it was refused."""

    result: Result
    value: float | None


class Gallery:
    """Keeps a run's best and worst pictures, and refused ones: a few per sub-domain, whatever its length.

    Ties are broken by a hash of the sample's id: the same for every run, so that generators that
    fail alike are shown on the same prompts, yet not always on the suite's first ones.
    """

    def __init__(self, best: int, worst: int, refused: int = 0) -> None:
        self._sizes: dict[Kind, int] = {"best": best, "worst": worst, "refused": refused}
        self._heaps: dict[tuple[Kind, str], list[tuple[float, int, str, int, Result]]] = defaultdict(list)

    def offer(self, result: Result, verdict: Verdict) -> None:
        """Consider one picture. A full score is never among the worst, nor a zero among the best."""
        value = verdict.value
        if result.generation is GenerationOutcome.REFUSED:
            self._keep(0.0, "refused", result)
        if value is None:
            return
        if value > 0:
            self._keep(value, "best", result)
        if value < 1:
            self._keep(-value, "worst", result)

    def _keep(self, merit: float, kind: Kind, result: Result) -> None:
        sample = result.sample
        tie = crc32(f"{sample.id}#{result.image_index}".encode())
        heap = self._heaps[kind, sample.sub_domain]
        heapq.heappush(heap, (merit, tie, sample.id, result.image_index, result))
        if len(heap) > self._sizes[kind]:
            heapq.heappop(heap)

    def best(self) -> list[Pick]:
        """The best pictures, spread over sub-domains, best first."""
        return [Pick(result, merit) for merit, result in self._choose("best")]

    def worst(self) -> list[Pick]:
        """The worst pictures, spread over sub-domains, worst first; none of those in `best()`."""
        return [Pick(result, -merit) for merit, result in self._choose("worst")]

    def refused(self) -> list[Pick]:
        """Refused pictures, spread over sub-domains."""
        return [Pick(result, None) for _, result in self._choose("refused")]

    def _choose(self, kind: Kind) -> list[tuple[float, Result]]:
        pool = [entry for (kept, _), heap in self._heaps.items() if kept == kind for entry in heap]
        if kind == "worst":
            shown = {_identity(result) for _, result in self._choose("best")}
            pool = [entry for entry in pool if _identity(entry[-1]) not in shown]
        picked: list[tuple[float, Result]] = []
        seen: Counter[str | int] = Counter()
        while pool and len(picked) < self._sizes[kind]:
            best = max(
                pool,
                key=lambda e: (
                    e[0] - SPREAD * (seen[e[-1].sample.sub_domain] + seen[e[-1].sample.template]),
                    *e[1:4],
                ),
            )
            pool.remove(best)
            seen.update((best[-1].sample.sub_domain, best[-1].sample.template))
            picked.append((best[0], best[-1]))
        return sorted(picked, key=lambda pick: -pick[0])


def _identity(result: Result) -> tuple[str, int]:
    return result.sample.id, result.image_index
