"""The rows of a manifest: CSV, JSON lines (plain or gzip) or Parquet, one at a time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from genspace_core.errors import InputError, PluginError
from genspace_core.pictures.account import reason
from genspace_core.plugins.wording import one_line

MANIFEST_SUFFIXES: Final = (".csv", ".jsonl", ".jsonl.gz", ".parquet")


class Row(NamedTuple):
    """One row.

    Attributes:
        number: from 1; of CSV the first row is the one that names the columns, of JSON lines it is the line.
        cells: value by column, in lower case; blank ones are left out.
        fault: why it cannot be read, else "".
    """

    number: int
    cells: dict[str, Any]
    fault: str = ""


def read_rows(path: Path, wanted: Collection[str]) -> tuple[list[str], Iterator[Row]]:
    """The names of all columns of a table, and its rows with those wanted.

    Raises:
        InputError: it cannot be read; while iterating, that it breaks off.
        PluginError: it is Parquet, and pyarrow is not installed.
    """
    name = path.name.lower()
    reader: Callable[[Path, Collection[str]], tuple[list[str], Iterator[Row]]]
    reader = _csv if name.endswith(".csv") else _parquet if name.endswith(".parquet") else _json_lines
    columns, rows = reader(path, wanted)
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise InputError(f'{path}: two columns are called "{twice[0]}"; give each its own name')
    return columns, rows


def _row(number: int, pairs: Iterable[tuple[Any, Any]], wanted: Collection[str]) -> Row:
    cells = {_even(key): value.strip() if isinstance(value, str) else value for key, value in pairs}
    return Row(number, {key: value for key, value in cells.items() if key in wanted and not _blank(value)})


def _even(column: Any) -> str:
    return str(column).strip().lower()


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


# --- CSV ---------------------------------------------------------------------------------------------


def _csv(path: Path, wanted: Collection[str]) -> tuple[list[str], Iterator[Row]]:
    records = _records(path)
    _, columns = next(records, (0, []))

    def rows() -> Iterator[Row]:
        for number, cells in records:
            if len(cells) == len(columns):
                yield _row(number, zip(columns, cells, strict=True), wanted)
            elif cells:
                fault = f"has {len(cells)} cells, and the first row {len(columns)}; quote what has commas"
                yield Row(number, {}, fault)

    return [_even(column) for column in columns], rows()


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, cells in enumerate(csv.reader(file, strict=True), start=1):
                yield number, cells
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the file as UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path}:{number + 1}: not CSV ({error})") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None


# --- JSON lines --------------------------------------------------------------------------------------


def _json_lines(path: Path, wanted: Collection[str]) -> tuple[list[str], Iterator[Row]]:
    # Only here: each brings what the other formats have no need of.
    from genspace_core.suite.rows import parse_object
    from genspace_core.suite.scene_rows import read_lines

    def objects() -> Iterator[tuple[int, dict[str, Any], str]]:
        for number, line in read_lines(path):
            try:
                yield number, parse_object(line.removeprefix(b"\xef\xbb\xbf")), ""
            except ValueError as error:
                yield number, {}, str(error)

    # Twice through the file, because any line may have a key of its own.
    columns = dict.fromkeys(_even(key) for _, content, _ in objects() for key in content)
    rows = (
        Row(number, {}, fault) if fault else _row(number, content.items(), wanted)
        for number, content, fault in objects()
    )
    return list(columns), rows


# --- Parquet -----------------------------------------------------------------------------------------


def _parquet(path: Path, wanted: Collection[str]) -> tuple[list[str], Iterator[Row]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise PluginError(
            'Parquet files need pyarrow, which is not installed; pip install "genspace-core[parquet]"'
        ) from None
    faults = (pyarrow.ArrowException, OSError, ValueError)
    try:
        file = parquet.ParquetFile(path)
    except faults as error:
        text = one_line(str(error), 160)
        raise InputError(f"{path}: not a Parquet file that can be read ({text})") from None
    names = list(file.schema_arrow.names)

    def rows() -> Iterator[Row]:
        number = 0
        try:
            for batch in file.iter_batches(1000, columns=[n for n in names if _even(n) in wanted]):
                for number, cells in enumerate(batch.to_pylist(), start=number + 1):  # noqa: B020 (goes on)
                    yield _row(number, cells.items(), wanted)
        except faults as error:
            text = one_line(str(error), 160)
            raise InputError(f"{path}: damaged after row {number}; copy it again ({text})") from None

    return [_even(name) for name in names], rows()
