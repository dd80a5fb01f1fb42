"""A suite in a folder: `suite.jsonl` and its source pictures, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from genspace_core.errors import InputError
from genspace_core.files import TEMPORARY_SUFFIX, storage_errors
from genspace_core.suite.io import FOLDER_FILE


@contextlib.contextmanager
def staged_folder(target: Path, *, force: bool) -> Iterator[Path]:
    """A folder to fill that becomes `target`, or part of it, when the block ends well.

    A new folder appears at once with all that is in it. In one that exists already, the pictures come
    first and `suite.jsonl` last, so that no suite names a picture that is not there; other files stay.

    Args:
        target: the folder wanted.
        force: write into a folder that holds files.

    Raises:
        InputError: `target` is a file, or holds files and `force` is not given.
        StorageError: it cannot be written.
    """
    check_folder(target, force=force)
    # In the target or beside it, so that renaming is enough; hidden, so that no reader lists it.
    home = target if target.is_dir() else target.parent
    staging = home / f".{target.name}.{os.getpid()}{TEMPORARY_SUFFIX}"
    shutil.rmtree(staging, ignore_errors=True)  # of a killed one, which had this process's number
    with storage_errors(target):
        staging.mkdir(parents=True)
    try:
        yield staging
        with storage_errors(target):
            _move(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def check_folder(target: Path, *, force: bool) -> None:
    """Make sure that a suite may be written into a folder.

    Raises:
        InputError: as `staged_folder`.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file; choose a folder, or a name that ends in .jsonl")
    if target.is_dir() and not force and any(target.iterdir()):
        raise InputError(f"{target} exists and is not empty; choose another folder, or add --force")


def _move(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    (target / FOLDER_FILE).unlink(missing_ok=True)
    files = sorted(
        (path for path in staging.rglob("*") if path.is_file()), key=lambda p: p.name == FOLDER_FILE
    )
    for path in files:
        place = target / path.relative_to(staging)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)


class Pictures:
    """Source pictures of a suite, each written as it comes; equal ones share a file unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_digest: dict[str, str] = {}
        self._digests: dict[str, str] = {}

    def __len__(self) -> int:
        """How many files there are."""
        return len(self._digests)

    def place_for(self, digest: str, default: str) -> str:
        """Where the picture of this sha256 is already, else `default`."""
        return self._by_digest.get(digest, default)

    def add(self, data: bytes, digest: str, source: str) -> None:
        """Write a picture.

        Args:
            data: its bytes.
            digest: their sha256.
            source: its path in the suite.

        Raises:
            ValueError: another picture or file has that place.
            StorageError: it cannot be written.
        """
        place = str(PurePosixPath(source))
        if "\0" in place or place in (".", FOLDER_FILE):
            raise ValueError("no picture can be stored there; choose another place")
        if place not in self._digests:
            path = self._folder / place
            with storage_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        if self._digests.setdefault(place, digest) != digest:
            raise ValueError("another row has another picture in that place; give each its own")
        self._by_digest.setdefault(digest, source)
