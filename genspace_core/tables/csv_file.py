"""CSV as a table, and writing one: UTF-8, commas, the first row names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from genspace_core.errors import InputError
from genspace_core.tables.table import Table, TableRow, each_once

_LONGEST_CELL: Final = 2**27  # characters; Python's own limit would refuse what we wrote


class CsvTable(Table):
    """A CSV file. All its cells are texts, an empty one is none."""

    def __init__(self, path: Path, label: str) -> None:
        super().__init__(path, label)
        _, names = next(self._records(), (0, []))
        self.columns = each_once(names, label)

    def rows(self, columns: Collection[str]) -> Iterator[TableRow]:
        """The rows; the first has number 2, as in a spreadsheet."""
        records = self._records()
        next(records, None)
        places = [(name, at) for at, name in enumerate(self.columns) if name in set(columns)]
        for number, cells in records:
            if len(cells) == len(self.columns):
                yield TableRow(number, {name: cells[at] or None for name, at in places})
            elif cells:
                fault = f"has {len(cells)} cells and the first row {len(self.columns)}; quote what has commas"
                yield TableRow(number, {}, fault)

    def type_of(self, column: str, value: Any) -> str:  # noqa: ARG002  (there is only one)
        """Always "text"."""
        return "text"

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Number (from 1) and cells of every record."""
        csv.field_size_limit(_LONGEST_CELL)
        number = 0
        try:
            # Without newline="" a line end inside a text would come back as another one.
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for number, cells in enumerate(csv.reader(file, strict=True), start=1):
                    yield number, cells
        except FileNotFoundError:
            raise InputError(f"{self.label}: no such file") from None
        except UnicodeDecodeError:
            raise InputError(f"{self.label}: not UTF-8 text; save the file as UTF-8") from None
        except csv.Error as error:
            raise InputError(f"{self.label}, row {number + 1}: not CSV ({error})") from None
        except OSError as error:
            raise InputError(f"{self.label}: cannot be read ({error.strerror or error})") from None


def write_csv(
    rows: Iterable[Mapping[str, str | int | None]], columns: Sequence[str], file: IO[bytes]
) -> None:
    """Write rows as CSV: every text in quotes (a carriage return needs them), None an empty text, line feeds.

    Args:
        rows: value by column.
        columns: in the order wanted.
        file: where to.
    """
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, columns, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    text.detach()
