"""Refused pictures, for people at a terminal: how many of which sub-domain, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from genspace_core.analysis import Leaderboard, Row
from genspace_core.report.labels import REFUSED, SUB_DOMAIN_LABELS, marked, percent, reasons, with_refusals
from genspace_core.report.terminal_parts import (
    add_sub_domains,
    column_head,
    group_label,
    plain_table,
    side_by_side,
)

_HEAD: Final = "Refused, %"


def print_refused(board: Leaderboard, console: Console, *, wide: bool) -> None:
    """Print the table of refusals, and their reasons; nothing where there is none."""
    rows, grouped = with_refusals(board.rows), len(board.groups) > 1
    if not rows:
        return
    tables = [_wide(rows)] if wide else [_sideways(b, grouped) for b in side_by_side(rows, console.width)]
    for table in tables:
        console.print(table, "")
    console.print(Text(f"{REFUSED.rstrip(':')}. By reason, in pictures:", style="dim"))
    for row in rows:
        group = f" (group {row.group})" if grouped else ""
        console.print(Text(f"  {row.label}{group}: {reasons(row.summary.refusals)}", style="dim"))
    console.print("")


def _wide(rows: Sequence[Row]) -> Table:
    table = plain_table()
    table.add_column(f"\n\n{_HEAD}", min_width=10, max_width=18, overflow="fold")
    table.add_column("\n\nOverall", justify="right", no_wrap=True, style="bold")
    add_sub_domains(table)
    groups = dict.fromkeys(row.group for row in rows)
    for letter in groups:
        if len(groups) > 1:
            table.add_section()
            table.add_row(group_label(letter))
        for row in rows:
            if row.group == letter:
                table.add_row(Text(marked(row)), _share(row.summary.counts.refusal_rate), *_shares(row))
    return table


def _sideways(rows: Sequence[Row], grouped: bool) -> Table:
    table = plain_table()
    table.add_column(_HEAD)
    for row in rows:
        table.add_column(column_head(row, grouped=grouped), justify="right", max_width=11, overflow="fold")
    overall = [_share(row.summary.counts.refusal_rate) for row in rows]
    table.add_row("Overall", *overall, style="bold", end_section=True)
    columns = [_shares(row) for row in rows]
    for i, label in enumerate(SUB_DOMAIN_LABELS.values()):
        table.add_row(label, *(shares[i] for shares in columns))
    return table


def _shares(row: Row) -> list[Text]:
    return [_share(part.counts.refusal_rate) for part in row.summary.sub_domains]


def _share(value: float | None) -> Text:
    return Text(percent(value), style="" if value else "dim")
