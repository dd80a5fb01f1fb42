"""Sizes that models take, and the one for a source's shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log, sqrt

MULTIPLE = 16
LONGEST = 3840  # pixels of a side
STRETCH = 3.0  # long side to short side
MOST = 3840 * 2160  # pixels
FEWER = 0.625  # share of the pixels wanted that a source's own size may have
_SIZE = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")


def parse_size(size: str) -> tuple[int, int] | None:
    """Width and height of "1536x1024"; None where it is not of that form."""
    found = _SIZE.fullmatch(size)
    return None if found is None else (int(found[1]), int(found[2]))


def size_complaint(size: str, listed: Sequence[str], *, strict: bool) -> str | None:
    """Why a size cannot be asked for; None where it can.

    Args:
        size: "WIDTHxHEIGHT" or "auto".
        listed: all that the model takes; empty where any right one will do.
        strict: the model is one of OpenAI's, whose rule is known.
    """
    if size == "auto":
        return None
    sides = parse_size(size)
    if sides is None:
        return f'{size!r} is no size; it is "auto" or WIDTHxHEIGHT, such as "1024x1024"'
    if listed:
        return None if size in listed else f"the model takes {', '.join(listed)}, not {size}"
    return _rule_broken(size, sides) if strict else None


def _rule_broken(size: str, sides: tuple[int, int]) -> str | None:
    if any(side % MULTIPLE for side in sides):
        near = "x".join(str(max(MULTIPLE, round(side / MULTIPLE) * MULTIPLE)) for side in sides)
        return f"the sides of a size are multiples of {MULTIPLE}; {near} is near"
    if max(sides) > STRETCH * min(sides):
        return f"{size} is longer than {STRETCH:.0f} to 1"
    if max(sides) > LONGEST or sides[0] * sides[1] > MOST:
        return f"{size} is larger than 3840x2160"
    return None


def size_for(width: int, height: int, listed: Sequence[str], pixels: int) -> str:
    """The size to ask for, so that a picture has the shape of this one.

    Args:
        width: of the source, pixels.
        height: of the source, pixels.
        listed: all that the model takes; empty where any right one will do.
        pixels: about how many are wanted.
    """
    if listed:
        return min(listed, key=lambda size: _bend(size, width, height))
    own = f"{width}x{height}"
    if FEWER * pixels <= width * height <= pixels and size_complaint(own, (), strict=True) is None:
        return own
    shape = min(max(width / height, 1 / STRETCH), STRETCH)
    ideal = sqrt(pixels * shape)
    candidates = [
        (across, down)
        for across in _near(ideal)
        for down in _near(across / shape)
        if max(across, down) <= STRETCH * min(across, down) and max(across, down) <= LONGEST
    ]
    best = min(candidates, key=lambda sides: (_off(sides, shape), abs(sides[0] - ideal)))
    return f"{best[0]}x{best[1]}"


def _near(length: float) -> list[int]:
    """Multiples about a length; a few, since one of them may fit the shape better."""
    middle = round(length / MULTIPLE)
    return [MULTIPLE * step for step in range(max(1, middle - 4), middle + 5)]


def _off(sides: tuple[int, int], shape: float) -> float:
    """How far a shape is missed, in steps of half a percent; within one, the number of pixels decides."""
    return round(abs(log(sides[0] / sides[1] / shape)) / 0.005)


def _bend(size: str, width: int, height: int) -> float:
    """How much a picture of this shape is stretched to another size."""
    across, down = parse_size(size) or (1, 1)
    return abs(log((across / down) / (width / height)))
