"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

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


def write_atomically(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file whole or not at all, by renaming a finished temporary one.

    Args:
        path: where to; its folder is made when missing.
        data: the content.
        durable: wait until the disk has it, so that it outlives a power cut too.

    Raises:
        StorageError: it cannot be written (read-only, full disk, a file where a folder should be).
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Named after the writer, so that two never share one; hidden, so that no reader lists it.
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY_SUFFIX}")
        try:
            with temporary.open("wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

