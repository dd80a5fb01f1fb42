"""A suite as JSON lines, CSV or Parquet, or as a folder with its source pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from genspace_core.errors import InputError
from genspace_core.files import atomic_file, write_atomically
from genspace_core.images import image_digest, read_bytes
from genspace_core.suite.exchange.folder import Pictures, staged_folder
from genspace_core.suite.exchange.mapping import SAMPLE_KEYS
from genspace_core.suite.io import FOLDER_FILE, dump_suite, write_suite
from genspace_core.types import Sample, Suite

COLUMNS: Final = ("suite", "version", *SAMPLE_KEYS)
"""Of a table. Name and version of the suite stand in every row, for CSV has no other place for them."""

_LISTS: Final = ("objects", "bystanders")


def export_suite(suite: Suite, target: str, *, force: bool = False) -> None:
    """Write a suite in the form that the target's name asks for.

    Args:
        suite: what to write.
        target: a name that ends in "/", or an existing folder: the suite with its source pictures; in
            ".csv" or ".parquet" (which holds the pictures too): a table; anything else: JSON lines.
        force: overwrite.

    Raises:
        InputError: the target exists and `force` is not given, or a source picture is missing or has
            been changed.
        PluginError: the format needs a package that is not installed.
        StorageError: the target cannot be written.
    """
    path = Path(target)
    suffix = path.suffix.lower()
    if target.endswith("/") or path.is_dir():
        _write_folder(suite, path, force=force)
    elif suffix in (".csv", ".parquet"):
        if path.exists() and not force:
            raise InputError(f"{path} exists; choose another name, or overwrite it with --force")
        (_write_csv if suffix == ".csv" else _write_parquet)(suite, path)
    else:
        write_suite(suite, path, force=force)


def _write_folder(suite: Suite, path: Path, *, force: bool) -> None:
    with staged_folder(path, force=force) as folder:
        pictures = Pictures(folder)
        for sample in suite:
            if sample.source is not None:
                data = source_picture(suite, sample)
                try:
                    pictures.add(data, image_digest(data), sample.source)
                except ValueError as error:
                    raise InputError(f"{sample.id}: source {sample.source}: {error}") from None
        write_atomically(folder / FOLDER_FILE, dump_suite(suite))


def _write_csv(suite: Suite, path: Path) -> None:
    from genspace_core.tables.csv_file import write_csv

    rows = (
        row | {key: json.dumps(row[key], ensure_ascii=False) for key in _LISTS}
        for row in (_row(suite, sample) for sample in suite)
    )
    with atomic_file(path) as file:
        write_csv(rows, COLUMNS, file)


def _write_parquet(suite: Suite, path: Path) -> None:
    from genspace_core.tables.parquet_file import ColumnType, write_parquet

    types: dict[str, ColumnType] = dict.fromkeys(COLUMNS, "text")
    types |= {"template": "number", **dict.fromkeys(_LISTS, "texts")}
    if any(sample.source is not None for sample in suite):
        types["image"] = "picture"
    with atomic_file(path) as file:
        write_parquet(_rows_with_pictures(suite), types, file)


def _rows_with_pictures(suite: Suite) -> Iterator[dict[str, Any]]:
    for sample in suite:
        row = _row(suite, sample)
        if sample.source is not None:
            row["image"] = {"bytes": source_picture(suite, sample), "path": sample.source}
        yield row


def _row(suite: Suite, sample: Sample) -> dict[str, Any]:
    """A sample by column. Targets are JSON text, since each template has its own."""
    return {
        "suite": suite.name,
        "version": suite.version,
        "id": sample.id,
        "task": sample.task,
        "sub_domain": sample.sub_domain,
        "template": sample.template,
        "prompt": sample.prompt,
        "objects": list(sample.objects),
        "targets": json.dumps({key: float(value) for key, value in sample.targets.items()}),
        "source": sample.source,
        "source_sha256": sample.source_sha256,
        "bystanders": list(sample.bystanders),
    }


def source_picture(suite: Suite, sample: Sample) -> bytes:
    """The bytes of a sample's source picture.

    Raises:
        InputError: it is not there, or not the one that the suite was made with.
    """
    if suite.root is None:
        raise InputError(
            f'suite "{suite.name}" comes without its source pictures; give the folder that holds them: '
            f"--suite FOLDER"
        )
    path = suite.root / str(sample.source)
    data = read_bytes(path)
    if sample.source_sha256 not in (None, image_digest(data)):
        raise InputError(
            f"{path}: not the picture that the suite was made with (its sha256 differs from that of sample "
            f"{sample.id}); get the suite's folder again"
        )
    return data
