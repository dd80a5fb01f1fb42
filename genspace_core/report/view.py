"""What the page shows, as plain data with every number already written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from textwrap import shorten
from types import MappingProxyType
from typing import Any, Final

from genspace_core.analysis import Leaderboard, Means, Row
from genspace_core.analysis.aggregate import NO_REASON
from genspace_core.analysis.questions import describe_question
from genspace_core.report.gallery import Pick
from genspace_core.report.labels import NOTHING, SUB_DOMAIN_LABELS, interval, percent, short_reason
from genspace_core.report.pictures import Thumbnail, thumbnail
from genspace_core.run.results import Result
from genspace_core.suite.subdomains import DIMENSIONS
from genspace_core.types import GenerationOutcome, Measurement, ReconstructionOutcome, Score, Task

LOW: Final = 1 / 3
HIGH: Final = 0.9
"""Below LOW a score is marked as poor, from HIGH on as good; in between it is left alone."""

_UNITS: Final = MappingProxyType({"deg": (1, "°"), "m": (2, " m"), "ratio": (2, "×"), "m3": (3, " m³")})
"""Unit -> decimals and how it is written."""
_LETTERS: Final = "ABC"
_GONE: Final = "The picture’s file is missing or unreadable"
_MOST_WORDS: Final = 400
"""Characters of a vendor's explanation that a card shows."""
_OUTCOMES: Final = MappingProxyType(
    {
        ReconstructionOutcome.OBJECT_MISSING: "an object is missing",
        ReconstructionOutcome.WRONG_COUNT: "too many objects",
        ReconstructionOutcome.FAILED: "the picture could not be rebuilt",
    }
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A score as a cell or a bar: `text` in percent, `width` 0-100, `level` low, mid, high or none.

    `preserved`: the preservation beside it, in percent; empty where there is none.
    """

    text: str
    width: float
    level: str
    interval: str = ""
    title: str = ""
    preserved: str = ""

    @property
    def aside(self) -> str:
        """What a table with room for the score alone says when pointed at it."""
        return ", ".join(filter(None, (self.interval, self.preserved and f"preserved {self.preserved}")))


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question, one cell per generator; `task` is empty where the page has one task only."""

    question: str
    task: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class QuestionBlock:
    """A sub-domain and its questions."""

    label: str
    dimension: str
    cells: tuple[Cell, ...]
    questions: tuple[QuestionRow, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement: what was measured, what was asked, and whether it holds."""

    constraint: str
    measured: str
    asked: str
    satisfied: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a card and its words; `caption` is empty where there is but one.

    `missing`: what stands in the place of a picture that cannot be shown.
    """

    picture: Thumbnail | None
    alt: str
    caption: str = ""
    missing: str = _GONE


@dataclass(frozen=True, slots=True)
class Card:
    """One picture of the gallery; of an edit, with the picture before it.

    `problem` says in words why there is nothing to measure; `kept` is what `score.preserved` was
    measured from.
    """

    sample: str
    sub_domain: str
    question: str
    parts: tuple[tuple[str, str], ...]
    prompt: str
    score: Cell
    shots: tuple[Shot, ...]
    problem: str
    readings: tuple[Reading, ...]
    kept: tuple[Reading, ...]


def cell(means: Means, title: str = "") -> Cell:
    """A group's score."""
    return _cell(means.score, interval(means.half_width), title, means.preservation)


def _cell(
    value: float | None, half_width: str = "", title: str = "", preservation: float | None = None
) -> Cell:
    preserved = "" if preservation is None else percent(preservation)
    if value is None:
        return Cell(NOTHING, 0.0, "none", title=title, preserved=preserved)
    level = "low" if value < LOW else "high" if value >= HIGH else "mid"
    return Cell(percent(value), round(100 * value, 1), level, half_width, title, preserved)


def has_edits(board: Leaderboard) -> bool:
    """Whether any run was asked to change pictures."""
    return "edit" in _tasks(board)


def _tasks(board: Leaderboard) -> set[Task]:
    return {t.task for row in board.rows for d in row.summary.sub_domains for t in d.templates}


def question_blocks(board: Leaderboard) -> list[QuestionBlock]:
    """Every question any run asked, by sub-domain, with a cell per row of the board."""
    rows = board.rows
    tasks = _tasks(board)
    blocks = []
    for i, first in enumerate(rows[0].summary.sub_domains):
        found = [{(t.task, t.template): t for t in row.summary.sub_domains[i].templates} for row in rows]
        keys = sorted({key for templates in found for key in templates})
        questions = []
        for task, number in keys:
            summaries = [templates.get((task, number)) for templates in found]
            means = [Means() if t is None else t.means for t in summaries]
            cells = [cell(m, _title(row, m)) for row, m in zip(rows, means, strict=True)]
            shown_task = task if len(tasks) > 1 else ""
            questions.append(QuestionRow(describe_question(task, number), shown_task, tuple(cells)))
        if questions:
            means = [row.summary.sub_domains[i].means for row in rows]
            cells = [cell(m, _title(row, m)) for row, m in zip(rows, means, strict=True)]
            label = SUB_DOMAIN_LABELS[first.name]
            blocks.append(QuestionBlock(label, first.dimension, tuple(cells), tuple(questions)))
    return blocks


def dimension_spans() -> list[tuple[str, int]]:
    """How many sub-domain columns each dimension heads."""
    from_table = list(SUB_DOMAIN_LABELS)
    assert len(from_table) % len(DIMENSIONS) == 0
    return [(name, len(from_table) // len(DIMENSIONS)) for name in DIMENSIONS]


def extremes(rows: Sequence[Row]) -> tuple[str, str] | None:
    """The hardest and the easiest question, by the mean of the rows; None if they do not differ."""
    scores: dict[tuple[Task, int], list[float]] = {}
    for row in rows:
        for part in row.summary.sub_domains:
            for t in part.templates:
                if t.means.score is not None:
                    scores.setdefault((t.task, t.template), []).append(t.means.score)
    complete = {key: sum(v) / len(v) for key, v in scores.items() if len(v) == len(rows)}
    if not complete or max(complete.values()) - min(complete.values()) < 0.1:
        return None
    hardest, easiest = min(complete, key=complete.__getitem__), max(complete, key=complete.__getitem__)
    return (
        f"{describe_question(*hardest)} ({percent(complete[hardest])})",
        f"{describe_question(*easiest)} ({percent(complete[easiest])})",
    )


def card(pick: Pick, metric: str, generator: str) -> Card:
    """One picture with what was asked and what was measured."""
    result, sample = pick.result, pick.result.sample
    score = result.scores.get(metric)
    question = describe_question(sample.task, sample.template)
    return Card(
        sample=sample.id,
        sub_domain=SUB_DOMAIN_LABELS[sample.sub_domain],
        question=question,
        parts=tuple(zip(_LETTERS, sample.objects, strict=False)),
        prompt=sample.prompt,
        score=_cell(pick.value, preservation=score.preservation if score else None),
        shots=_shots(result, generator, question),
        problem=_problem(result, score),
        readings=tuple(reading(m) for m in score.measurements) if score else (),
        kept=tuple(kept_reading(m) for m in score.kept) if score else (),
    )


def _shots(result: Result, generator: str, question: str) -> tuple[Shot, ...]:
    """The picture; of an edit, the source first."""
    sample, picture = result.sample, thumbnail(result.image)
    names = " and ".join(sample.objects)
    missing = _refusal(result) or _GONE
    if sample.task != "edit":
        asked = f"Picture by {generator} of {names}, asked for: {question}"
        return (Shot(picture, asked, missing=missing),)
    before = f"Source picture of {sample.id}"
    after = f"Edit by {generator}, asked for: {question} ({names})"
    return (
        Shot(thumbnail(result.source), before, "before", "The source picture is missing or unreadable"),
        Shot(picture, after, "after", missing),
    )


def _refusal(result: Result) -> str:
    """The vendor's word for why a picture was refused, "Refused: no_image"; empty where it was not."""
    if result.generation is not GenerationOutcome.REFUSED:
        return ""
    return f"Refused: {short_reason(result.refusal or NO_REASON)}"


def _problem(result: Result, score: Score | None) -> str:
    """Why there is nothing to measure, as a sentence; empty where there is."""
    if result.generation is GenerationOutcome.REFUSED:
        text = shorten(result.generation_detail, _MOST_WORDS, placeholder=" …")
    elif result.reconstruction is not None and result.reconstruction in _OUTCOMES:
        text = result.reconstruction_detail or _OUTCOMES[result.reconstruction]
    else:
        text = score.reason if score and not score.measurements else ""
    return text[:1].upper() + text[1:]


def reading(measurement: Measurement) -> Reading:
    """A measurement as people write it."""
    m = measurement
    if m.target is None:
        asked = NOTHING
    elif m.target == 0 and m.tolerance:  # what should vanish: what counts is how far it may stray
        asked = f"< {m.tolerance:g}{_UNITS[m.unit][1] if m.unit in _UNITS else ''}"
    else:
        asked = quantity(m.target, m.unit)
    return Reading(m.constraint, quantity(m.value, m.unit), asked, m.satisfied)


def kept_reading(measurement: Measurement) -> Reading:
    """A measurement of what should have stayed: by how much it changed, and how much it may.

    A ratio is the share by which it changed; where none at all may, it is a number of objects.
    """
    m = measurement
    if m.unit != "ratio" or m.target != 0:
        return reading(m)
    if not m.tolerance:
        return Reading(m.constraint, quantity(m.value, ""), "0", m.satisfied)
    changed = f"{100 * m.value:.1f} %" if isfinite(m.value) else quantity(m.value, "")
    return Reading(m.constraint, changed, f"< {100 * m.tolerance:g} %", m.satisfied)


def quantity(value: float, unit: str) -> str:
    """A number with its unit."""
    if not isfinite(value):
        return "unknown"
    if unit not in _UNITS:
        return f"{value:.3g} {unit}".rstrip()
    decimals, written = _UNITS[unit]
    return f"{round(value, decimals) + 0.0:.{decimals}f}{written}"  # + 0.0: no "-0.00"


def flattened(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """run.json as lines "generator.config.model": "perfect"."""
    lines = []
    for key, value in facts.items():
        name = f"{prefix}{key}"
        if (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and any(isinstance(v, Mapping) for v in value)
        ):
            value = {str(i): v for i, v in enumerate(value)}  # noqa: PLW2901  (a list of records, by place)
        if isinstance(value, Mapping):
            lines += flattened(value, f"{name}.")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            lines.append((name, ", ".join(map(str, value))))
        else:
            lines.append((name, NOTHING if value is None else str(value)))
    return lines


def _title(row: Row, means: Means) -> str:
    """What a bar says when pointed at."""
    preserved = "" if means.preservation is None else f", preserved {percent(means.preservation)}"
    if means.score is None:
        return f"{row.label}: no score{preserved}"
    parts = [f"{row.label}: {percent(means.score)}", interval(means.half_width)]
    return " ".join(filter(None, parts)) + f", {means.prompts} prompts{preserved}"
