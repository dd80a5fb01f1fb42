"""Requests as templates: "{prompt}" and the like stand for what differs between pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PLACEHOLDERS = (
    "model", "prompt", "seed", "positive_seed", "width", "height", "size", "aspect_ratio",
    "source_base64", "source_data_url", "source_png",
)  # fmt: skip
SHAPE = frozenset({"width", "height", "size", "aspect_ratio"})
_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_NOTHING: Any = object()


def placeholders(template: Any) -> Iterator[str]:
    """Every placeholder in a template, at any depth."""
    if isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from placeholders(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from placeholders(value)


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """A template with its placeholders filled in; {} where nothing is left of it.

    A text that is a placeholder and nothing else becomes the value itself, of its own type. What holds a
    placeholder whose value is None is left out, and so is a table or list of which nothing else is left.
    """
    filled = _fill(template, values)
    return {} if filled is _NOTHING else filled


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, Mapping):
        table = {key: value for key, one in template.items() if (value := _fill(one, values)) is not _NOTHING}
        return table if table or not template else _NOTHING
    if isinstance(template, list | tuple):
        items = [value for one in template if (value := _fill(one, values)) is not _NOTHING]
        return items if items or not template else _NOTHING
    return template


def _fill_text(template: str, values: Mapping[str, Any]) -> Any:
    if any(values[name] is None for name in placeholders(template)):
        return _NOTHING
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def merged(body: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """A body with further keys, which win; tables of both key by key."""
    both = {
        key: merged(body[key], value)
        for key, value in more.items()
        if isinstance(value, Mapping) and isinstance(body.get(key), Mapping)
    }
    return {**body, **more, **both}
