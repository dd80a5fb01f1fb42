"""The six models: a perfect one, and five that change what they were asked in one known way.

A fault rewrites the facts of an intent, or leaves an object out of the finished plan; reader, planner
and renderer are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from genspace_adapter_blockworld.intent import Fact, Intent

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


@dataclass(frozen=True, slots=True)
class Model:
    """How a model departs from what it is asked.

    Attributes:
        rewrite: what becomes of each fact.
        any_size: objects come in any of their variants.
        forgets: share of pictures from which one object is missing.
    """

    rewrite: Rewrite = _as_asked
    any_size: bool = False
    forgets: float = 0.0

    def understands(self, intent: Intent) -> Intent:
        """The intent as this model takes it."""
        return replace(intent, facts=tuple(f for fact in intent.facts for f in self.rewrite(fact)))


MODELS: Final[dict[str, Model]] = {
    "perfect": Model(),
    "frontal": Model(rewrite=_always_front),
    "egocentric": Model(rewrite=_from_the_camera),
    "unitless": Model(rewrite=_no_amounts),
    "forgetful": Model(forgets=0.3),
    "random": Model(rewrite=_nothing, any_size=True),
}
