"""What commands that start a run decide and say before it: how many processes, and under which licences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from genspace_core.plugins.config import Resolved

WORKERS_DEFAULT = "one per core, or 1 where models are loaded"


def choose_executor(
    name: str, workers: int | None, used: Sequence[Resolved], plugins_file: Path | None
) -> Resolved:
    """The executor with its number of processes.

    Args:
        name: as the user gave it.
        workers: as the user gave it; None for one per core, or one in all if a plugin that is used can
            run on a GPU: each process would load its models again.
        used: the plugins that the processes will build.
        plugins_file: the user's plugins.toml.

    Raises:
        GenSpaceError: unknown executor, or one that does not take this.
    """
    from genspace_core.plugins.config import resolve
    from genspace_core.run.local import default_workers

    heavy = any(plugin.capabilities.gpu != "no" for plugin in used)
    count = workers or (1 if heavy else default_workers())
    return resolve("executors", name, plugins_file, overrides={"workers": count})


def tell_licences(used: Sequence[Resolved]) -> None:
    """Say aloud, on stderr, which of the weights about to be used forbid commercial use."""
    found = {one.name: one for plugin in used for one in plugin.capabilities.weights if one.noncommercial}
    for one in found.values():
        licence = one.licence or "an unnamed licence"
        typer.echo(f"note: {one.name} is under {licence}: no commercial use", err=True)
