"""JSON lines, plain or gzip, and as a table: one object a line, whose keys are the columns."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Collection, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Final

from genspace_core.errors import InputError
from genspace_core.tables.showing import shown
from genspace_core.tables.table import IsHeader, Table, TableRow

BOM: Final = b"\xef\xbb\xbf"

_GZIP_MAGIC: Final = b"\x1f\x8b"


class JsonLinesTable(Table):
    """A JSON lines file. It is read once for its columns, since any line may bring a new key."""

    unit = "line"

    def __init__(self, path: Path, label: str, is_header: IsHeader | None = None) -> None:
        super().__init__(path, label)
        columns: dict[str, None] = {}
        self.count = 0
        for at, row in enumerate(self._lines()):
            if is_header and at == 0 and is_header(row.cells):
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
        for number, line in read_lines(self.path, self.label):
            text = line.removeprefix(BOM) if number == 1 else line
            if text.isspace():
                continue
            try:
                yield TableRow(number, parse_object(text))
            except ValueError as error:
                yield TableRow(number, {}, str(error))


def read_lines(path: Path, label: str | None = None) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of every line that is not blank, plain or gzip, one at a time.

    Raises:
        InputError: the file cannot be opened, or breaks off (a truncated or damaged gzip); `label`, else
            the path, names it.
    """
    number, label = 0, label or str(path)
    try:
        with path.open("rb") as raw:
            packed = raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
            file: BufferedIOBase = gzip.GzipFile(fileobj=raw) if packed else raw
            for number, line in enumerate(file, start=1):
                if not line.isspace():
                    yield number, line
    except FileNotFoundError:
        raise InputError(f"{label}: no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{label}:{number + 1}: the gzip file is damaged from here; copy it again") from None
    except OSError as error:
        raise InputError(f"{label}: cannot be read ({error.strerror or error})") from None


def parse_object(line: bytes) -> dict[str, Any]:
    """A line's JSON object; stricter than `json`: no NaN, no key twice.

    Raises:
        ValueError: it is not one; the text says why.
    """
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError("is not JSON that can be read (brackets nested too deep)") from None
    if not isinstance(value, dict):
        raise ValueError('must be a JSON object like {"id": ...}')  # noqa: TRY004 (bad text)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"has the key {shown(key)} twice")
        found[key] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"holds {name}; numbers must be finite")
