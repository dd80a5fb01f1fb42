"""JSON lines as a table, plain or gzip: one object a line, whose keys are the columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from genspace_core.suite.rows import Header, parse_object
from genspace_core.suite.scene_rows import read_lines
from genspace_core.suite.tables import Table, TableRow

_BOM: Final = b"\xef\xbb\xbf"


class JsonLinesTable(Table):
    """A JSON lines file. It is read once for its columns, since any line may bring a new key."""

    unit = "line"

    def __init__(self, path: Path, label: str) -> None:
        self.path, self.label = path, label
        self.header: Mapping[str, str] = {}
        columns: dict[str, None] = {}
        self.count = 0
        for row in self._lines():
            if not self.count and self._is_header(row):
                self.header = row.cells
                continue
            self.count += 1
            columns.update(dict.fromkeys(row.cells))
        self.columns = tuple(columns)

    def rows(self, columns: Collection[str]) -> Iterator[TableRow]:  # noqa: ARG002  (a line is read whole)
        """The rows, with all they have."""
        lines = self._lines()
        if self.header:
            next(lines)
        return lines

    def type_of(self, column: str, value: Any) -> str:  # noqa: ARG002  (each value has its own)
        """The JSON type of a value."""
        if isinstance(value, bool):
            return "true/false"
        names = {str: "text", int: "number", float: "number", list: "list", dict: "object"}
        return names.get(type(value), "null")

    def _lines(self) -> Iterator[TableRow]:
        for number, line in read_lines(self.path):
            text = line.removeprefix(_BOM) if number == 1 else line
            if text.isspace():
                continue
            try:
                yield TableRow(number, parse_object(text))
            except ValueError as error:
                yield TableRow(number, {}, str(error))

    @staticmethod
    def _is_header(row: TableRow) -> bool:
        """Whether it is the first line of an exported suite, and no row of a column called "suite"."""
        keys = row.cells.keys()
        return (
            "suite" in keys
            and keys <= Header.model_fields.keys()
            and all(isinstance(value, str) for value in row.cells.values())
        )
