"""What plugins load, each repository once, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from genspace_core.downloads import missing_files
from genspace_core.hub.cache import lacking
from genspace_core.interfaces import Weights

Source = Literal["hub", "local", "package"]
_ON_THE_HUB = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


def source_of(weights: Weights) -> Source:
    """Where weights come from: the hub, this machine, or from elsewhere by the package that uses them."""
    if weights.revision.startswith("sha256:") and Path(weights.name).expanduser().exists():
        return "local"
    return "hub" if _ON_THE_HUB.fullmatch(weights.name) else "package"


def by_repository(weights: Iterable[Weights]) -> list[tuple[Weights, ...]]:
    """Sets of the same name and revision put together, in order."""
    found: dict[tuple[str, str], dict[Weights, None]] = {}
    for one in weights:
        found.setdefault((one.name, one.revision), {})[one] = None
    return [tuple(sets) for sets in found.values()]


def missing_of(sets: Sequence[Weights]) -> list[str]:
    """What is not on this machine of one repository or folder; sorted, empty where it is whole.

    Of what a package fetches by itself nothing is known; it complains by itself.

    Raises:
        PluginError: huggingface_hub is not installed.
    """
    source = source_of(sets[0])
    if source == "hub":
        return lacking(sets)
    folder = Path(sets[0].name).expanduser()
    if source != "local" or not folder.is_dir():
        return []
    return sorted({lost for one in sets for lost in missing_files(folder, one.variant)})
