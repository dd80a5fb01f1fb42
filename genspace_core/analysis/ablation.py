"""What another reconstructor changes: the same pictures, judged under a base and under a variant of it.

docs/ablation.md defines each number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from genspace_core.analysis.pairing import KINDS, PairedRun, Pairs
from genspace_core.analysis.rank import places, tau_of_draws, tau_of_scores
from genspace_core.analysis.resampling import DRAWS, OVERALL, SEED, Array, Estimate, Prompts, estimate
from genspace_core.analysis.summary import Counts, Means, Summary
from genspace_core.types import Sample

PAIR_DRAWS: Final = 500
"""Draws behind the interval of a tau over pictures, which compares each with every other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One sub-domain of a run, or all of it.

    Attributes:
        name: "overall" or the sub-domain's.
        base, variant: means as on a leaderboard.
        difference: variant minus base, over prompts with a score under both, picture by picture.
        pairs: pictures by what the two make of them.
        picture_tau: Kendall's tau-b of the prompts' scores under base and variant.
    """

    name: str
    base: Means
    variant: Means
    difference: Estimate
    pairs: Pairs
    picture_tau: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """One run under base and variant, "overall" first among its areas."""

    generator: str
    run: str
    areas: tuple[Area, ...]
    base_counts: Counts
    variant_counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a generator stands among the runs; None without a score."""

    generator: str
    base: int | None
    variant: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Whether the generators keep their order, in one area.

    Attributes:
        area: "overall" or the sub-domain's name.
        tau: Kendall's tau-b of the generators' scores under base and variant.
        places: of each generator, in the order of the runs.
        pairs: the pictures of all runs together.
    """

    area: str
    tau: Estimate
    places: tuple[Place, ...]
    pairs: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantComparison:
    """One variant, on every run; `rankings` is empty where there is one run only."""

    variant: str
    runs: tuple[RunComparison, ...]
    rankings: tuple[Ranking, ...]


def compare(
    variant: str,
    samples: Sequence[Sample],
    runs: Sequence[PairedRun],
    *,
    seed: int = SEED,
    draws: int = DRAWS,
) -> VariantComparison:
    """Every number of one variant.

    Args:
        variant: its name.
        samples: of the suite that all runs share, in order.
        runs: the runs under base and variant.
        seed: of the draws behind the intervals; the same for every variant, so that they compare.
        draws: how many.
    """
    prompts = Prompts(samples)
    weights = prompts.draw(draws, seed)
    compared = tuple(_compare_run(run, prompts, weights) for run in runs)
    rankings = tuple(_rankings(runs, prompts, weights)) if len(runs) > 1 else ()
    return VariantComparison(variant=variant, runs=compared, rankings=rankings)


def _compare_run(run: PairedRun, prompts: Prompts, weights: Array) -> RunComparison:
    base, variant = (_means_by_area(summary) for summary in run.summaries)
    differences = prompts.estimates(run.paired_variant - run.paired_base, weights)
    areas = tuple(
        Area(
            name=name,
            base=base[name],
            variant=variant[name],
            difference=difference,
            pairs=run.pairs(prompts.area(name)),
            picture_tau=_picture_tau(run, prompts.area(name), weights),
        )
        for name, difference in zip(prompts.areas, differences, strict=True)
    )
    return RunComparison(
        generator=run.generator,
        run=run.run,
        areas=areas,
        base_counts=run.summaries[0].counts,
        variant_counts=run.summaries[1].counts,
    )


def _means_by_area(summary: Summary) -> MappingProxyType[str, Means]:
    return MappingProxyType(
        {OVERALL: summary.means, **{part.name: part.means for part in summary.sub_domains}}
    )


def _picture_tau(run: PairedRun, inside: np.typing.NDArray[np.intp], weights: Array) -> Estimate:
    known = inside[np.isfinite(run.paired_base[inside])]
    x, y = run.paired_base[known], run.paired_variant[known]
    (value,) = tau_of_draws(x, y, np.ones((1, len(known))))
    return estimate(value, tau_of_draws(x, y, weights[:PAIR_DRAWS, known]))


def _rankings(runs: Sequence[PairedRun], prompts: Prompts, weights: Array) -> Iterable[Ranking]:
    """Whether the order of the runs moves, area by area; every draw asks all of them the same prompts."""
    sides = [[run.base for run in runs], [run.variant for run in runs]]
    base, variant = (np.stack([prompts.means(v) for v in side], -1) for side in sides)
    drawn_base, drawn_variant = (np.stack([prompts.means(v, weights) for v in side], -1) for side in sides)
    for i, name in enumerate(prompts.areas):
        tau = estimate(
            float(tau_of_scores(base[i], variant[i])), tau_of_scores(drawn_base[:, i], drawn_variant[:, i])
        )
        before, after = (
            places([None if np.isnan(s) else float(s) for s in side[i]]) for side in (base, variant)
        )
        inside = prompts.area(name)
        pairs = [run.pairs(inside) for run in runs]
        yield Ranking(
            area=name,
            tau=tau,
            places=tuple(
                Place(generator=run.generator, base=b, variant=v)
                for run, b, v in zip(runs, before, after, strict=True)
            ),
            pairs=Pairs(**{f: sum(getattr(p, f) for p in pairs) for f in (*KINDS, "prompts")}),
        )
