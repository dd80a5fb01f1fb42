"""Values as an error shows them: JSON, in one short line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from genspace_core.plugins.wording import one_line

_LONGEST: Final = 60  # characters of a value worth showing
_MOST: Final = 50  # items of a list worth looking at
_DEEPEST: Final = 30  # brackets in brackets; Python cannot go to any depth


def shown(value: Any) -> str:
    """A value in short, with the size of bytes in place of the bytes."""
    text = one_line(json.dumps(_without_bytes(value), ensure_ascii=False, default=str), _LONGEST)
    return text.encode(errors="backslashreplace").decode()  # JSON may hold halves of characters


def plain(value: Any) -> str:
    """As `shown`, but a text without its quotes, and "" for none."""
    if isinstance(value, str):
        return one_line(value, _LONGEST)
    return "" if value is None else shown(value)


def _without_bytes(value: Any, depth: int = _DEEPEST) -> Any:
    """The value with "(734003 bytes)" wherever it holds bytes, and "..." where it is nested deeper."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, str):
        return value[: 10 * _LONGEST]
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not depth:
        return "..."
    if isinstance(value, Mapping):
        return {key: _without_bytes(item, depth - 1) for key, item in value.items()}
    return [_without_bytes(item, depth - 1) for item in value[:_MOST]]
