"""What swapping a stage changes: everything that is told at the end, and its form for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from genspace_core.analysis.ablation import RunComparison, VariantComparison
from genspace_core.analysis.leaderboard import Setup
from genspace_core.analysis.pairing import Pairs
from genspace_core.analysis.resampling import DRAWS, SEED
from genspace_core.run.ablate import Work

JSON_FORMAT: Final = 1
"""Version of the JSON layout; raised when a field changes its meaning or goes away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantReport:
    """One variant: what it has instead of what, what judging it took for each run, and what it changes."""

    instead_of: str
    comparison: VariantComparison
    work: tuple[Work, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationReport:
    """Everything that is told at the end.

    Attributes:
        setup: what the base was made with, the same in all runs.
        variants: in the order asked for, at least one.
    """

    setup: Setup
    variants: tuple[VariantReport, ...]


def ablation_json(report: AblationReport) -> str:
    """Everything, with raw numbers (shares of 1)."""
    document = {
        "format": JSON_FORMAT,
        "base": asdict(report.setup),
        "intervals": {"draws": DRAWS, "seed": SEED, "level": 0.95},
        "notes": notes_of(report),
        "variants": [_variant_document(variant) for variant in report.variants],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _variant_document(variant: VariantReport) -> dict[str, Any]:
    compared = variant.comparison
    return {
        "variant": compared.variant,
        "instead_of": variant.instead_of,
        "rankings": {
            r.area: {
                "generator_tau": asdict(r.tau),
                "places": [asdict(place) for place in r.places],
                "pictures": _pairs_document(r.pairs),
            }
            for r in compared.rankings
        },
        "runs": [
            {
                "generator": run.generator,
                "run": run.run,
                "work": _work_document(work),
                "counts": {"base": asdict(run.base_counts), "variant": asdict(run.variant_counts)},
                "areas": {
                    area.name: {
                        "base": asdict(area.base),
                        "variant": asdict(area.variant),
                        "difference": asdict(area.difference),
                        "picture_tau": asdict(area.picture_tau),
                        "pictures": _pairs_document(area.pairs),
                    }
                    for area in run.areas
                },
            }
            for run, work in zip(compared.runs, variant.work, strict=True)
        ],
    }


def _pairs_document(pairs: Pairs) -> dict[str, Any]:
    return {**asdict(pairs), "compared": pairs.compared, "agreement": asdict(pairs.agreement)}


def _work_document(work: Work) -> dict[str, Any]:
    stages = [*dict.fromkeys((*work.computed, *work.kept))]
    return {
        "rebuilt": work.rebuilt,
        "there_already": work.there,
        "sources_rebuilt": work.sources,
        "failed": work.troubles.count,
        "stages": {s: {"computed": work.computed.get(s, 0), "kept": work.kept.get(s, 0)} for s in stages},
    }


def notes_of(report: AblationReport) -> list[str]:
    """What each variant leaves out, and why."""
    return [
        f"{variant.comparison.variant}, {run.generator}: {note}"
        for variant in report.variants
        for run in variant.comparison.runs
        for note in _run_notes(run)
    ]


def _run_notes(run: RunComparison) -> Iterable[str]:
    pairs = run.areas[0].pairs
    reasons = (
        (pairs.undecidable, "undecidable"),
        (pairs.failed, "unreadable"),
        (pairs.waiting, "not judged yet"),
    )
    told = ", ".join(f"{count} {why}" for count, why in reasons if count)
    if told:
        yield f"of {pairs.made} pictures, agreement leaves out {told} under base or variant."
    for side in ("base", "variant"):
        scored = sum(getattr(area, side).score is not None for area in run.areas[1:])
        if scored < len(run.areas) - 1:
            of = len(run.areas) - 1
            yield f"the {side} has scores in {scored} of {of} sub-domains; its overall is the mean of those."
