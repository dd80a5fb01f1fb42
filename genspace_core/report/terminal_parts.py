"""What the tables for a terminal share."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from genspace_core.analysis import Row
from genspace_core.report.labels import marked, percent
from genspace_core.suite.subdomains import SUB_DOMAINS

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


def plain_table(gap: int = 2) -> Table:
    """A table with this many blanks between its columns, of which the box itself has one."""
    padding = (0, gap - 1, 0, 0)
    return Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, header_style="", show_edge=False)


def add_sub_domains(table: Table) -> None:
    """The nine columns: the dimension over the first of its own, then the sub-domain in two words."""
    seen: set[str] = set()
    for name, dimension in SUB_DOMAINS.items():
        group = "" if dimension in seen else _DIMENSION[dimension]
        seen.add(dimension)
        table.add_column(f"{group}\n{_SHORT[name]}", justify="right", no_wrap=True)


def group_label(letter: str) -> Text:
    """The line over the rows of a group."""
    return Text(f"Group {letter}", style="italic")


def side_by_side(rows: Sequence[Row], width: int) -> list[Sequence[Row]]:
    """As many generators as fit into the width, at least one, then the next."""
    label, column = 17, 12
    fit = max(1, (width - label) // column)
    return [rows[i : i + fit] for i in range(0, len(rows), fit)]


def column_head(row: Row, *, grouped: bool) -> Text:
    """A generator and its place, over its column."""
    place = f"{row.group}{row.rank}. " if grouped and row.rank else f"{row.rank}. " if row.rank else ""
    return Text(f"{place}{marked(row)}")


def score(value: float | None) -> Text:
    """Colour marks only the two ends, so that the eye finds faults first."""
    style = "dim" if value is None else "red" if value < 1 / 3 else "green" if value >= 0.9 else ""
    return Text(percent(value), style=style)
