"""How names and numbers are written, the same in every output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from genspace_core.analysis import Counts, Means, Row, Summary
from genspace_core.analysis.bill import dollars

NOTHING: Final = "–"

SUB_DOMAIN_LABELS: Final = MappingProxyType(
    {
        "camera_pose": "Camera pose",
        "object_pose": "Object pose",
        "complex_pose": "Complex pose",
        "intrinsic": "Intrinsic",
        "allocentric": "Allocentric",
        "egocentric": "Egocentric",
        "object_distance": "Object distance",
        "camera_distance": "Camera distance",
        "object_size": "Object size",
    }
)

COUNT_LABELS: Final = MappingProxyType(
    {
        "planned": "planned",
        "waiting": "not made yet",
        "refused": "refused",
        "generation_failed": "failed",
        "generated": "made",
        "unreconstructed": "not rebuilt",
        "object_missing": "object missing",
        "wrong_count": "wrong count",
        "reconstruction_failed": "unreadable",
        "reconstructed": "all found",
        "unscored": "not scored yet",
        "undecidable": "undecidable",
        "scored": "scored",
        "passed": "passed",
    }
)
"""Every field of `Counts`, in the order that tables show them."""

WHEN_FOUND: Final = "When found: over pictures with every object found, as published results are averaged."

WITH_REFUSED: Final = (
    "With refused: as overall, but a refused picture counts 0; every other score leaves refused pictures out."
)

PRESERVED: Final = (
    "Preserved: how much of what an edit should have left alone stayed as it was; no part of the score."
)

REFUSED: Final = "Refused, in percent of the pictures that were made or refused:"
"""What stands over the table of refusals."""

_MEANING: Final = MappingProxyType(
    {"score_reconstructed": WHEN_FOUND, "score_with_refused": WITH_REFUSED, "preservation": PRESERVED}
)

MOST_REASONS: Final = 6
LONGEST_REASON: Final = 60
"""Characters: vendors have codes for it, but nothing keeps an adapter to them."""

BESIDE: Final = MappingProxyType(
    {"score_reconstructed": "When found", "score_with_refused": "With refused", "preservation": "Preserved"}
)
"""Fields of `Means` that stand beside the overall score, in that order."""

OPTIONAL_COUNTS: Final = frozenset({"waiting", "unreconstructed", "unscored"})
"""Counts of unfinished work: tables leave them out where they are 0 in every row."""


def percent(value: float | None) -> str:
    """A share of 1 as a percentage with one decimal, without the sign."""
    return NOTHING if value is None else f"{100 * value:.1f}"


def interval(half_width: float | None) -> str:
    """What follows a score: "±1.2", or nothing where it is unknown."""
    return "" if half_width is None else f"±{100 * half_width:.1f}"


def with_interval(means: Means) -> str:
    """A score and its 95 % interval, "83.1 ±1.2"."""
    return f"{percent(means.score)} {interval(means.half_width)}".rstrip()


def money(summary: Summary) -> str:
    """What the pictures cost; "≥" where some pictures' cost is unknown."""
    if summary.cost is None:
        return NOTHING
    return f"{'≥ ' if summary.priced_made < summary.counts.generated else ''}{dollars(summary.cost)}"


def money_each(summary: Summary) -> str:
    """What one picture cost, of those made whose cost is known."""
    cost = summary.cost_per_picture
    return NOTHING if cost is None else dollars(cost, 3)


def any_priced(rows: Sequence[Row]) -> bool:
    """Whether any run is known to have cost something."""
    return any(row.summary.cost for row in rows)


def in_words(number: int) -> str:
    """A small number as a word, as running text has it."""
    words = (
        "no",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    )
    return words[number] if number < len(words) else str(number)


def marked(row: Row) -> str:
    """A row's label, with the asterisk that the notes explain where its numbers are not final."""
    return row.label if row.final else f"{row.label} *"


def any_preserved(rows: Sequence[Row]) -> bool:
    """Whether there is a preservation to show: only edits have one, and not under every metric."""
    return any(row.summary.means.preservation is not None for row in rows)


def shown_beside(rows: Sequence[Row]) -> list[str]:
    """The fields of `BESIDE` worth a column."""
    shown = {"score_with_refused": bool(with_refusals(rows)), "preservation": any_preserved(rows)}
    return [name for name in BESIDE if shown.get(name, True)]


def with_refusals(rows: Sequence[Row]) -> list[Row]:
    """Those of which any picture was refused."""
    return [row for row in rows if row.summary.counts.refused]


def reasons(refusals: Mapping[str, int]) -> str:
    """Why pictures were refused, "moderation_blocked 12, no_image 3": the vendors' own words."""
    shown = [f"{short_reason(reason)} {n}" for reason, n in list(refusals.items())[:MOST_REASONS]]
    if more := list(refusals.values())[MOST_REASONS:]:
        shown.append(f"{len(more)} other reasons {sum(more)}")
    return ", ".join(shown)


def short_reason(reason: str) -> str:
    """A vendor's word on one line, cut where it is a story."""
    text = " ".join(reason.split())
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"


def legend(rows: Sequence[Row]) -> str:
    """What the numbers of a leaderboard are."""
    return " ".join(
        ["Scores in percent, ± is the 95 % interval.", *(_MEANING[name] for name in shown_beside(rows))]
    )


def shown_counts(rows: list[Counts]) -> list[str]:
    """The fields of `Counts` worth a column in a table of these rows."""
    return [n for n in COUNT_LABELS if n not in OPTIONAL_COUNTS or any(getattr(c, n) for c in rows)]
