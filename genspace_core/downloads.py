"""Whether a folder of weights is whole, as far as its own files tell; nothing is asked of the hub.

Adapters say it of a local folder before they load it; `genspace run --offline` of every one before it starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genspace_core.errors import PluginError

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf")
"""Endings of files that hold weights."""

PIPELINE = "model_index.json"
_MODEL = "config.json"
_OTHERS = ("tokenizer*.json", "vocab*", "*.model", "*_config.json", "processor_config.json")
"""What a component that has no weights keeps: a tokenizer, an image processor, a scheduler."""


def missing_files(folder: Path) -> list[str]:
    """What is missing in a checkpoint, by what its other files say; sorted, empty where it is whole.

    Shards that an index names; of a pipeline's model_index.json, each component's configuration and weights;
    of a plain model, its weights.

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
            f"{checkpoint}: the download is not complete; missing: {', '.join(lost[:3])}{others}; fetch it again"
        )


def _missing(folder: Path) -> Iterator[str]:
    for index in folder.rglob("*.index.json"):
        for shard in set(_read(index).get("weight_map", {}).values()):
            if not (index.parent / shard).is_file():
                yield (index.parent / shard).relative_to(folder).as_posix()
    if (folder / PIPELINE).is_file():
        yield from _missing_components(folder)
    elif (folder / _MODEL).is_file() and not _has_weights(folder):
        yield "its weights"


def _missing_components(folder: Path) -> Iterator[str]:
    for name, told in _read(folder / PIPELINE).items():
        if not isinstance(told, list) or len(told) != 2 or None in told:
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
        told = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
