"""What `genspace fetch` knows of each repository, and does with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from genspace_core.errors import InputError, PluginError
from genspace_core.hub.cache import remembered as remembered_of
from genspace_core.hub.cache import storage_of
from genspace_core.hub.client import HubNotReachedError, look_up
from genspace_core.hub.facts import Remote
from genspace_core.hub.transfer import faults, fetch, left_of, to_fetch
from genspace_core.hub.wanted import Source, by_repository, missing_of, source_of
from genspace_core.interfaces import Weights
from genspace_core.plugins.config import Resolved
from genspace_core.plugins.wording import size_text

SHOWN = 5  # damaged files of one repository that are named


@dataclass(slots=True)
class Row:
    """One repository, folder, or address.

    Attributes:
        sets: the weights that are loaded of it.
        source: where it comes from.
        remote: what the hub says of it, once it was asked.
        fetched: bytes that were downloaded.
        outcome: what became of it, in words.
        problems: what has to be mended, each in one line.
    """

    sets: tuple[Weights, ...]
    source: Source
    remote: Remote | None = None
    fetched: int = 0
    outcome: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its id, folder or address."""
        return self.sets[0].name

    @property
    def size(self) -> int | None:
        """Bytes of what is loaded: the hub's word, or else the table's; None if neither knows."""
        if self.remote is not None:
            return self.remote.size
        known = [one.size for one in self.sets if one.size is not None]
        return sum(known) if len(known) == len(self.sets) else None

    def look_up(self, *, remembered: bool, reached: bool) -> None:
        """Ask the hub; or, to check what is there, take what it said when that was fetched.

        Args:
            remembered: what it said does.
            reached: it can be asked.

        Raises:
            HubNotReachedError: it cannot.
        """
        if self.source != "hub":
            return
        try:
            self.remote = remembered_of(self.sets) if remembered else None
            if self.remote is None and reached:
                self.remote = look_up(self.sets)
            elif self.remote is None:
                self.problems.append(f"{self.name}: not verified, since the hub is not reached")
        except HubNotReachedError:
            raise
        except PluginError as error:
            licence = self.sets[0].licence
            terms = f" (its licence: {licence})" if licence and "gated" in str(error) else ""
            self.problems.append(f"{error}{terms}")

    def line(self) -> str:
        """Name, revision, size and licence."""
        one = self.sets[0]
        marks = [
            mark
            for mark, said in (("no commercial use", one.noncommercial), ("gated", self._gated()))
            if said
        ]
        size = "size unknown" if self.size is None else size_text(self.size)
        licence = one.licence or "licence unknown"
        return ", ".join([f"{self.name}: {self._revision()}", size, licence, *marks])

    def _revision(self) -> str:
        revision = self.sets[0].revision
        if self.source == "local":
            return "on this machine"
        if self.source == "package":
            return f"revision {revision}, fetched by the package that uses it"
        if self.remote is None or self.remote.pinned:
            return f"revision {revision}"
        return f"{revision}: not pinned (now commit {self.remote.commit})"

    def _gated(self) -> bool:
        return self.sets[0].gated or (self.remote is not None and self.remote.gated)

    def notes(self) -> Iterable[str]:
        """What is worth knowing, and no fault."""
        one = self.sets[0]
        if one.noncommercial:
            yield f"{self.name} is under {one.licence or 'an unnamed licence'}: no commercial use"
        if self.remote is not None and not self.remote.pinned:
            yield (
                f"{self.name} may change: {one.revision} is no commit; to pin it, set "
                f'revision = "{self.remote.commit}" in the table of plugins.toml that loads it'
            )
        if self.source == "package":
            yield f"{self.name} is fetched by the package that uses it, when it is first used"

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        one, remote = self.sets[0], self.remote
        return {
            "name": self.name,
            "source": self.source,
            "revision": one.revision,
            "commit": remote.commit if remote else None,
            "pinned": remote.pinned if remote else None,
            "licence": one.licence,
            "noncommercial": one.noncommercial,
            "gated": self._gated(),
            "size": self.size,
            "files": [file.path for file in remote.files] if remote else None,
            "fetched": self.fetched,
            "problems": self.problems,
        }


def rows_of(plugins: Iterable[Resolved]) -> list[Row]:
    """A row for each repository that any of the plugins loads."""
    weights = (one for plugin in plugins for one in plugin.capabilities.weights)
    return [Row(sets, source_of(sets[0])) for sets in by_repository(weights)]


def look_up_all(rows: Sequence[Row], *, remembered: bool) -> None:
    """Ask the hub about each, until it is not reached; what it said before is looked at all the same."""
    reached = True
    for row in rows:
        try:
            row.look_up(remembered=remembered, reached=reached)
        except HubNotReachedError as error:
            row.problems.append(str(error))
            reached = False
            if not remembered:
                return


def verify(rows: Sequence[Row], command: str) -> None:
    """Compare what is there with what the hub says of it."""
    for row in rows:
        if row.remote is not None:
            found = [f"{path} {told}" for path, told in faults(row.remote).items()]
            fix = f"fetch it again: {command}"
        else:
            found = [f"{lost} is missing" for lost in missing_of(row.sets)] if row.source == "local" else []
            fix = "copy it again"
        more = f"; and {len(found) - SHOWN} more" if found[SHOWN:] else ""
        if found:
            row.problems.append(f"{row.name}: {'; '.join(found[:SHOWN])}{more}; {fix}")
        elif row.remote is not None:
            row.outcome = f"{_count(row.remote)} verified"
        elif row.source == "local":
            row.outcome = "complete"


def transfer(rows: Sequence[Row]) -> None:
    """Download what is missing or damaged.

    Raises:
        InputError: there is not enough room for it.
    """
    verify([row for row in rows if row.source == "local"], "")
    remotes = [(row, row.remote, faults(row.remote)) for row in rows if row.remote is not None]
    needed = [to_fetch(remote, wrong) for _, remote, wrong in remotes]
    left = [left_of(remote, files) for (_, remote, _), files in zip(remotes, needed, strict=True)]
    _make_sure_of_room(sum(left))
    for (row, remote, wrong), files, size in zip(remotes, needed, left, strict=True):
        if wrong:
            try:
                fetch(remote, wrong)
            except PluginError as error:  # of one repository; another may well be had
                row.problems.append(str(error))
                continue
        row.fetched = size
        what = f"{len(files)} fetched, all" if files else "nothing to download, all"
        row.outcome = f"{_count(remote)}: {what} verified"


def _make_sure_of_room(needed: int) -> None:
    place = storage_of("any").parent
    there = next(folder for folder in (place, *place.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise InputError(
            f"{place}: {size_text(needed)} are to be downloaded, and {size_text(free)} are free; make "
            "room, or set HF_HOME to a folder on a larger disk"
        )


def _count(remote: Remote) -> str:
    number = len(remote.files)
    return f"{number} file{'s' if number > 1 else ''} ({size_text(remote.size)})"
