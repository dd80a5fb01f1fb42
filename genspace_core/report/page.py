"""The HTML report: one page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from genspace_core import __version__
from genspace_core.analysis import Aggregator, Counts, Leaderboard, Row, Summary, choose_metric
from genspace_core.analysis.leaderboard import rank
from genspace_core.report import view
from genspace_core.report.gallery import Gallery
from genspace_core.report.labels import (
    BESIDE,
    COUNT_LABELS,
    REFUSED,
    SUB_DOMAIN_LABELS,
    any_preserved,
    any_priced,
    in_words,
    legend,
    marked,
    money,
    money_each,
    percent,
    reasons,
    shown_beside,
    shown_counts,
    with_interval,
    with_refusals,
)
from genspace_core.run.results import RunResults

# (up to this many runs, best pictures, worst pictures, refused ones): the page stays a few megabytes at most.
GALLERY_SIZES: Final = ((8, 3, 6, 3), (16, 2, 3, 2), (40, 1, 2, 1))
_NO_GALLERY: Final = (0, 0, 0)

# What became of a planned picture, in the order of the bar that shows it. A partition of `planned`.
_FATES: Final = (
    "reconstructed",
    "object_missing",
    "wrong_count",
    "reconstruction_failed",
    "unreconstructed",
    "refused",
    "generation_failed",
    "waiting",
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A run after its one reading."""

    run: RunResults
    summary: Summary
    gallery: Gallery


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the board with its numbers written out.

    `fates`: what became of its pictures, as (count's name, pictures, percent of the planned ones).
    """

    row: Row
    overall: view.Cell
    sub_domains: list[view.Cell]
    fates: list[tuple[str, int, float]]
    entry: _Entry


def render_report(
    runs: Sequence[RunResults], metric: str | None = None, *, now: datetime | None = None
) -> str:
    """The report of these runs as an HTML document.

    Every run is read once; memory holds its averages and a few gallery candidates, not its results.

    Args:
        runs: at least one.
        metric: the metric to show; `choose_metric` picks one where it is None.
        now: the time to print, UTC; the present unless given.

    Raises:
        InputError: no run, or one has no such metric.
    """
    chosen = [choose_metric(run, metric) for run in runs]
    sizes = next((sizes for most, *sizes in GALLERY_SIZES if len(runs) <= most), _NO_GALLERY)
    entries = [_read(run, name, sizes) for run, name in zip(runs, chosen, strict=True)]
    board = rank((entry.run, entry.summary) for entry in entries)
    lines = _lines(board, entries)
    counts = [row.summary.counts for row in board.rows]
    return (
        _environment()
        .get_template("report.html")
        .render(
            board=board,
            lines=lines,
            groups={letter: [line for line in lines if line.row.group == letter] for letter in board.groups},
            sub_domains=SUB_DOMAIN_LABELS,
            legend=legend(board.rows),
            beside={name: BESIDE[name] for name in shown_beside(board.rows)},
            preserved=any_preserved(board.rows),
            priced=any_priced(board.rows),
            refused=with_refusals(board.rows),
            refused_caption=REFUSED,
            edits=view.has_edits(board),
            looked_at=_only_looked_at(counts),
            dimensions=view.dimension_spans(),
            counts={name: COUNT_LABELS[name] for name in shown_counts(counts)},
            fates={name: COUNT_LABELS[name] for name in _FATES if any(getattr(c, name) for c in counts)},
            blocks=view.question_blocks(board),
            extremes=view.extremes(next(iter(board.groups.values()))),
            galleries=[_gallery(line) for line in lines] if any(sizes) else [],
            provenance=[(line.row, view.flattened(line.entry.run.provenance)) for line in lines],
            version=__version__,
            made=(now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("genspace_core.report"),
        autoescape=True,  # prompts, names and details are anybody's text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (in_words, marked, money, money_each, percent, reasons, with_interval)
    environment.filters |= {f.__name__: f for f in filters}
    return environment


def _read(run: RunResults, metric: str, sizes: Sequence[int]) -> _Entry:
    aggregator, gallery = Aggregator(metric), Gallery(*sizes)
    for result in run:
        gallery.offer(result, aggregator.add(result))
    return _Entry(run, aggregator.summary(), gallery)


def _lines(board: Leaderboard, entries: Sequence[_Entry]) -> list[_Line]:
    of_summary = {id(entry.summary): entry for entry in entries}
    return [
        _Line(
            row=row,
            overall=view.cell(row.summary.means),
            sub_domains=[view.cell(part.means) for part in row.summary.sub_domains],
            fates=_fates(row.summary.counts),
            entry=of_summary[id(row.summary)],
        )
        for row in board.rows
    ]


def _fates(counts: Counts) -> list[tuple[str, int, float]]:
    numbers = [(name, getattr(counts, name)) for name in _FATES]
    return [(name, n, round(100 * n / counts.planned, 3)) for name, n in numbers if n]


def _gallery(line: _Line) -> dict[str, Any]:
    metric, gallery = line.entry.summary.metric, line.entry.gallery
    return {
        "row": line.row,
        "best": [view.card(pick, metric, line.row.label) for pick in gallery.best()],
        "worst": [view.card(pick, metric, line.row.label) for pick in gallery.worst()],
        "refused": [view.card(pick, metric, line.row.label) for pick in gallery.refused()],
    }


def _only_looked_at(counts: Sequence[Counts]) -> bool:
    """Whether there are scores, and no scene behind any of them: those of judges."""
    rebuilt = any(count.generated > count.unreconstructed for count in counts)
    return not rebuilt and any(count.scored for count in counts)
