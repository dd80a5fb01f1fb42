"""Which file a configuration loads: on this machine, or on the hub; without importing anything heavy."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from genspace_core import describe_weights
from genspace_core.errors import ConfigError
from genspace_core.interfaces import Weights

PACKAGE = "genspace_adapter_orientation"
CONFIG = "config.json"


def local_file(checkpoint: str, file: str) -> Path | None:
    """The .pt file of a local checkpoint: itself, `file` in the folder, or the folder's only .pt.

    None for a checkpoint on the hub.

    Raises:
        ConfigError: there is none, or there are several.
    """
    path = Path(checkpoint).expanduser()
    if not path.exists():
        return None
    if path.is_file():
        return path
    if (path / file).is_file():
        return path / file
    found = sorted(path.glob("*.pt"))
    if len(found) == 1:
        return found[0]
    there = f"{len(found)} .pt files" if found else "no .pt file"
    raise ConfigError(
        f"checkpoint {checkpoint}: no {file} and {there} in this folder; set checkpoint to the .pt file "
        "itself, or file to the one to take"
    )


def network_config(weights: Path) -> Path | None:
    """DINOv2's config.json beside a local file of weights, if there is one."""
    path = weights.parent / CONFIG
    return path if path.is_file() else None


def describe_file(checkpoint: str, file: str, revision: str | None) -> tuple[Weights, ...]:
    """What is loaded for a checkpoint and the name of a file in it.

    Raises:
        ConfigError: a local one is not there.
    """
    path = local_file(checkpoint, file)
    if path is None:
        said = {} if revision is None else {"revision": revision}
        about = _files().get((checkpoint, file), {}) | said
        return (replace(describe_weights(PACKAGE, checkpoint), **about, files=(file,)),)
    parts = [path, *filter(None, [network_config(path)])]
    return tuple(describe_weights(PACKAGE, str(part)) for part in parts)


@cache
def _files() -> dict[tuple[str, str], dict[str, Any]]:
    """By repository and file: what is known of that file alone."""
    table = tomllib.loads(files(PACKAGE).joinpath("weights.toml").read_text("utf-8"))
    return {(row.pop("name"), row.pop("file")): row for row in table["files"]}
