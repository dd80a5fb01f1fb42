"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from genspace_core.errors import StorageError

TEMPORARY_SUFFIX = ".tmp"


@contextlib.contextmanager
def storage_errors(place: Path | str) -> Iterator[None]:
    """Turn the system's complaint about a file or folder into one line with a fix.

    Raises:
        StorageError: for any OSError inside the block.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write {place}: {error.strerror or error}; free some space or choose another place"
        ) from None


@contextlib.contextmanager
def atomic_file(path: Path, *, durable: bool = False) -> Iterator[IO[bytes]]:
    """A file to write that appears under its name whole, when the block ends well, or not at all.

    Args:
        path: where to; its folder is made when missing.
        durable: wait until the disk has it, so that it outlives a power cut too.

    Raises:
        StorageError: it cannot be written (read-only, full disk, a file where a folder should be).
    """
    if path.is_dir():
        raise StorageError(f"cannot write {path}: it is a folder; name a file in it")
    with storage_errors(path):
        if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
            with path.open("wb") as file:
                yield file
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Named after the writer, so that two never share one; hidden, so that no reader lists it.
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY_SUFFIX}")
        try:
            with temporary.open("wb") as file:
                yield file
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
            if durable:
                _sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _sync_folder(folder: Path) -> None:
    """Wait until the disk has a folder's new entries (where the system can say so)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_atomically(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file whole or not at all; see `atomic_file`."""
    with atomic_file(path, durable=durable) as file:
        file.write(data)
