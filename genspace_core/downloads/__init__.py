"""Whether a folder of weights is whole, as far as its own files tell; nothing is asked of the hub.

Adapters say it of a local folder before they load it; `genspace run --offline` of every one before it starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from genspace_core.downloads.content import is_cut, read
from genspace_core.downloads.names import WEIGHTS
from genspace_core.downloads.sets import missing_of_sets
from genspace_core.errors import PluginError

__all__ = ["PIPELINE", "WEIGHTS", "missing_files", "require_whole"]

PIPELINE = "model_index.json"
_MODEL = "config.json"
_OTHERS = ("tokenizer*.json", "vocab*", "*.model", "*_config.json", "processor_config.json")
"""What a component that has no weights keeps: a tokenizer, an image processor, a scheduler."""

_ABOUT = (
    ".json",
    ".md",
    ".txt",
    ".py",
    ".yaml",
    ".yml",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".svg",
    "",
)
"""Endings of what is said of weights."""


def missing_files(folder: Path, variant: str | None = None) -> list[str]:
    """What is missing in a checkpoint, by what its other files say; sorted, empty where it is whole.

    Shards that an index or their own numbers name; of a pipeline's model_index.json, each component's
    configuration and weights; of anything else, its weights; and weights that are shorter than they say.

    Args:
        folder: that holds a checkpoint, such as a snapshot in the hub's cache.
        variant: the set of weights that is loaded where a folder has it, such as "fp16"; else the plain one.
    """
    return sorted(set(_missing(folder, variant)))


def require_whole(checkpoint: str, folder: Path, variant: str | None = None) -> None:
    """Complain of a checkpoint that was downloaded by half.

    Args:
        checkpoint: as it is configured, for the message.
        folder: where it lies.
        variant: as `missing_files` has it.

    Raises:
        PluginError: names what is missing.
    """
    lost = missing_files(folder, variant)
    if lost:
        others = f" and {len(lost) - 3} more" if lost[3:] else ""
        raise PluginError(
            f"{checkpoint}: the download is not complete; missing: {', '.join(lost[:3])}{others}; fetch it "
            "again"
        )


def _missing(folder: Path, variant: str | None) -> Iterator[str]:
    there = sorted(folder.rglob("*"))
    for inside in (folder, *(path for path in there if path.is_dir())):
        for lost in missing_of_sets(inside, variant):
            yield (inside / lost).relative_to(folder).as_posix()
    for file in there:
        if file.suffix in WEIGHTS and file.is_file() and is_cut(file):
            yield f"{file.relative_to(folder).as_posix()} (cut short)"
    if (folder / PIPELINE).is_file():
        yield from _missing_components(folder)
    elif (folder / _MODEL).is_file():
        if not _has_weights(folder):
            yield "its weights"
    elif all(file.suffix in _ABOUT or file.is_dir() for file in there if not _is_hidden(file, folder)):
        yield "its weights"


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _missing_components(folder: Path) -> Iterator[str]:
    index = read(folder / PIPELINE)
    if not index:
        yield f"{PIPELINE} (cut short)"
    for name, told in index.items():
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
    """Whether some are there, or were: a link whose target is gone is named by itself."""
    return folder.is_dir() and any(file.suffix in WEIGHTS and not file.is_dir() for file in folder.iterdir())
