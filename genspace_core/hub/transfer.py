"""Files brought into the cache of huggingface_hub, each going on where it was interrupted.

The client itself starts a file anew in the next process. So each file is put in its place in the cache first,
under the name that the client gives it, and the client then finds that nothing is left to download.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from glob import escape
from pathlib import Path

from genspace_core.checkpoints import import_package
from genspace_core.errors import PluginError
from genspace_core.files import write_atomically
from genspace_core.hub.cache import INSTALL, storage_of
from genspace_core.hub.client import asking
from genspace_core.hub.facts import Remote, RemoteFile, fault
from genspace_core.hub.streaming import Transfer, partial_of, size_of

AT_ONCE = 4


def snapshot(remote: Remote) -> Path:
    """Where the files of a repository lie, or will."""
    return storage_of(remote.name) / "snapshots" / remote.commit


def faults(remote: Remote, among: Container[str] | None = None) -> dict[str, str]:
    """By path: what is wrong with the files in the cache, or those among them; every byte is read."""
    folder = snapshot(remote)
    looked_at = [file for file in remote.files if among is None or file.path in among]
    found = {file.path: fault(folder / file.path, file) for file in looked_at}
    return {path: told for path, told in found.items() if told is not None}


def to_fetch(remote: Remote, wrong: Container[str]) -> list[RemoteFile]:
    """The files that have to be downloaded: some may be there already, for another revision."""
    blobs = storage_of(remote.name) / "blobs"
    files = {file.digest: file for file in remote.files if file.path in wrong}
    return [file for file in files.values() if fault(blobs / file.digest, file)]


def left_of(remote: Remote, files: Iterable[RemoteFile]) -> int:
    """Bytes of these that an earlier attempt did not get."""
    blobs = storage_of(remote.name) / "blobs"
    return sum(max(0, file.size - size_of(partial_of(blobs, file))) for file in files)


def fetch(remote: Remote, wrong: Mapping[str, str]) -> None:
    """Download the files that are missing or damaged, and verify each.

    Args:
        remote: the repository.
        wrong: what `faults` said of it.

    Raises:
        PluginError: the connection was cut, access is refused, the disk is full, or what came is not what
            the hub says it is.
    """
    files = to_fetch(remote, wrong)
    with asking(remote.name):
        for path in wrong:
            _drop(snapshot(remote) / path)
        _all_at_once(Transfer(remote), sorted(files, key=lambda file: -file.size))
        _link(remote)
    for path, told in faults(remote, wrong).items():
        raise PluginError(f"{remote.name}: {path} {told} after the download; repeat the command")


def _all_at_once(transfer: Transfer, files: Sequence[RemoteFile]) -> None:
    """Several files at a time; the first error, or Ctrl-C, stops all."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for done in as_completed([pool.submit(transfer, file) for file in files]):
            done.result()
    finally:
        transfer.stop.set()
        pool.shutdown(cancel_futures=True)


def _link(remote: Remote) -> None:
    """Let the client make its links, its list of files, and whatever is left to download."""
    hub = import_package("huggingface_hub", INSTALL)
    shown = not hub.utils.are_progress_bars_disabled()
    if shown:
        hub.utils.disable_progress_bars()
    try:
        hub.snapshot_download(
            remote.name,
            revision=remote.commit,
            allow_patterns=[escape(file.path) for file in remote.files],
            library_name="genspace",
        )
    finally:
        if shown:
            hub.utils.enable_progress_bars()
    if not remote.pinned:
        refs = storage_of(remote.name) / "refs" / remote.revision
        write_atomically(refs, remote.commit.encode())


def _drop(path: Path) -> None:
    """Remove a damaged file, and what it is a link to."""
    if path.is_symlink() and path.exists():
        path.resolve().unlink()
    path.unlink(missing_ok=True)
