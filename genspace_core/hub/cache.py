"""What of a repository is on this machine, without asking the hub."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path

from genspace_core.checkpoints import import_package
from genspace_core.downloads import PIPELINE, missing_files
from genspace_core.hub.choosing import choose, choose_for, components_of, is_weights, set_of
from genspace_core.hub.facts import Remote, RemoteFile
from genspace_core.hub.found import remote_of
from genspace_core.interfaces import Weights

INSTALL = "pip install 'genspace-core[hub]'"
COMMIT = re.compile(r"[0-9a-f]{40}")
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

    What is there has to have the size that the hub gave for it, if its list was kept, and the weights of that
    list have to be there; the rest is told by what the files themselves say.

    Args:
        sets: of one repository and revision.
    """
    name, revision = sets[0].name, sets[0].revision
    folder = snapshot_of(name, revision)
    if folder is None or not any(folder.iterdir()):
        return [f"all of revision {revision}"]
    listed = listed_files(name, folder)
    lost = set() if listed is None else _lacking_of_list(sets, folder, listed)
    for one in sets:
        if one.files:
            lost.update(named for named in one.files if named[0] != "!" and not _is_there(folder, named))
        elif not lost:
            lost.update(missing_files(folder, one.variant))
    if listed is None and not all(one.files for one in sets):
        lost.update(_unfinished(name))
    return sorted(lost)


def _lacking_of_list(sets: Sequence[Weights], folder: Path, listed: Mapping[str, RemoteFile]) -> set[str]:
    sizes = {path: _size(folder / path) for path in listed}
    right = {path for path, size in sizes.items() if size == listed[path].size}
    lost = {path for path, size in sizes.items() if size is not None} - right
    chosen = choose_for(sets, listed, components_in(folder))
    needed = {path for path in chosen if is_weights(path)}
    for one in sets:
        needed.update(choose(listed, one.files) if one.files else ())
    return lost | {path for path in needed - right if not _has_twin(path, listed, right)}


def _has_twin(path: str, listed: Iterable[str], right: Set[str]) -> bool:
    """Whether the same weights are whole in another format: diffusers takes one for all of a pipeline."""
    sought = set_of(path)
    twins: dict[str, list[str]] = defaultdict(list)
    for other in listed:
        found = set_of(other)
        if sought is not None and found is not None and found[:-1] == sought[:-1] and found != sought:
            twins[found[-1]].append(other)
    return any(all(one in right for one in files) for files in twins.values())


def remembered(sets: Sequence[Weights]) -> Remote | None:
    """What the hub said of a repository when it was fetched; None if that was not kept.

    Args:
        sets: of one repository and revision.

    Raises:
        PluginError: it holds nothing to load, or not the files that are asked for.
    """
    name, revision = sets[0].name, sets[0].revision
    folder = snapshot_of(name, revision)
    listed = None if folder is None else listed_files(name, folder)
    if folder is None or listed is None:
        return None
    return remote_of(sets, folder.name, listed, components_in(folder))


def listed_files(name: str, snapshot: Path) -> dict[str, RemoteFile] | None:
    """All files of a repository at a commit, as the hub's client has kept them; None if it has not.

    Read from its file, since what it tells of them by itself leaves out the sha256 of large ones.
    """
    try:
        told = json.loads((storage_of(name) / "trees" / f"{snapshot.name}.json").read_bytes())
        return {
            path: RemoteFile(path, int(about["size"]), str(about.get("lfs_sha256") or about["blob_id"]))
            for path, about in told["files"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # older clients keep none, and newer ones may keep it in another form


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
