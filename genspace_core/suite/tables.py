"""Tables of prompts, row by row: what all formats have in common, and showing what one holds.

The columns of a foreign table are not known beforehand, so an error that is about them shows them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from genspace_core.errors import InputError
from genspace_core.plugins.wording import one_line

TABLE_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".csv", ".parquet")

_TRIED: Final = 50  # rows looked through for a value to show
_LONGEST: Final = 60  # characters of a value worth showing


class TableRow(NamedTuple):
    """One row.

    Attributes:
        number: where it stands, counted in the table's `unit`.
        cells: value by column; None, or no such key, where there is none.
        fault: why it cannot be read, else "".
    """

    number: int
    cells: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as an error shows it: name, type in the words of its format, one short value."""

    name: str
    type: str
    example: str


class Table(ABC):
    """A file of rows that are read one at a time, so that its size does not matter.

    Attributes:
        unit: what `TableRow.number` counts: "row" or "line".
        path: the file; what its cells name by path starts from its folder.
        label: names it in errors.
        columns: their names, in order.
        count: number of rows, None when only reading them all would tell.
        header: what an exported suite states before its first row: "suite", "version", "digest".
    """

    unit: ClassVar[str] = "row"
    path: Path
    label: str
    columns: tuple[str, ...]
    count: int | None = None
    header: Mapping[str, str]

    @abstractmethod
    def rows(self, columns: Collection[str]) -> Iterator[TableRow]:
        """The rows, with these columns at least.

        Raises:
            InputError: the file breaks off or is damaged.
        """

    @abstractmethod
    def type_of(self, column: str, value: Any) -> str:
        """A column's type; `value` is one of its values."""

    def describe(self) -> list[Column]:
        """Every column with its type and the first value that it has."""
        found: dict[str, Any] = {}
        for row in islice(self.rows(self.columns), _TRIED):
            for name, value in row.cells.items():
                if value is not None:
                    found.setdefault(name, value)
            if len(found) == len(self.columns):
                break
        return [
            Column(name, self.type_of(name, found.get(name)), _example(found.get(name)))
            for name in self.columns
        ]


class TableError(InputError):
    """A table is not as it should be: one line that says so, and more lines that help to see it.

    Attributes:
        details: lines to be shown before the message.
    """

    def __init__(self, message: str, details: Collection[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


def is_table(name: str) -> bool:
    """Whether a file's name ends like that of a table."""
    return name.lower().endswith(TABLE_SUFFIXES)


def open_table(path: Path, label: str | None = None) -> Table:
    """The table in a file, read as its ending says.

    Args:
        path: the file.
        label: names it in errors, as the user wrote it; None for the path.

    Raises:
        InputError: no such file, no such format, or the file is not what its ending says.
        PluginError: the format needs a package that is not installed.
    """
    # Each only here: a format's reader brings what the others have no need of.
    name, label = path.name.lower(), label or str(path)
    if name.endswith((".jsonl", ".jsonl.gz")):
        from genspace_core.suite.jsonl_table import JsonLinesTable

        return JsonLinesTable(path, label)
    if name.endswith(".csv"):
        from genspace_core.suite.csv_table import CsvTable

        return CsvTable(path, label)
    if name.endswith(".parquet"):
        from genspace_core.suite.parquet_table import ParquetTable

        return ParquetTable(path, label)
    raise InputError(
        f"{label}: not a table that can be read; its name must end in {', '.join(TABLE_SUFFIXES)}"
    )


def table_stem(path: Path) -> str:
    """A table's name without its ending: what a suite is called that says no name."""
    name = path.name
    ending = max((s for s in TABLE_SUFFIXES if name.lower().endswith(s)), key=len, default="")
    return name[: len(name) - len(ending)].strip() or "suite"


def _example(value: Any) -> str:
    """A value as a list of columns shows it: a text without quotes, "" for none."""
    if isinstance(value, str):
        return one_line(value, _LONGEST)
    return "" if value is None else shown(value)


def shown(value: Any) -> str:
    """A value in short, with the size of bytes in place of the bytes."""
    return one_line(json.dumps(without_bytes(value), ensure_ascii=False, default=str), _LONGEST)


def without_bytes(value: Any) -> Any:
    """The value with "(734003 bytes)" wherever it holds bytes."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return {key: without_bytes(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_bytes(item) for item in value[:_TRIED]]
    return value[: 10 * _LONGEST] if isinstance(value, str) else value
