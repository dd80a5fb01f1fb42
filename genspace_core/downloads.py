"""Whether a folder of weights is whole, as far as its own files tell; nothing is asked of the hub.

Adapters say it of a local folder before they load it; `genspace run --offline` of every one before it starts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genspace_core.errors import PluginError

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf")
"""Endings of files that hold weights."""

PIPELINE = "model_index.json"
_MODEL = "config.json"
_SHARD = re.compile(r"-\d{5}-of-\d{5}\.")
_POINTER = b"version https://git-lfs"
"""How a file starts that was cloned without its content."""

_OTHERS = ("tokenizer*.json", "vocab*", "*.model", "*_config.json", "processor_config.json")
"""What a component that has no weights keeps: a tokenizer, an image processor, a scheduler."""


def missing_files(folder: Path) -> list[str]:
    """What is missing in a checkpoint, by what its other files say; sorted, empty where it is whole.

    Shards that an index names; of a pipeline's model_index.json, each component's configuration and weights;
    of a plain model, its weights; and weights that are shorter than they say.

    Args:
        folder: that holds a checkpoint, such as a snapshot in the hub's cache.
    """
    return sorted(set(_missing(folder)))


def require_whole(checkpoint: str, folder: Path) -> None:
    """Complain of a checkpoint that was downloaded by half.

    Args:
        checkpoint: as it is configured, for the message.
        folder: where it lies.

    Raises:
        PluginError: names what is missing.
    """
    lost = missing_files(folder)
    if lost:
        others = f" and {len(lost) - 3} more" if lost[3:] else ""
        raise PluginError(
            f"{checkpoint}: the download is not complete; missing: {', '.join(lost[:3])}{others}; fetch it "
            "again"
        )


def _missing(folder: Path) -> Iterator[str]:
    by_folder: dict[Path, list[Path]] = {}
    for index in sorted(folder.rglob("*.index*.json")):
        by_folder.setdefault(index.parent, []).append(index)
    for inside, indexes in by_folder.items():
        for shard in _missing_shards(inside, indexes):
            yield (inside / shard).relative_to(folder).as_posix()
    for file in folder.rglob("*"):
        if file.suffix in WEIGHTS and file.is_file() and _is_cut(file):
            yield f"{file.relative_to(folder).as_posix()} (cut short)"
    if (folder / PIPELINE).is_file():
        yield from _missing_components(folder)
    elif (folder / _MODEL).is_file() and not _has_weights(folder):
        yield "its weights"


def _missing_shards(inside: Path, indexes: list[Path]) -> set[str]:
    """Nothing if one set of weights is whole: of several, in other formats or variants, one is loaded."""
    sets = [set(_read(index).get("weight_map", {}).values()) for index in indexes]
    stems = {index.name.partition(".")[0] for index in indexes}
    if any(_is_one_piece(file) and file.name.partition(".")[0] in stems for file in inside.iterdir()):
        return set()  # in one piece
    return min(({shard for shard in one if not (inside / shard).is_file()} for one in sets), key=len)


def _is_one_piece(file: Path) -> bool:
    return file.suffix in WEIGHTS and not _SHARD.search(file.name)


def _is_cut(file: Path) -> bool:
    """Whether a file of weights is shorter than it says, or is what git keeps in place of one."""
    with file.open("rb") as content:
        start = content.read(8)
        if file.suffix != ".safetensors":
            return start + content.read(len(_POINTER) - 8) == _POINTER
        if len(start) < 8 or start == _POINTER[:8]:
            return True
        length = int.from_bytes(start, "little")
        size = file.stat().st_size
        if length > size - 8:
            return True
        header = _parsed(content.read(length))
    ends = [told["data_offsets"][1] for told in header.values() if "data_offsets" in told]
    return max(ends, default=0) + 8 + length > size


def _missing_components(folder: Path) -> Iterator[str]:
    for name, told in _read(folder / PIPELINE).items():
        if not isinstance(told, list) or len(told) != 2 or not all(isinstance(one, str) for one in told):
            continue  # a setting, or a component that the pipeline does without
        inside = folder / name
        if (inside / _MODEL).is_file():
            if not _has_weights(inside) and _is_model(inside):
                yield f"{name}/ (its weights)"
        elif _has_weights(inside):
            yield f"{name}/{_MODEL}"
        elif not any(next(inside.glob(pattern), None) for pattern in _OTHERS):
            yield f"{name}/"


def _is_model(folder: Path) -> bool:
    """Whether a config.json is that of a model: transformers keeps one beside some tokenizers, too."""
    return not any(next(folder.glob(pattern), None) for pattern in ("tokenizer*.json", "vocab*", "*.model"))


def _has_weights(folder: Path) -> bool:
    return folder.is_dir() and any(file.suffix in WEIGHTS for file in folder.iterdir())


def _read(file: Path) -> dict[str, Any]:
    try:
        return _parsed(file.read_bytes())
    except OSError:
        return {}


def _parsed(text: bytes) -> dict[str, Any]:
    """What is no JSON is told by whoever loads it."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
