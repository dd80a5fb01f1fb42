"""Tables, row by row: what all formats have in common, and showing what one holds.

The columns of a foreign table are not known beforehand, so an error that is about them shows them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from genspace_core.errors import InputError
from genspace_core.tables.showing import plain

IsHeader = Callable[[Mapping[str, Any]], bool]
"""Whether the keys of a first line state something of the whole table."""

_TRIED: Final = 50  # rows looked through for a value to show


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
        header: what its first line states of the whole table, by key; empty where there is none.
    """

    unit: ClassVar[str] = "row"
    columns: tuple[str, ...]
    count: int | None = None

    def __init__(self, path: Path, label: str) -> None:
        self.path, self.label = path, label
        self.header: Mapping[str, str] = {}

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
            Column(name, self.type_of(name, found.get(name)), plain(found.get(name))) for name in self.columns
        ]


class TableError(InputError):
    """A table is not as it should be: one line that says so, and more lines that help to see it.

    Attributes:
        details: lines to be shown before the message.
    """

    def __init__(self, message: str, details: Collection[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


def each_once(names: Iterable[str], label: str) -> tuple[str, ...]:
    """The names of columns, if no two are the same.

    Raises:
        InputError: two are; `label` names the table.
    """
    counts = Counter(names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise InputError(f'{label}: two columns are called "{min(twice)}"; give each its own name')
    return tuple(counts)
