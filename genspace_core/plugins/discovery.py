"""What is installed, from package metadata alone: nothing a plugin wrote is imported here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution, distributions
from typing import Literal

from genspace_core.plugins.fixes import cause_of, name_of, normalised
from genspace_core.plugins.groups import GROUPS, find_group

Status = Literal["installed", "ok", "broken", "duplicate"]
NO_NAME = "(damaged package)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRow:
    """One plugin of one package.

    Attributes:
        group: short name of its group, e.g. "generators".
        name: its entry point's name.
        distribution: the package that brings it.
        version: that package's version.
        value: what the entry point names, "module:object".
        status: "installed" (found, not imported), "ok" (imported and valid), "broken", or
            "duplicate" (another package brings the same name).
        cause: why it is broken or a duplicate, in one line.
        fix: the command that mends it.
    """

    group: str
    name: str
    distribution: str
    version: str
    value: str
    status: Status = "installed"
    cause: str | None = None
    fix: str | None = None

    @property
    def package(self) -> str:
        """Package and version, e.g. "genspace-core 0.1.0"."""
        return f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Found:
    """A row with what is needed to load it."""

    row: PluginRow
    entry_point: EntryPoint
    source: Distribution


def find(group: str | None = None) -> list[Found]:
    """Every plugin installed, sorted by group, name and package; duplicates marked.

    Raises:
        PluginError: there is no such group.
    """
    wanted = [find_group(group)] if group is not None else list(GROUPS.values())
    order = {kind.entry_points: index for index, kind in enumerate(wanted)}
    short = {kind.entry_points: kind.name for kind in wanted}
    found = [
        Found(
            PluginRow(
                group=short.get(point.group, point.group),
                name=point.name,
                distribution=name_of(source) or NO_NAME,
                version=_version(source),
                value=point.value,
                status="broken" if cause else "installed",
                cause=cause,
                fix=f"pip install --force-reinstall --no-deps {name_of(source)}" if cause else None,
            ),
            point,
            source,
        )
        for source in _sources()
        for point, cause in _entry_points(source)
        if point.group in order or cause is not None
    ]
    found.sort(key=lambda f: (order.get(f.entry_point.group, -1), f.row.name, f.row.distribution))
    return _mark_duplicates(found)


def _sources() -> Iterator[Distribution]:
    # Only packages that mention us are parsed: reading every package's metadata would cost more
    # than the whole command may take. The first of a name on sys.path is the one Python imports
    # from, so that one speaks for all its copies (an editable checkout's egg-info, a stale target).
    seen: set[str] = set()
    for candidate in distributions():
        if not _mentions_us(candidate):
            continue
        name = name_of(candidate)
        if name is None:
            yield candidate
            continue
        if normalised(name) in seen:
            continue
        seen.add(normalised(name))
        try:
            yield distribution(name)
        except PackageNotFoundError:
            yield candidate


def _mentions_us(candidate: Distribution) -> bool:
    try:
        return "genspace." in (candidate.read_text("entry_points.txt") or "")
    except (OSError, UnicodeDecodeError):  # somebody else's damaged package is not our business
        return False


def _entry_points(source: Distribution) -> list[tuple[EntryPoint, str | None]]:
    """The package's entry points, each once; a file that cannot be parsed is one broken entry."""
    try:
        points = list(source.entry_points)
    except Exception as error:  # the parser asserts, unpacks and converts: anything can come out
        return [(EntryPoint("?", "", "?"), f"its entry_points.txt cannot be read: {cause_of(error)}")]
    unique = {(point.group, point.name): (point, None) for point in reversed(points)}
    return list(unique.values())


def _version(source: Distribution) -> str:
    try:
        return str(source.version or "")
    except Exception:  # damaged metadata: the row still has to be shown
        return ""


def _mark_duplicates(found: list[Found]) -> list[Found]:
    rivals: dict[tuple[str, str], list[PluginRow]] = defaultdict(list)
    for one in found:
        if one.row.status == "installed":
            rivals[one.row.group, one.row.name].append(one.row)
    return [
        replace(one, row=_as_duplicate(one.row, rivals[one.row.group, one.row.name]))
        if len(rivals[one.row.group, one.row.name]) > 1
        else one
        for one in found
    ]


def _as_duplicate(row: PluginRow, rivals: list[PluginRow]) -> PluginRow:
    others = " and ".join(rival.package for rival in rivals if rival is not row)
    # The core cannot be the one that goes.
    removable = [f"pip uninstall {r.distribution}" for r in rivals if r.distribution != "genspace-core"]
    return replace(
        row,
        status="duplicate",
        cause=f"{others} {'brings' if len(rivals) == 2 else 'bring'} this name too",
        fix=", or ".join(removable),
    )
