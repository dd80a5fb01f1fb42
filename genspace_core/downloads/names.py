"""What the names of files of weights tell: which belong together, and which of them a library loads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf")
"""Endings of files that hold weights."""

SAFE = ".safetensors"
"""The ending that is preferred."""

_ALIKE = {"pytorch_model": "model"}
_LIBRARY = {"model", "diffusion_pytorch_model", "adapter_model", "pytorch_lora_weights"}
"""Stems that libraries look for; any other file beside safetensors is the authors' own."""

_NAME = re.compile(
    r"(?P<prefix>.+?)(\.(?P<variant>[a-z]\w*))?(-\d{5}-of-(?P<count>\d{5}))?(\.(?P<after>[a-z]\w*))?"
    rf"(?P<ending>{'|'.join(map(re.escape, WEIGHTS))})(?P<index>\.index(\.(?P<of>\w+))?\.json)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WeightFile:
    """What a file is by its name: "model.fp16-00001-of-00002.safetensors" is of the set "model", "fp16".

    Attributes:
        prefix: how it begins.
        stem: what is the same in all formats and variants of the same weights.
        variant: such as "fp16"; None for the plain one.
        ending: of the weights that it holds, or is an index of.
        count: of how many shards it is one; None if it is none.
        is_index: it names the shards.
    """

    prefix: str
    stem: str
    variant: str | None
    ending: str
    count: int | None
    is_index: bool


def weight_file(name: str) -> WeightFile | None:
    """What a file is; None if it holds no weights, and is no index of them.

    Args:
        name: without its folder.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    prefix = found["prefix"]
    return WeightFile(
        prefix=prefix,
        stem=_ALIKE.get(prefix, prefix),
        variant=found["of"] or found["variant"] or found["after"],
        ending=found["ending"].lower(),
        count=int(found["count"]) if found["count"] else None,
        is_index=found["index"] is not None,
    )


def loaded(names: Iterable[str], variant: str | None = None) -> dict[str, WeightFile]:
    """The files of weights in one folder that a library loads.

    Of several sets of the same weights the variant asked for, or else the plain one, or else all; then
    safetensors where the set has some.

    Args:
        names: of all files in the folder.
        variant: the set that is preferred.
    """
    told = {name: one for name in names if (one := weight_file(name)) is not None}
    variants: dict[str, set[str | None]] = defaultdict(set)
    for one in told.values():
        variants[one.stem].add(one.variant)
    best = {stem: [one for one in (variant, None) if one in there] for stem, there in variants.items()}
    kept = {name: one for name, one in told.items() if not best[one.stem] or one.variant == best[one.stem][0]}
    safe = {one.stem for one in kept.values() if one.ending == SAFE}
    return {
        name: one
        for name, one in kept.items()
        if one.ending == SAFE or not safe or (one.stem in _LIBRARY and one.stem not in safe)
    }
