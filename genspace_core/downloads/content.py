"""What files say of themselves, as far as it can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from genspace_core.downloads.names import SAFE

POINTER = b"version https://git-lfs"
"""How a file starts that was cloned without its content."""

_LONGEST = 100_000_000  # bytes of a header of safetensors, by its format


def is_cut(file: Path) -> bool:
    """Whether a file of weights is shorter than it says, or is what git keeps in place of one."""
    size = file.stat().st_size
    with file.open("rb") as content:
        start = content.read(8)
        if not start:
            return True
        if file.suffix != SAFE:
            return start + content.read(len(POINTER) - 8) == POINTER
        if len(start) < 8 or start == POINTER[:8]:
            return True
        length = int.from_bytes(start, "little")
        if length > size - 8:
            return True
        header = parsed(content.read(length)) if length <= _LONGEST else {}
    return max(map(_end, header.values()), default=0) + 8 + length > size


def _end(tensor: Any) -> int:
    """Where a tensor ends; 0 where its entry is no such thing, which is told by whoever loads it."""
    offsets = tensor.get("data_offsets") if isinstance(tensor, dict) else None
    if isinstance(offsets, list) and len(offsets) == 2 and isinstance(offsets[1], int):
        return offsets[1]
    return 0


def read(file: Path) -> dict[str, Any]:
    """What a file of JSON holds; nothing if it cannot be read."""
    try:
        return parsed(file.read_bytes())
    except OSError:
        return {}


def parsed(text: bytes) -> dict[str, Any]:
    """What is no JSON is told by whoever loads it."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
