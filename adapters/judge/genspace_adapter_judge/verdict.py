"""From what a model wrote to a score and its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "reason": {
            "type": "string",
            "description": "What is seen that decides it, in one to three sentences.",
        },
        "score": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["reason", "score"],
    "additionalProperties": False,
}
"""The form of an answer. The reason comes first: a model that has said what it sees scores by it."""

LONGEST = 1000
"""Characters of a reason that are kept."""


class NoVerdict(ValueError):
    """There is no score in it; the message says what there is instead."""


def read_verdict(text: str) -> tuple[float, str]:
    """Score and reason, from the first JSON object that holds a score; other text around it is let be.

    Raises:
        NoVerdict: there is none, or it is no number from 0 to 1.
    """
    answer = next((found for found in _objects(text) if "score" in found), None)
    if answer is None:
        raise NoVerdict(f"the answer holds no score; {_begins(text)}")
    score = _number(answer["score"])
    if score is None or not 0.0 <= score <= 1.0:  # NaN is not either
        shown = json.dumps(answer["score"])[:40]
        raise NoVerdict(f"the answer's score is {shown}, not a number from 0 to 1")
    reason = answer.get("reason", "")
    return score, " ".join(str(reason).split())[:LONGEST] if isinstance(reason, str) else ""


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text, from left to right, none of which lies inside another."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found, end = None, at + 1
        if isinstance(found, dict):
            yield found
        at = text.find("{", end)


def _number(value: Any) -> float | None:
    """A number, or a text of one: small models put quotation marks around it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _begins(text: str) -> str:
    start = " ".join(text.split())[:80]
    return f"it begins with {start!r}" if start else "it is empty"
