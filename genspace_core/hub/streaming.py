"""One file brought from the hub, going on where an earlier attempt ended."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from genspace_core.checkpoints import import_package
from genspace_core.errors import PluginError
from genspace_core.hub.cache import INSTALL, storage_of
from genspace_core.hub.facts import Remote, RemoteFile, digest_of, fault

LARGEST_BY_HTTP = 50_000_000_000
"""Bytes; larger files the hub gives to its own client alone, which cannot go on within one."""

ATTEMPTS = 5
"""How often a connection may be cut, one time after the other, without getting further than before."""

SILENCE = 10.0
"""Seconds without a byte after which a connection counts as cut."""


class _Stopped(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Transfer:
    """Downloads files of a repository to their places among the cache's blobs; `stop` ends it soon."""

    remote: Remote
    stop: Event = field(default_factory=Event)

    def __call__(self, file: RemoteFile) -> None:
        """Download one file, unless it is there already.

        Raises:
            PluginError: what came is not what the hub says it is.
            Exception: whatever the client or the disk raises.
        """
        if file.size > LARGEST_BY_HTTP:
            return
        storage = storage_of(self.remote.name)
        blob, partial = storage / "blobs" / file.digest, partial_of(storage / "blobs", file)
        blob.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._locked(_lock(storage, file)):
                if fault(blob, file):
                    self._fill(partial, file)
                    partial.replace(blob)
        except _Stopped:
            return

    def _locked(self, lock: FileLock) -> Any:
        """The lock, once whoever else fetches this file has finished."""
        while not self.stop.is_set():
            try:
                return lock.acquire(timeout=0.5)
            except Timeout:
                continue
        raise _Stopped

    def _fill(self, partial: Path, file: RemoteFile) -> None:
        resumed = size_of(partial) > 0
        with partial.open("ab") as content, _bar(file, content.tell()) as bar:
            self._receive(content, file, bar)
        if digest_of(partial, file) == file.digest:
            return
        partial.unlink()
        if not resumed:
            raise PluginError(
                f"{self.remote.name}: what came for {file.path} is not what the hub says it is; repeat the "
                "command, and if it stays look for a proxy that changes downloads"
            )
        self._fill(partial, file)  # what was left of another attempt may have been damaged

    def _receive(self, content: BinaryIO, file: RemoteFile, bar: Any) -> None:
        """Append until all is there, with a new connection wherever one is cut."""
        silent, furthest = 0, content.tell()
        while content.tell() < file.size:
            broken: Exception | None = None
            try:
                self._stream(content, file, bar)
            except Exception as error:
                if not _is_cut(error):
                    raise
                broken = error
            silent = silent + 1 if content.tell() <= furthest else 0
            furthest = max(furthest, content.tell())
            if silent == ATTEMPTS:
                raise broken or EOFError(f"{file.path}: the hub sends nothing of it")
            if broken and self.stop.wait(timeout=1.0):
                raise _Stopped

    def _stream(self, content: BinaryIO, file: RemoteFile, bar: Any) -> None:
        hub = import_package("huggingface_hub", INSTALL)
        address = hub.hf_hub_url(self.remote.name, file.path, revision=self.remote.commit)
        headers = hub.utils.build_hf_headers(library_name="genspace") | {
            "Accept-Encoding": "identity",
            "Range": f"bytes={content.tell()}-",
        }
        with hub.utils.get_session().stream("GET", address, headers=headers, timeout=SILENCE) as answer:
            hub.utils.hf_raise_for_status(answer)
            if answer.status_code != 206:  # it sends all of it
                content.seek(0)
                content.truncate()
                bar.reset()
            for chunk in answer.iter_bytes():
                if self.stop.is_set():
                    raise _Stopped
                content.write(chunk)
                bar.update(len(chunk))
                if content.tell() >= file.size:
                    return  # whatever is more, is none of it


def partial_of(blobs: Path, file: RemoteFile) -> Path:
    """Where a file is while it comes."""
    return blobs / f"{file.digest}.incomplete"


def size_of(path: Path) -> int:
    """Bytes; 0 where there is no such file."""
    return path.stat().st_size if path.is_file() else 0


def _is_cut(error: Exception) -> bool:
    # The client's transport has had several names; so its errors are known by theirs.
    return any(cls.__name__ == "TransportError" for cls in type(error).__mro__)


def _lock(storage: Path, file: RemoteFile) -> FileLock:
    """The one that the client itself takes."""
    place = storage.parent / ".locks" / storage.name / f"{file.digest}.lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(os.fspath(place))


def _bar(file: RemoteFile, start: int) -> Any:
    tqdm = import_package("huggingface_hub.utils", INSTALL).tqdm
    return tqdm(desc=file.path[-40:], total=file.size, initial=start, unit="B", unit_scale=True, disable=None)
