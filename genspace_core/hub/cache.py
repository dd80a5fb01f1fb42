"""What of a repository is on this machine, without asking the hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genspace_core.checkpoints import import_package
from genspace_core.downloads import PIPELINE, missing_files
from genspace_core.hub.choosing import choose, choose_for, components_of
from genspace_core.hub.facts import Remote, RemoteFile
from genspace_core.interfaces import Weights

INSTALL = "pip install 'genspace-core[hub]'"
COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WILD = re.compile(r"[*?\[]")


def storage_of(name: str) -> Path:
    """The folder of a repository in the cache of huggingface_hub; it need not exist.

    Raises:
        PluginError: huggingface_hub is not installed.
    """
    root = import_package("huggingface_hub.constants", INSTALL).HF_HUB_CACHE
    return Path(root).expanduser() / f"models--{name.replace('/', '--')}"


def snapshot_of(name: str, revision: str) -> Path | None:
    """Where the files of a revision lie; None if there is none.

    A branch or tag is the commit that it was when it was fetched.
    """
    storage = storage_of(name)
    commit = revision
    if not COMMIT.fullmatch(revision):
        try:
            commit = (storage / "refs" / revision).read_text("utf-8").strip()
        except OSError:
            return None
    snapshot = storage / "snapshots" / commit
    return snapshot if commit and snapshot.is_dir() else None


def lacking(sets: Sequence[Weights]) -> list[str]:
    """What is missing of weights in the cache at their revision; sorted, empty where they are whole.

    By the list of files and sizes that the hub gave when they were fetched, or else by what the files
    themselves say.

    Args:
        sets: of one repository and revision.
    """
    name, revision = sets[0].name, sets[0].revision
    folder = snapshot_of(name, revision)
    if folder is None or not any(folder.iterdir()):
        return [f"all of revision {revision}"]
    remote = remembered(sets)
    if remote is not None:
        return [file.path for file in remote.files if _size(folder / file.path) != file.size]
    patterns = [one for each in sets for one in each.files]
    if all(each.files for each in sets):
        return sorted(one for one in patterns if not one.startswith("!") and not _is_there(folder, one))
    return sorted([*missing_files(folder), *_unfinished(name)])


def remembered(sets: Sequence[Weights]) -> Remote | None:
    """What the hub said of a repository when it was fetched; None if that was not kept.

    Args:
        sets: of one repository and revision.
    """
    name, revision = sets[0].name, sets[0].revision
    folder = snapshot_of(name, revision)
    hub = import_package("huggingface_hub", INSTALL)
    ask = getattr(hub, "get_cached_repo_tree", None)  # older clients keep none
    if folder is None or ask is None:
        return None
    try:
        there = {file.path: file for file in ask(name, revision=folder.name)}
    except hub.errors.CachedRepoTreeNotFoundError:
        return None
    chosen = (there[path] for path in choose_for(sets, there, components_in(folder)))
    files = tuple(RemoteFile(file.path, file.size, _digest(folder, file)) for file in chosen)
    return Remote(name, revision, folder.name, files)


def _digest(folder: Path, file: Any) -> str:
    """A large file's sha256 is its name among the blobs; of a small one the list has git's."""
    blob = (folder / file.path).resolve().name
    return blob if _SHA256.fullmatch(blob) else str(file.blob_id)


def components_in(snapshot: Path) -> list[str] | None:
    """The components of the pipeline in a folder; None if it holds none."""
    index = snapshot / PIPELINE
    return components_of(index.read_text("utf-8")) if index.is_file() else None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _is_there(snapshot: Path, pattern: str) -> bool:
    """A "*" goes through folders here, as it does on the hub."""
    if not _WILD.search(pattern):
        return (snapshot / pattern).is_file()
    there = [path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file()]
    return bool(choose(there, (pattern,)))


def _unfinished(name: str) -> list[str]:
    """Downloads that were cut: their file is "DIGEST.incomplete", with more in between in newer clients."""
    blobs = storage_of(name) / "blobs"
    return [
        f"blobs/{path.name}"
        for path in blobs.glob("*.incomplete")
        if not (blobs / path.name.partition(".")[0]).exists()
    ]
