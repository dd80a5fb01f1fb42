"""How names and numbers are written, the same in every output."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from genspace_core.analysis import Counts, Means, Row, Summary

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
        "unreconstructed": "not rebuilt yet",
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
"""What the second overall column is, in every output."""

PRESERVED: Final = (
    "Preserved: how much of what an edit should have left alone stayed as it was; no part of the score."
)
"""What the third is, wherever it is shown."""

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
    attempted = summary.counts.generated
    return f"{'≥ ' if summary.priced < attempted else ''}${summary.cost:,.2f}"


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


def legend(rows: Sequence[Row]) -> str:
    """What the numbers of a leaderboard are."""
    sentences = ["Scores in percent, ± is the 95 % interval.", WHEN_FOUND]
    return " ".join([*sentences, PRESERVED] if any_preserved(rows) else sentences)


def shown_counts(rows: list[Counts]) -> list[str]:
    """The fields of `Counts` worth a column in a table of these rows."""
    return [n for n in COUNT_LABELS if n not in OPTIONAL_COUNTS or any(getattr(c, n) for c in rows)]
