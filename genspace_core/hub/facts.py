"""What the hub says of a repository at a commit, and whether files on disk are the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository.

    Attributes:
        path: in the repository.
        size: bytes.
        digest: sha256 of a large file, git's sha1 of a small one, in hexadecimal; the cache names it so.
    """

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository at a commit.

    Attributes:
        name: its id on the hub.
        revision: what was asked for: a commit, tag or branch.
        commit: which commit that is.
        files: those that are loaded.
        gated: access has to be asked for.
    """

    name: str
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]
    gated: bool = False

    @property
    def pinned(self) -> bool:
        """Whether the revision can never mean another commit."""
        return self.revision == self.commit

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def fault(path: Path, file: RemoteFile) -> str | None:
    """What is wrong with a file on disk, in a few words; None if it is the hub's to the last byte."""
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size != file.size:
        return f"has {size} bytes instead of {file.size}"
    return None if digest_of(path, file) == file.digest else "differs from the hub's"


def digest_of(path: Path, file: RemoteFile) -> str:
    """The digest of a file's content, as the hub makes it of this one."""
    if len(file.digest) == hashlib.sha256().digest_size * 2:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as content:
        while block := content.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
