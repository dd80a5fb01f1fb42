"""`--offline`: nothing is downloaded, and what is missing is named before anything starts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genspace_core.interfaces import Weights
    from genspace_core.plugins.config import Resolved

OFFLINE = "Use only weights that are on this machine; refuse to start if some are missing."
SHOWN = 3  # missing files of one repository that are named


def go_offline(offline: bool) -> bool:
    """Set HF_HUB_OFFLINE, as the first act of a command with --offline.

    Before anything imports the hub's client, which reads it once; processes started later inherit it.
    """
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    return offline


def require_weights(used: Sequence[Resolved], plugins_file: Path | None, *, offline: bool) -> None:
    """With --offline, or where HF_HUB_OFFLINE is set: refuse to start while weights are missing.

    Args:
        used: every plugin that will be built.
        plugins_file: the user's plugins.toml.
        offline: the user asked for it.

    Raises:
        InputError: names every repository that is missing or incomplete, and the command that gets it.
        PluginError: huggingface_hub is not installed.
    """
    from genspace_core.checkpoints import is_offline

    if not (offline or is_offline()):
        return
    from genspace_core.errors import InputError
    from genspace_core.hub.wanted import by_repository, missing_of, source_of

    loaded = [(one, plugin) for plugin in used for one in plugin.capabilities.weights]
    owners = {(one.name, one.revision): plugin for one, plugin in reversed(loaded)}
    told: list[str] = []
    names: dict[str, None] = {}
    others: dict[str, None] = {}
    for sets in by_repository(one for one, _ in loaded):
        missing = missing_of(sets)
        if not missing:
            continue
        told.append(f"{sets[0].name} ({_some(missing)})")
        name = _name(sets[0], owners[sets[0].name, sets[0].revision], plugins_file)
        if source_of(sets[0]) == "local":
            others["copy the local folder again"] = None
        elif name:
            names[name] = None
        else:
            others[f"hf download {sets[0].name} --revision {sets[0].revision}"] = None
    if told:
        file = f" --plugins {plugins_file}" if plugins_file else ""
        fetch = [f"genspace fetch {' '.join(names)}{file}"] if names else []
        why = "--offline" if offline else "HF_HUB_OFFLINE is set"
        raise InputError(
            f"{why}: not on this machine: {'; '.join(told)}; fix: {', '.join([*fetch, *others])}"
        )


def _some(missing: Sequence[str]) -> str:
    more = f" and {len(missing) - SHOWN} more" if missing[SHOWN:] else ""
    return ", ".join(missing[:SHOWN]) + more


def _name(weights: Weights, owner: Resolved, plugins_file: Path | None) -> str | None:
    """Of a plugin that `genspace fetch` gets these weights by; None where no name stands for them."""
    from genspace_core.errors import GenSpaceError
    from genspace_core.plugins.config import resolve

    for group, name in _names(owner):
        try:
            found = resolve(group, name, plugins_file).capabilities.weights
        except GenSpaceError:  # configured where it is used
            continue
        if weights in found:
            return name
    return None


def _names(owner: Resolved) -> Iterator[tuple[str, str]]:
    from genspace_core.plugins.nested import held_plugins

    yield owner.group, owner.name
    for held in held_plugins(owner.config).values():
        yield held.group, held.name or held.plugin
