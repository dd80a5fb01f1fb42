"""Content keys and seeds: what makes a picture, a scene or a score the same one again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from genspace_core.identity import content_key
from genspace_core.types import Sample


def picture_seed(run_seed: int, sample_id: str, image_index: int) -> int:
    """The seed of one picture, 31 bits: it belongs to the picture, so batch and order do not matter."""
    return int(content_key("seed", run_seed, sample_id, image_index)[:8], 16) >> 1


def picture_key(
    generator: Mapping[str, Any], sample: Sample, seed: int, source_digest: str | None = None
) -> str:
    """Key of a generated picture: the generator's identity and everything it is told."""
    return content_key("picture", generator, sample.task, sample.prompt, seed, source_digest)


def plugin_key(kind: str, identity: Mapping[str, Any]) -> str:
    """Key of a configured reconstructor or metric."""
    return content_key(kind, identity)


def names_key(sample: Sample) -> str:
    """What a picture is searched for, as JSON: the names, as often as each is asked for.

    Bystanders stand apart, because a picture without one of them is no picture with an object missing.
    """
    names = list(sample.objects)
    return json.dumps([names, list(sample.bystanders)] if sample.bystanders else names)


def searched_names(names: str) -> list[str]:
    """The names in a `names_key`, objects first, each once: what the reconstructor is told."""
    held = json.loads(names)
    flat = [name for part in held for name in (part if isinstance(part, list) else [part])]
    return list(dict.fromkeys(flat))


def objects_in(names: str) -> list[str]:
    """The asked-for objects in a `names_key`, without bystanders."""
    held: list[Any] = json.loads(names)
    return held[0] if held and isinstance(held[0], list) else held


def question_key(sample: Sample, source_digest: str | None = None) -> str:
    """Key of what a metric is asked about a picture, beside its source if it is an edit."""
    parts = [sample.task, sample.template, sample.prompt, list(sample.objects), dict(sample.targets)]
    if source_digest is not None:
        parts += [list(sample.bystanders), source_digest]
    return content_key("question", *parts)
