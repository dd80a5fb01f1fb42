"""The leaderboard for people at a terminal: wide, or turned on its side where there is little room."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from genspace_core.analysis import Leaderboard, Row
from genspace_core.report.labels import (
    COUNT_LABELS,
    NOTHING,
    SUB_DOMAIN_LABELS,
    any_preserved,
    interval,
    legend,
    marked,
    money,
    percent,
    shown_counts,
    with_interval,
)
from genspace_core.suite.subdomains import SUB_DOMAINS

WIDE: Final = 118
"""Columns from which on the wide layout fits."""
FILE_WIDTH: Final = 120
"""Width of what goes to a file or a pipe, which has none of its own."""

# Three lines: the dimension over the first of its columns, then the sub-domain in two words.
_SHORT: Final = MappingProxyType(
    {
        "camera_pose": "camera\npose",
        "object_pose": "object\npose",
        "complex_pose": "complex\npose",
        "intrinsic": "intrin-\nsic",
        "allocentric": "allo-\ncentric",
        "egocentric": "ego-\ncentric",
        "object_distance": "object\ndist.",
        "camera_distance": "camera\ndist.",
        "object_size": "object\nsize",
    }
)
_DIMENSION: Final = MappingProxyType({"pose": "POSE", "relation": "RELATION", "measurement": "MEASURE"})
_COUNT_HEADS: Final = MappingProxyType(
    {
        "waiting": "not made\nyet",
        "unreconstructed": "not re-\nbuilt yet",
        "object_missing": "object\nmissing",
        "wrong_count": "wrong\ncount",
        "reconstruction_failed": "unread-\nable",
        "reconstructed": "all\nfound",
        "unscored": "not\nscored yet",
        "undecidable": "unde-\ncidable",
    }
)


def print_leaderboard(board: Leaderboard, console: Console) -> None:
    """Print the scores, the counts and the notes in whatever width the console has."""
    if console.width >= WIDE:
        console.print(_scores(board), "", _pictures(board), "")
    else:
        grouped, preserved = len(board.groups) > 1, any_preserved(board.rows)
        for block in _blocks(board.rows, console.width):
            console.print(_sideways(block, grouped=grouped, preserved=preserved), "")
    console.print(Text(legend(board.rows), style="dim"))
    if len(board.groups) == 1:
        console.print(Text(f"Made with {board.rows[0].setup}.", style="dim"))
    for note in board.notes:
        console.print(Text(f"! {note}", style="yellow"))


def _scores(board: Leaderboard) -> Table:
    preserved = any_preserved(board.rows)
    table = _table(gap=1 if preserved else 2)  # one column more, in the same width
    table.add_column("\n\n#", justify="right", no_wrap=True)
    table.add_column("\n\nGenerator", min_width=9, max_width=18, overflow="fold")
    table.add_column("\n\nOverall", justify="right", no_wrap=True, style="bold")
    table.add_column("\nwhen\nfound", justify="right", no_wrap=True, style="dim")
    if preserved:
        table.add_column("\npre-\nserved", justify="right", no_wrap=True, style="dim")
    seen: set[str] = set()
    for name, dimension in SUB_DOMAINS.items():
        group = "" if dimension in seen else _DIMENSION[dimension]
        seen.add(dimension)
        table.add_column(f"{group}\n{_SHORT[name]}", justify="right", no_wrap=True)
    table.add_column("\nall\nfound", justify="right", no_wrap=True, style="dim")
    for letter, rows in board.groups.items():
        if len(board.groups) > 1:
            table.add_section()
            table.add_row("", _group(letter))
        for row in rows:
            means = row.summary.means
            table.add_row(
                NOTHING if row.rank is None else str(row.rank),
                escape(marked(row)),
                Text.assemble(
                    percent(means.score), (f" {interval(means.half_width)}".rstrip(), "dim not bold")
                ),
                percent(means.score_reconstructed),
                *([percent(means.preservation)] if preserved else []),
                *(_score(part.means.score) for part in row.summary.sub_domains),
                percent(row.summary.counts.detection_rate),
            )
    return table


def _pictures(board: Leaderboard) -> Table:
    table = _table()
    table.add_column("\nPictures", min_width=8, max_width=18, overflow="fold")
    names = shown_counts([row.summary.counts for row in board.rows])
    for name in names:
        head = _COUNT_HEADS.get(name, f"\n{COUNT_LABELS[name]}")
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("\ncost", justify="right", no_wrap=True)
    for letter, rows in board.groups.items():
        if len(board.groups) > 1:  # a generator of two groups has one name
            table.add_section()
            table.add_row(_group(letter))
        for row in rows:
            counts = [getattr(row.summary.counts, name) for name in names]
            table.add_row(
                escape(marked(row)),
                *(Text(str(n), style="" if n else "dim") for n in counts),
                money(row.summary),
            )
    return table


def _group(letter: str) -> Text:
    return Text(f"Group {letter}", style="italic")


def _blocks(rows: Sequence[Row], width: int) -> list[Sequence[Row]]:
    """As many generators side by side as fit, at least one."""
    label, column = 17, 12
    fit = max(1, (width - label) // column)
    return [rows[i : i + fit] for i in range(0, len(rows), fit)]


def _sideways(rows: Sequence[Row], *, grouped: bool, preserved: bool) -> Table:
    table = _table()
    table.add_column("")
    for row in rows:
        place = f"{row.group}{row.rank}. " if grouped and row.rank else f"{row.rank}. " if row.rank else ""
        table.add_column(escape(f"{place}{marked(row)}"), justify="right", max_width=11, overflow="fold")

    parts = list(zip(*(row.summary.sub_domains for row in rows), strict=True))
    table.add_row("Overall", *(with_interval(row.summary.means) for row in rows), style="bold")
    found = [percent(row.summary.means.score_reconstructed) for row in rows]
    table.add_row("When found", *found, style="dim", end_section=not preserved)
    if preserved:
        stayed = [percent(row.summary.means.preservation) for row in rows]
        table.add_row("Preserved", *stayed, style="dim", end_section=True)
    for same, following in zip(parts, [*parts[1:], None], strict=True):
        ends = following is None or following[0].dimension != same[0].dimension
        cells = [_score(part.means.score) for part in same]
        table.add_row(SUB_DOMAIN_LABELS[same[0].name], *cells, end_section=ends)
    rates = [percent(row.summary.counts.detection_rate) for row in rows]
    table.add_row("All found, %", *rates, style="dim", end_section=True)
    for name in shown_counts([row.summary.counts for row in rows]):
        table.add_row(
            COUNT_LABELS[name].capitalize(), *(str(getattr(row.summary.counts, name)) for row in rows)
        )
    table.add_row("Cost", *(money(row.summary) for row in rows))
    return table


def _table(gap: int = 2) -> Table:
    """A table with this many blanks between its columns, of which the box itself has one."""
    padding = (0, gap - 1, 0, 0)
    return Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, header_style="", show_edge=False)


def _score(value: float | None) -> Text:
    """Colour marks only the two ends, so that the eye finds faults first."""
    style = "dim" if value is None else "red" if value < 1 / 3 else "green" if value >= 0.9 else ""
    return Text(percent(value), style=style)
