"""The leaderboard for people at a terminal: wide, or turned on its side where there is little room."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from genspace_core.analysis import Leaderboard, Row
from genspace_core.report.labels import (
    BESIDE,
    COUNT_LABELS,
    NOTHING,
    OPTIONAL_COUNTS,
    SUB_DOMAIN_LABELS,
    any_priced,
    interval,
    legend,
    marked,
    money,
    money_each,
    percent,
    shown_beside,
    shown_counts,
    with_interval,
)
from genspace_core.report.terminal_parts import (
    add_sub_domains,
    column_head,
    group_label,
    plain_table,
    score,
    side_by_side,
)
from genspace_core.report.terminal_refused import print_refused

WIDE: Final = 118
"""Columns from which on the wide layout fits."""
FILE_WIDTH: Final = 120
"""Width of what goes to a file or a pipe, which has none of its own."""

_BESIDE_HEADS: Final = MappingProxyType(
    {
        "score_reconstructed": "\nwhen\nfound",
        "score_with_refused": "with\nre-\nfused",
        "preservation": "\npre-\nserved",
    }
)
_COUNT_HEADS: Final = MappingProxyType(
    {
        "waiting": "not\nmade\nyet",
        "unreconstructed": "not re-\nbuilt",
        "object_missing": "object\nmissing",
        "wrong_count": "wrong\ncount",
        "reconstruction_failed": "unread-\nable",
        "reconstructed": "all\nfound",
        "unscored": "not\nscored\nyet",
        "undecidable": "unde-\ncidable",
    }
)


def print_leaderboard(board: Leaderboard, console: Console) -> None:
    """Print the scores, the counts, the refusals and the notes in whatever width the console has."""
    wide = console.width >= WIDE
    if wide:
        console.print(_scores(board), "", _pictures(board), "")
        if any_priced(board.rows):
            console.print(_costs(board), "")
    else:
        for block in side_by_side(board.rows, console.width):
            console.print(_sideways(block, board), "")
    print_refused(board, console, wide=wide)
    console.print(Text(legend(board.rows), style="dim"))
    if len(board.groups) == 1:
        console.print(Text(f"Made with {board.rows[0].setup}.", style="dim"))
    for note in board.notes:
        console.print(Text(f"! {note}", style="yellow"))


def _scores(board: Leaderboard) -> Table:
    beside = shown_beside(board.rows)
    table = plain_table(gap=1 if len(beside) > 1 else 2)  # more columns in the same width
    table.add_column("\n\n#", justify="right", no_wrap=True)
    table.add_column("\n\nGenerator", min_width=9, max_width=18, overflow="fold")
    table.add_column("\n\nOverall", justify="right", no_wrap=True, style="bold")
    for name in beside:
        table.add_column(_BESIDE_HEADS[name], justify="right", no_wrap=True, style="dim")
    add_sub_domains(table)
    table.add_column("\nall\nfound", justify="right", no_wrap=True, style="dim")
    for letter, rows in board.groups.items():
        if len(board.groups) > 1:
            table.add_section()
            table.add_row("", group_label(letter))
        for row in rows:
            means = row.summary.means
            table.add_row(
                NOTHING if row.rank is None else str(row.rank),
                escape(marked(row)),
                Text.assemble(
                    percent(means.score), (f" {interval(means.half_width)}".rstrip(), "dim not bold")
                ),
                *(percent(getattr(means, name)) for name in beside),
                *(score(part.means.score) for part in row.summary.sub_domains),
                percent(row.summary.counts.detection_rate),
            )
    return table


def _pictures(board: Leaderboard) -> Table:
    names = shown_counts([row.summary.counts for row in board.rows])
    heads = {name: _COUNT_HEADS.get(name, COUNT_LABELS[name]) for name in names}
    lines = max(head.count("\n") for head in heads.values())  # heads stand on the line below them
    table = plain_table(gap=1 if OPTIONAL_COUNTS.intersection(names) else 2)
    table.add_column("\n" * lines + "Pictures", min_width=8, max_width=18, overflow="fold")
    for head in heads.values():
        table.add_column("\n" * (lines - head.count("\n")) + head, justify="right", no_wrap=True)
    for letter, rows in board.groups.items():
        if len(board.groups) > 1:  # a generator of two groups has one name
            table.add_section()
            table.add_row(group_label(letter))
        for row in rows:
            counts = [getattr(row.summary.counts, name) for name in names]
            table.add_row(
                escape(marked(row)),
                *(Text(str(n), style="" if n else "dim") for n in counts),
            )
    return table


def _costs(board: Leaderboard) -> Table:
    table = plain_table()
    table.add_column("Cost", min_width=8, max_width=40, overflow="fold")
    for head in ("of all", "each"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in board.rows:
        group = f" (group {row.group})" if len(board.groups) > 1 else ""
        table.add_row(escape(f"{marked(row)}{group}"), money(row.summary), money_each(row.summary))
    return table


def _sideways(rows: Sequence[Row], board: Leaderboard) -> Table:
    table = plain_table()
    table.add_column("")
    for row in rows:
        head = column_head(row, grouped=len(board.groups) > 1)
        table.add_column(head, justify="right", max_width=11, overflow="fold")

    parts = list(zip(*(row.summary.sub_domains for row in rows), strict=True))
    table.add_row("Overall", *(with_interval(row.summary.means) for row in rows), style="bold")
    beside = shown_beside(board.rows)
    for name in beside:
        cells = [percent(getattr(row.summary.means, name)) for row in rows]
        table.add_row(BESIDE[name], *cells, style="dim", end_section=name == beside[-1])
    for same, following in zip(parts, [*parts[1:], None], strict=True):
        ends = following is None or following[0].dimension != same[0].dimension
        scores = [score(part.means.score) for part in same]
        table.add_row(SUB_DOMAIN_LABELS[same[0].name], *scores, end_section=ends)
    rates = [percent(row.summary.counts.detection_rate) for row in rows]
    table.add_row("All found, %", *rates, style="dim", end_section=True)
    for name in shown_counts([row.summary.counts for row in rows]):
        table.add_row(
            COUNT_LABELS[name].capitalize(), *(str(getattr(row.summary.counts, name)) for row in rows)
        )
    table.add_row("Cost", *(money(row.summary) for row in rows))
    if any_priced(board.rows):
        table.add_row("Cost each", *(money_each(row.summary) for row in rows))
    return table
