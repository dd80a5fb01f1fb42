"""What a prompt or an instruction asks for, as data: which objects, and the facts that must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StateKind = Literal[
    "sees", "bearing", "heading", "nearer", "left_of", "apart", "range", "resized", "close_up", "roomy"
]
ChangeKind = Literal["orbit", "turn", "add", "move", "dolly", "resize"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that must hold, or change. `subject` and `other` are positions in the list of objects.

    kind      value                              meaning
    sees      front, back, left, right           the camera is on this side of the subject
    bearing   front, back, left, right, beside   the subject is on this side of the other, as that one sees it
    heading   same, opposite                     the subject faces the same way as the other, or opposite
    nearer                                       the subject is closer to the camera than the other
    left_of                                      the subject is left of the other, as the camera sees it
    apart     amount, metres                     distance between the centres of subject and other
    range     amount, metres                     distance from the camera to the subject's centre
    close_up                                     the camera comes near, no matter how near
    resized   volume_ratio, height, ...; amount  the subject differs so from the other, a typical one
    roomy                                        wide empty space on all sides of the subject

    orbit                                        the camera goes round the objects
    turn                                         the subject turns on the spot
    add                                          the subject is new
    move      closer, farther, left, right; m    the subject moves so far, as the camera sees it
    dolly     forward, backward, left, right; m  the camera moves so far
    resize    volume_ratio, height, ...; amount  the subject grows so
    """

    kind: StateKind | ChangeKind
    subject: int = -1
    other: int = -1
    value: str = ""
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Intent:
    """A prompt as read.

    Attributes:
        objects: category names in the prompt's order; two of one category stand left, then right.
        setting: the phrase that says where, e.g. "on a lawn".
        facts: what must hold.
    """

    objects: tuple[str, ...]
    setting: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """An editing instruction as read.

    Attributes:
        objects: category names in the order the instruction first names them; it need not name all.
        action: what is to change, a fact of a `ChangeKind`; the rest of the picture stays.
        facts: what must hold after it.
    """

    objects: tuple[str, ...]
    action: Fact
    facts: tuple[Fact, ...]

    def adds(self, i: int) -> bool:
        """Whether object i is not in the picture yet."""
        return self.action.kind == "add" and self.action.subject == i
