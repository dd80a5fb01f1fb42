"""Parquet as a table, and writing one. pyarrow is imported when a file is opened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Literal

from genspace_core.errors import InputError, PluginError
from genspace_core.plugins.wording import one_line
from genspace_core.tables.table import Table, TableRow, each_once

ColumnType = Literal["text", "texts", "number", "picture"]
"""Of a column to be written: a text, a list of them, a whole number, or {"bytes": ..., "path": ...} of a
picture, as data sets on the hub have it."""

_TOGETHER: Final = 8  # rows held at a time: with their pictures a few megabytes
_BUFFER: Final = 2**20


class ParquetTable(Table):
    """A Parquet file. One page of each column wanted is held at a time, not the file."""

    def __init__(self, path: Path, label: str) -> None:
        super().__init__(path, label)
        with self._open() as file:
            self.columns = each_once(file.schema_arrow.names, label)
            self._types = {field.name: str(field.type) for field in file.schema_arrow}
            self.count = int(file.metadata.num_rows)

    def rows(self, columns: Collection[str]) -> Iterator[TableRow]:
        """The rows, with these columns only: the others are not read."""
        wanted = [name for name in self.columns if name in set(columns)]
        number = 0
        with self._open() as file:
            batches = file.iter_batches(_TOGETHER, columns=wanted, use_threads=False)
            while (batch := self._next(batches, number)) is not None:
                for number, cells in enumerate(batch, start=number + 1):  # noqa: B020  (goes on counting)
                    yield TableRow(number, cells)

    def type_of(self, column: str, value: Any) -> str:  # noqa: ARG002  (the file says it)
        """The type that the file states."""
        return self._types[column]

    def _open(self) -> Any:
        pyarrow, parquet = _pyarrow()
        try:
            # With a buffer, pages are read one by one; without one, a whole group of rows is.
            return parquet.ParquetFile(self.path, buffer_size=_BUFFER, pre_buffer=False)
        except FileNotFoundError:
            raise InputError(f"{self.label}: no such file") from None
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise InputError(f"{self.label}: not a Parquet file that can be read ({_text(error)})") from None

    def _next(self, batches: Iterator[Any], read: int) -> list[dict[str, Any]] | None:
        pyarrow, _ = _pyarrow()
        try:
            batch = next(batches, None)
            return None if batch is None else batch.to_pylist()
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise InputError(
                f"{self.label}: the file is damaged after row {read}; copy it again ({_text(error)})"
            ) from None


def write_parquet(
    rows: Iterable[Mapping[str, Any]], types: Mapping[str, ColumnType], file: IO[bytes]
) -> None:
    """Write rows as Parquet, a few at a time.

    Args:
        rows: value by column; where there is none, the cell is empty.
        types: of the columns, in the order wanted.
        file: where to.
    """
    pyarrow, parquet = _pyarrow()
    text = pyarrow.string()
    known = {
        "text": text,
        "texts": pyarrow.list_(text),
        "number": pyarrow.int32(),
        "picture": pyarrow.struct([("bytes", pyarrow.binary()), ("path", text)]),
    }
    schema = pyarrow.schema([(name, known[kind]) for name, kind in types.items()])
    together = _TOGETHER if "picture" in types.values() else 2000
    remaining = iter(rows)
    # Small pages and groups let a reader go through the pictures without holding many of them.
    with parquet.ParquetWriter(file, schema, use_dictionary=False, write_batch_size=_TOGETHER) as writer:
        while part := list(islice(remaining, together)):
            writer.write_table(pyarrow.Table.from_pylist(part, schema=schema))


def _pyarrow() -> tuple[Any, Any]:
    """The package, which is an extra, and its module for Parquet."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise PluginError(
            'Parquet files need pyarrow, which is not installed; pip install "genspace-core[parquet]"'
        ) from None
    return pyarrow, parquet


def _text(error: Exception) -> str:
    return one_line(str(error), 160)
