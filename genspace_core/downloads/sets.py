"""Sets of weights in one folder: a file, or shards with an index."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from genspace_core.downloads.content import read
from genspace_core.downloads.names import SAFE, WeightFile, loaded, weight_file

_SHARD = re.compile(r"-\d{5}-of-")
_INDEXED = (SAFE, ".bin")
"""Endings of weights whose shards no library finds without an index."""


def missing_of_sets(inside: Path, variant: str | None) -> set[str]:
    """Files that the sets in a folder lack, of those that are loaded: of several variants or formats one is.

    Args:
        inside: the folder.
        variant: the set that is preferred.
    """
    # A link whose target is gone is none of a folder, and is looked at like the rest.
    names = [file.name for file in inside.iterdir() if not file.is_dir()]
    sets: dict[tuple[str, str | None, str], dict[str, WeightFile]] = defaultdict(dict)
    for name, one in loaded(_without_bare_indexes(names), variant).items():
        sets[one.stem, one.variant, one.ending][name] = one
    return {lost for files in sets.values() for lost in _missing(inside, files)}


def _without_bare_indexes(names: list[str]) -> list[str]:
    """Without indexes of which no shard came, where the same weights are there in another format."""
    told = {name: one for name in names if (one := weight_file(name)) is not None}
    begun: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for one in told.values():
        if not one.is_index:
            begun[one.stem, one.variant].add(one.ending)
    bare = {
        name
        for name, one in told.items()
        if one.is_index and (there := begun[one.stem, one.variant]) and one.ending not in there
    }
    return [name for name in names if name not in bare]


def _missing(inside: Path, files: dict[str, WeightFile]) -> Iterator[str]:
    whole = [name for name, one in files.items() if one.count is None and not one.is_index]
    if whole:
        yield from (name for name in whole if not (inside / name).is_file())
        return
    indexes = [name for name, one in files.items() if one.is_index]
    shards = [one for name, told in files.items() if told.count for one in _numbered(name, told.count)]
    for index in indexes:
        told = read(inside / index).get("weight_map")
        if isinstance(told, dict) and told:
            shards += [shard for shard in told.values() if isinstance(shard, str)]
        else:
            yield f"{index} (cut short)" if (inside / index).is_file() else index
    if not indexes:
        yield from {_index_of(one) for one in files.values() if one.ending in _INDEXED}
    yield from (shard for shard in shards if not (inside / shard).is_file())


def _numbered(shard: str, count: int) -> list[str]:
    """The names of a shard and all its siblings."""
    return [_SHARD.sub(f"-{number:05}-of-", shard) for number in range(1, count + 1)]


def _index_of(shard: WeightFile) -> str:
    variant = f".{shard.variant}" if shard.variant else ""
    return f"{shard.prefix}{shard.ending}.index{variant}.json"
