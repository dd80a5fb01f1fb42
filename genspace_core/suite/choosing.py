"""Which category plays which part in which slot. There is no chance in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from genspace_core.suite.categories import Category, load_settings
from genspace_core.suite.matching import match_evenly, spread

# How far the choice of partners and stand-ins moves on from one template to the next. It shares no
# divisor with the 50 categories, so the choices come round to all of them.
_STEP: Final = 7

Able = Mapping[int, Sequence[int]]
"""The categories that can be A, each with those that can stand beside it (by position)."""


def choose_firsts(number: int, able: Able, slots: int) -> list[int]:
    """Object A of each slot: the slot's own category, or a stand-in where that cannot be."""
    firsts = list(range(slots))
    vacant, choices = [i for i in firsts if i not in able], list(able)
    for slot, at in zip(vacant, spread(len(vacant), len(choices)), strict=True):
        firsts[slot] = choices[(at + _STEP * number) % len(choices)]
    return firsts


def choose_partners(
    number: int, able: Able, firsts: Sequence[int], pairs_used: Counter[tuple[int, int]]
) -> list[int]:
    """A partner for each slot's A, every category about as often as any other.

    A pair that no earlier template asked for comes first; then each A looks a fixed number of places
    down the list of categories, a number that grows from template to template.
    """

    def dearness(i: int, j: int) -> tuple[int, int]:
        return pairs_used[i, j], (j - i - _STEP * number) % len(firsts)

    wishes = [sorted(able[i], key=lambda j, i=i: dearness(i, j)) for i in firsts]  # type: ignore[misc]
    partners = match_evenly(wishes, owners=firsts)
    pairs_used.update(zip(firsts, partners, strict=True))
    return partners


class Settings:
    """Gives place phrases out, in which all objects can be photographed; none twice for the same ones."""

    def __init__(self) -> None:
        self._used: set[tuple[str, ...]] = set()

    def take(self, start: int, *categories: Category) -> str:
        """The first phrase from position `start` on, round and round, not yet given for these categories."""
        names = tuple(c.name for c in categories)
        places = [p for p in categories[0].places if all(p in c.places for c in categories)]
        options = [phrase for place in places for phrase in load_settings()[place]]
        turned = (options[(start + k) % len(options)] for k in range(len(options)))
        setting = next(s for s in turned if (*names, s) not in self._used)
        self._used.add((*names, setting))
        return setting
