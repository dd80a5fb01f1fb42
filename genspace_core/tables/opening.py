"""Opening a table in whatever format its name says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from genspace_core.errors import InputError
from genspace_core.tables.table import IsHeader, Table

TABLE_SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".csv", ".parquet")


def is_table(name: str) -> bool:
    """Whether a file's name ends like that of a table."""
    return name.lower().endswith(TABLE_SUFFIXES)


def open_table(path: Path, label: str | None = None, is_header: IsHeader | None = None) -> Table:
    """The table in a file, read as its ending says.

    Args:
        path: the file.
        label: names it in errors, as the user wrote it; None for the path.
        is_header: tells, of JSON lines, a first one that is no row but states something of the whole table.

    Raises:
        InputError: no such file, no such format, two columns of one name, or the file is not what its
            ending says.
        PluginError: the format needs a package that is not installed.
    """
    # Each only here: a format's reader brings what the others have no need of.
    name, label = path.name.lower(), label or str(path)
    if name.endswith((".jsonl", ".jsonl.gz")):
        from genspace_core.tables.json_lines import JsonLinesTable

        return JsonLinesTable(path, label, is_header)
    if name.endswith(".csv"):
        from genspace_core.tables.csv_file import CsvTable

        return CsvTable(path, label)
    if name.endswith(".parquet"):
        from genspace_core.tables.parquet_file import ParquetTable

        return ParquetTable(path, label)
    raise InputError(
        f"{label}: not a table that can be read; its name must end in {', '.join(TABLE_SUFFIXES)}"
    )


def table_stem(path: Path) -> str:
    """A table's name without its ending: what a suite is called that says no name."""
    name = path.name
    ending = max((s for s in TABLE_SUFFIXES if name.lower().endswith(s)), key=len, default="")
    return name[: len(name) - len(ending)].strip() or "suite"
