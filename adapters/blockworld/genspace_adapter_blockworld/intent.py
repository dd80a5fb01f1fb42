"""What a prompt asks for, as data: which objects, where, and the facts that must hold between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["sees", "bearing", "heading", "nearer", "left_of", "apart", "range", "resized", "close_up"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that must hold. `subject` and `other` are positions in `Intent.objects`.

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
    """

    kind: Kind
    subject: int
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
