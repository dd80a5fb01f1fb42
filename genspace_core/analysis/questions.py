"""A few words for each of the 36 questions of both tasks, for tables and charts."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from genspace_core.types import Task

# fmt: off
_T2I: Final = (
    "A seen from its front", "A seen from behind", "A seen from its left", "A seen from its right",
    "A faces the camera", "A turned away", "A's left side to camera", "A's right side to camera",
    "side by side, same way", "side by side, opposite ways", "face to face", "back to back",
    "B in front of A, in A's view", "B behind A, in A's view",
    "B left of A, in A's view", "B right of A, in A's view",
    "A closer than B", "A farther than B", "A left of B", "A right of B",
    "0.5 m apart", "1 m apart", "1.5 m apart", "2 m apart",
    "camera 1 m from A", "camera 2 m from A", "camera 3 m from A", "camera 4 m from A",
    "A 1.2 times as big as B", "A 20 cm higher than B", "A 50 cm longer than B", "A 30 cm wider than B",
    "same way, seen from the front", "same way, seen from their left",
    "same way, seen from their right", "same way, seen from behind",
)
_EDIT: Final = (
    "camera to A's front", "camera to A's left", "camera to A's right", "camera to A's back",
    "turn A's front to camera", "turn A's left to camera",
    "turn A's right to camera", "turn A's back to camera",
    "add B beside A, same way", "add B beside A, opposite way", "add B face to face", "add B back to back",
    "add B in front of A, in A's view", "add B left of A, in A's view",
    "add B right of A, in A's view", "add B behind A, in A's view",
    "add B closer than A", "add B left of A", "add B right of A", "add B farther than A",
    "move A 1 m closer", "move A 1 m farther", "move A 1 m left", "move A 1 m right",
    "camera 1 m forward", "camera 1 m left", "camera 1 m right", "camera 1 m backward",
    "make A 1.2 times as big", "make A 20 cm higher", "make A 50 cm longer", "make A 40 cm wider",
    "same layout, from the front", "same layout, from the back",
    "same layout, from the left", "same layout, from the right",
)
# fmt: on

QUESTIONS: Final = MappingProxyType({"t2i": _T2I, "edit": _EDIT})
"""Task -> 36 descriptions by template number; A and B are the sample's objects, in order."""


def describe_question(task: Task, template: int) -> str:
    """What a template asks, in a few words; its number where a suite has one of its own."""
    known = QUESTIONS[task]
    return known[template] if 0 <= template < len(known) else f"template {template}"
