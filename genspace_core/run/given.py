"""A run over pictures that somebody has already: found in a folder, scored like any other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from genspace_core import __version__
from genspace_core.errors import InputError
from genspace_core.files import write_atomically
from genspace_core.interfaces import Capabilities, Generator, PluginConfig, PluginSpec
from genspace_core.pictures.found import Collection
from genspace_core.plugins.config import Resolved
from genspace_core.plugins.discovery import PluginRow
from genspace_core.run.plan import RunSpec
from genspace_core.suite.canonical import make_suite
from genspace_core.types import Sample

ACCOUNT_FILE: Final = "import.json"
PLUGIN: Final = "pictures"


class GivenConfig(PluginConfig):
    """Where the pictures were found."""

    folder: str = Field(description="The folder.")


def _never(_config: PluginConfig) -> Generator:
    raise InputError("these pictures were made elsewhere; what is missing here cannot be made")


_SPEC: Final[PluginSpec[Generator]] = PluginSpec(
    interface=Generator,
    factory=_never,
    config=GivenConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"})),
    summary="Pictures that were made elsewhere.",
)


def given_run(
    collection: Collection,
    name: str,
    directory: Path,
    reconstructor: Resolved,
    metrics: Sequence[Resolved],
    suite: tuple[str, str] | None = None,
) -> RunSpec:
    """The run that rebuilds and scores a collection.

    Args:
        collection: what was found, its sources with their digests (`pictures.sources.with_digests`).
        name: of the model that made the pictures, as leaderboards show it.
        directory: the run's.
        reconstructor: rebuilds the pictures.
        metrics: score them.
        suite: name and version of the suite whose questions the pictures answer; None for the layout's own.

    Raises:
        InputError: nothing was found.
    """
    if not collection.found:
        raise InputError(f"{collection.root}: none of its pictures could be placed; see the lines above")
    samples: dict[str, Sample] = {}
    pictures: dict[str, list[Path]] = {}
    for found in collection.found:
        samples.setdefault(found.sample.id, found.sample)
        pictures.setdefault(found.sample.id, []).append(found.image)
    row = PluginRow(
        group="generators", name=PLUGIN, distribution="genspace-core", version=__version__, value=""
    )
    return RunSpec(
        directory=directory,
        suite=make_suite(*(suite or (collection.layout, "1")), samples.values(), collection.root),
        generator=Resolved(
            group="generators",
            name=name,
            plugin=PLUGIN,
            spec=_SPEC,
            config=GivenConfig(folder=str(collection.root)),
            row=row,
        ),
        reconstructor=reconstructor,
        metrics=tuple(metrics),
        images_per_prompt=max(map(len, pictures.values())),
        pictures={sample: tuple(files) for sample, files in pictures.items()},
    )


def describe_account(collection: Collection) -> dict[str, Any]:
    """What was placed, what was not and why, JSON-able."""
    return {
        "layout": collection.layout,
        "folder": str(collection.root),
        "files": collection.files,
        "used": collection.used,
        "placed": len(collection.found),
        "pictures": [
            {
                "sample": found.sample.id,
                "image": str(found.image),
                "image_index": found.image_index,
                "source": None if found.source is None else str(found.source),
            }
            for found in collection.found
        ],
        "remarks": [asdict(remark) for remark in collection.remarks],
    }


def write_account(collection: Collection, directory: Path) -> None:
    """Keep the account beside the run.

    Raises:
        StorageError: it cannot be written.
    """
    text = json.dumps(describe_account(collection), indent=2, ensure_ascii=False) + "\n"
    write_atomically(directory / ACCOUNT_FILE, text.encode())
