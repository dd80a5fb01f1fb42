"""What commands that start a run decide and say before it: how many processes, and under which licences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from genspace_core.plugins.config import Resolved

WORKERS_DEFAULT = "one per core; where models are loaded one per GPU, making and judging apart"


def choose_executor(
    name: str, workers: int | None, used: Sequence[Resolved], plugins_file: Path | None
) -> Resolved:
    """The executor with its numbers of processes.

    Args:
        name: as the user gave it.
        workers: as the user gave it: so many processes, for everything. None for what the executor's table
            in plugins.toml says, or else what suits the plugins.
        used: the plugins that the processes will build.
        plugins_file: the user's plugins.toml.

    Raises:
        GenSpaceError: unknown executor, or one that does not take this.
    """
    from genspace_core.plugins.config import resolve

    chosen = resolve("executors", name, plugins_file)
    taken = set(type(chosen.config).model_fields)
    if workers is not None:
        asked = {"workers": workers} | ({"makers": 0} if "makers" in taken else {})
        return resolve("executors", name, plugins_file, overrides=asked)
    known = taken & {"workers", "makers"}
    if not known or known & chosen.config.model_fields_set:
        return chosen
    numbers = {key: count for key, count in _suitable(used).items() if key in known}
    return resolve("executors", name, plugins_file, overrides=numbers)


def _suitable(used: Sequence[Resolved]) -> dict[str, int]:
    """One process per core; one per GPU where a plugin can run on one, since each loads its models again.

    Models are never loaded beside those of the other side: pictures are then made in processes of their own,
    and go on being made while earlier ones are rebuilt.
    """
    from genspace_core.run.gpus import visible_gpus
    from genspace_core.run.processes import default_workers

    cores = default_workers()
    makers = [plugin for plugin in used if plugin.group == "generators"]
    judges = [plugin for plugin in used if plugin.group != "generators"]
    if not _load_models(used):
        return {"workers": cores, "makers": 0}
    cards = max(1, len(visible_gpus()))
    makes = cards if _load_models(makers) else cores
    allowed = max((plugin.capabilities.max_concurrency or makes for plugin in makers), default=0)
    return {"workers": cards if _load_models(judges) else cores, "makers": min(makes, allowed)}


def _load_models(plugins: Sequence[Resolved]) -> bool:
    return any(plugin.capabilities.gpu != "no" for plugin in plugins)


def require_all(used: Sequence[Resolved]) -> None:
    """Refuse to start while a plugin lacks something that can be known now, such as a key.

    Raises:
        PluginError: the first of them, and the fix.
    """
    for plugin in used:
        plugin.config.require()


def tell_licences(used: Sequence[Resolved]) -> None:
    """Say aloud, on stderr, which of the weights about to be used forbid commercial use."""
    found = {one.name: one for plugin in used for one in plugin.capabilities.weights if one.noncommercial}
    for one in found.values():
        licence = one.licence or "an unnamed licence"
        typer.echo(f"note: {one.name} is under {licence}: no commercial use", err=True)
