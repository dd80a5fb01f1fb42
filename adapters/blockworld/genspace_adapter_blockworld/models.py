"""The models: a perfect one, and others that change what they were asked in one known way.

A fault rewrites the facts of an intent or of a change, leaves an object out of the finished plan, displaces
what was to stay, or does nothing at all; readers, planner, editor and renderer are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from genspace_adapter_blockworld.intent import Change, Fact, Intent
from genspace_core.types import Task

Rewrite = Callable[[Fact], tuple[Fact, ...]]


def _as_asked(fact: Fact) -> tuple[Fact, ...]:
    return (fact,)


def _always_front(fact: Fact) -> tuple[Fact, ...]:
    return (replace(fact, value="front") if fact.kind == "sees" else fact,)


def _from_the_camera(fact: Fact) -> tuple[Fact, ...]:
    """Takes "left of the dog" as left in the picture, the dog facing the camera as such models draw it."""
    if fact.kind != "bearing" or fact.value not in ("left", "right"):
        return (fact,)
    left, right = (fact.subject, fact.other) if fact.value == "left" else (fact.other, fact.subject)
    return (Fact("left_of", left, right), Fact("sees", fact.other, value="front"))


USUAL_SPACING: Final = 2.8
"""Metres at which `unitless` stands any two objects: 1.4 times the most that the suite asks for, and far
beyond the rest, so that habit hardly ever meets an amount by luck."""


def _no_amounts(fact: Fact) -> tuple[Fact, ...]:
    """Puts habit in an amount's place: one spacing for all pairs, objects as large as the picture holds."""
    if fact.kind == "apart":
        return (replace(fact, amount=USUAL_SPACING),)
    if fact.kind == "range":
        return (replace(fact, kind="close_up", amount=0.0),)
    return () if fact.amount else (fact,)


def _nothing(_: Fact) -> tuple[Fact, ...]:
    return ()


def _twice_as_far(fact: Fact) -> tuple[Fact, ...]:
    return (replace(fact, amount=2 * fact.amount) if fact.kind in ("move", "dolly") else fact,)


@dataclass(frozen=True, slots=True)
class Model:
    """How a model departs from what it is asked.

    Attributes:
        tasks: what it can do at all.
        rewrite: what becomes of each fact, and of what an instruction asks to change.
        any_size: objects come in any of their variants.
        forgets: share of pictures from which one object is missing.
        idle: gives back the picture it should edit.
        strays: how far an edit displaces what was to stay, as a share of its distance from the camera.
    """

    tasks: frozenset[Task] = frozenset({"t2i"})
    rewrite: Rewrite = _as_asked
    any_size: bool = False
    forgets: float = 0.0
    idle: bool = False
    strays: float = 0.0

    def understands(self, intent: Intent) -> Intent:
        """The intent as this model takes it."""
        return replace(intent, facts=tuple(f for fact in intent.facts for f in self.rewrite(fact)))

    def understands_change(self, change: Change) -> Change:
        """The change as this model takes it."""
        (action,) = self.rewrite(change.action)
        facts = tuple(f for fact in change.facts for f in self.rewrite(fact))
        return replace(change, action=action, facts=facts)


_EDIT: Final[frozenset[Task]] = frozenset({"edit"})
_BOTH: Final[frozenset[Task]] = frozenset({"t2i", "edit"})

MODELS: Final[dict[str, Model]] = {
    "perfect": Model(_BOTH),
    "frontal": Model(rewrite=_always_front),
    "egocentric": Model(_BOTH, _from_the_camera),
    "unitless": Model(rewrite=_no_amounts),
    "forgetful": Model(forgets=0.3),
    "random": Model(rewrite=_nothing, any_size=True),
    "lazy": Model(_EDIT, idle=True),
    "overdo": Model(_EDIT, _twice_as_far),
    "collateral": Model(_EDIT, strays=0.16),
}
