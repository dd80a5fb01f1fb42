"""Which file of a folder answers which question, whatever the layout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from genspace_core.errors import InputError
from genspace_core.pictures.account import Account, reason
from genspace_core.pictures.found import Collection
from genspace_core.pictures.geneval import METADATA, NUMBER, SAMPLES, read_geneval
from genspace_core.pictures.manifest import read_manifest
from genspace_core.pictures.published import GROUPS, read_published
from genspace_core.tables.opening import TABLE_SUFFIXES, is_table
from genspace_core.types import Suite

MANIFESTS: Final = tuple(f"manifest{suffix}" for suffix in TABLE_SUFFIXES)
"""The names of a manifest that is found in a folder."""

_LAYOUTS: Final = (
    "a folder with t2i/0/0.png and 0.txt (or imageedit/0/0.png and imageedit_unedit/0/0.png), "
    f"GenEval's with 00000/{METADATA} and 00000/{SAMPLES}/0000.png, or one with a manifest.csv, .jsonl or "
    ".parquet that has the columns image and id, or image, template and names"
)


def collect(path: Path, suite: Suite | None) -> Collection:
    """Find the pictures in a folder and the questions they answer. Reads only, and never a whole picture.

    A manifest goes before the published layout, and that before GenEval's, should a folder look like several.

    Args:
        path: the folder, or a manifest in any folder.
        suite: whose questions they answer; None to make the questions from the layout itself, which
            GenEval's cannot do.

    Returns:
        What was found, and a remark on every file that was not used or is not as it should be.

    Raises:
        InputError: it is none of the three layouts, or cannot be read.
        PluginError: a Parquet manifest without pyarrow.
    """
    if not os.path.isdir(path):  # noqa: PTH112  (pathlib's own trips over names that are too long)
        return _read_file(path, suite)
    root = path.resolve()
    names = _entries(path)
    manifests = [name for name in names if name in MANIFESTS and (root / name).is_file()]
    if len(manifests) > 1:
        raise InputError(f"{path} has several manifests ({', '.join(manifests)}); name the one meant")
    if manifests:
        return read_manifest(Account(root), root / manifests[0], suite, whole=True)
    if _is_published(root):
        return read_published(Account(root), suite)
    if any(NUMBER.fullmatch(name) and (root / name / METADATA).is_file() for name in names):
        if suite is None:
            raise InputError(
                f"{path} is laid out like GenEval, which does not say what GenSpace asks; "
                "say whose questions the pictures answer: --suite NAME"
            )
        return read_geneval(Account(root), suite)
    raise InputError(
        f"{path} holds no pictures that can be placed{_elsewhere(path, names)}; needed is {_LAYOUTS}"
    )


def _read_file(path: Path, suite: Suite | None) -> Collection:
    if not os.path.exists(path):  # noqa: PTH110  (for the same reason)
        raise InputError(f"{path}: no such file or folder")
    if not path.is_file() or not is_table(path.name):
        raise InputError(f"{path} is neither a folder nor a manifest ({', '.join(TABLE_SUFFIXES)})")
    folder = path.parent.resolve()
    return read_manifest(Account(folder), folder / path.name, suite, whole=False)


def _entries(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path))  # noqa: PTH208  (names are enough)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({reason(error)})") from None


def _is_published(folder: Path) -> bool:
    return any((folder / group).is_dir() for group in GROUPS)


def _elsewhere(path: Path, names: list[str]) -> str:
    """A hint when the folder meant is next to the one given."""
    folders: Iterator[Path] = (folder for folder in (path.resolve().parent, *(path / n for n in names)))
    near = next((folder for folder in folders if _is_published(folder)), None)
    return f"; did you mean {near}?" if near else ""
