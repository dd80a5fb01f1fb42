"""A table of prompts, whoever wrote it, becomes a suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genspace_core.errors import InputError
from genspace_core.files import write_atomically
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.exchange.folder import Pictures, staged_folder
from genspace_core.suite.exchange.mapping import Mapped, bind
from genspace_core.suite.exchange.row_reader import RowReader, Wanted
from genspace_core.suite.io import FOLDER_FILE, SUFFIX, dump_suite
from genspace_core.tables.opening import open_table, table_stem
from genspace_core.tables.showing import shown
from genspace_core.tables.table import Table, TableError
from genspace_core.types import Sample, Suite

SHOWN_FAULTS: Final = 10


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written: the suite, and how many files of pictures."""

    suite: Suite
    pictures: int


def open_prompts(path: Path, label: str | None = None) -> Table:
    """The table of prompts in a file; that of an exported suite has a header.

    Raises:
        InputError, PluginError: as `open_table`.
    """
    from genspace_core.suite.rows import is_header  # only here: it brings pydantic

    return open_table(path, label, is_header)


def _no_matter(_row: int) -> None:
    """Nobody watches."""


def import_suite(
    table: Table, out: Path, wanted: Wanted, *, force: bool = False, watch: Callable[[int], None] = _no_matter
) -> Imported:
    """Write a table of prompts as a suite; all of it, or nothing.

    Args:
        table: the rows.
        out: a file whose name ends in ".jsonl", or a folder for `suite.jsonl` and the source pictures.
        wanted: which columns hold what, and what the table does not say.
        force: overwrite `out`.
        watch: told the number of every row that was read.

    Raises:
        TableError: columns are missing or rows are wrong; its details show which.
        InputError: `out` exists, or cannot hold pictures, or the table is damaged.
        StorageError: `out` cannot be written.
    """
    bound = bind(table, wanted.columns)
    if out.name.lower().endswith(SUFFIX):
        if out.exists() and (out.is_dir() or not force):
            raise InputError(f"{out} exists; choose another name, or overwrite a file with --force")
        suite = _read(table, bound, wanted, None, watch)
        write_atomically(out, dump_suite(suite))
        return Imported(suite, 0)
    with staged_folder(out, force=force) as folder:
        pictures = Pictures(folder)
        suite = _read(table, bound, wanted, pictures, watch)
        write_atomically(folder / FOLDER_FILE, dump_suite(suite))
    return Imported(suite, len(pictures))


def _read(
    table: Table, bound: Mapped, wanted: Wanted, pictures: Pictures | None, watch: Callable[[int], None]
) -> Suite:
    """The suite that the rows make; its pictures are written on the way."""
    reader = RowReader(table, bound, wanted, pictures)
    faults = _Faults(table)
    samples: list[Sample] = []
    seen: dict[str, int] = {}
    number = 0
    for row in table.rows(set(bound.values())):
        number += 1
        watch(number)
        try:
            sample = reader.sample(row)
            before = seen.setdefault(sample.id, row.number)
            if before != row.number:
                raise ValueError(f'id "{sample.id}" is already used in {table.unit} {before}')  # noqa: TRY301
        except ValueError as error:
            faults.add(row.number, str(error))
        else:
            samples.append(sample)
    faults.check(number)
    if not samples:
        raise InputError(f"{table.label} has no rows; there is nothing to import")
    suite = make_suite(
        _checked("name", wanted.name, reader.stated("suite"), table_stem(table.path)),
        _checked("version", wanted.version, reader.stated("version"), "1"),
        samples,
    )
    _check_digest(table, suite, wanted)
    return suite


def _checked(option: str, given: str | None, stated: str | None, default: str) -> str:
    """The suite's name or version: as given, else as the table states it."""
    text = next(value for value in (given, stated, default) if value is not None)
    if not text.strip() or any("\ud800" <= c <= "\udfff" for c in text):
        raise InputError(f"the suite's {option} is {shown(text)}; give one that is not blank: --{option}")
    return text


def _check_digest(table: Table, suite: Suite, wanted: Wanted) -> None:
    """Find an export that was cut or edited, unless it is read in another way on purpose."""
    stated = table.header.get("digest")
    if stated not in (None, suite.digest) and not wanted.columns and wanted.task is None:
        raise InputError(
            f"{table.label}: its samples ({len(suite)}) do not match the header's digest, so the file was "
            f'changed or cut after its export; export it again, or remove "digest" if the change is meant'
        )


class _Faults:
    """The wrong rows: the first few in words, all of them in number."""

    def __init__(self, table: Table) -> None:
        self._label, self._unit = table.label, table.unit
        self._lines: list[str] = []
        self._count = 0

    def add(self, number: int, text: str) -> None:
        self._count += 1
        if self._count <= SHOWN_FAULTS:
            self._lines.append(f"{self._label}, {self._unit} {number}: {text}")

    def check(self, rows: int) -> None:
        """End here if there were any."""
        if self._count:
            more = self._count - len(self._lines)
            self._lines += [f"... and {more} more"] if more else []
            raise TableError(
                f"{self._label}: {self._count} of {rows} rows are wrong; nothing was written", self._lines
            )
