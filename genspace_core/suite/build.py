"""Builds the suite `genspace-t2i` from the data files: 36 templates x 50 slots.

There is no chance in it: every choice follows from the order of the categories and the template's
number, so the suite is the same everywhere and its digest can be pinned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final

from genspace_core.suite.canonical import make_suite
from genspace_core.suite.categories import Category, load_categories, load_settings
from genspace_core.suite.matching import match_evenly, spread
from genspace_core.suite.rules import suits_one, suits_two
from genspace_core.suite.templates import Template, load_templates
from genspace_core.types import Sample, Suite

NAME: Final = "genspace-t2i"
VERSION: Final = "1"
"""Raise it with any change of a sample; the digest says whether there was one."""

# How far the choice of partners and stand-ins moves on from one template to the next. It shares no
# divisor with the 50 categories, so the choices come round to all of them.
_STEP: Final = 7


@cache
def build_t2i() -> Suite:
    """The suite `genspace-t2i`: 1,800 samples, by template and then slot."""
    return make_suite(NAME, VERSION, _samples(load_templates("t2i"), load_categories()))


def feasible(template: Template, categories: tuple[Category, ...]) -> dict[int, list[int]]:
    """The categories that can be A of a template, each with those that can be its B (by position)."""
    able: dict[int, list[int]] = {}
    for i, a in enumerate(categories):
        if suits_one(template, a):
            able[i] = []
            if template.second == "other":
                able[i] = [j for j, b in enumerate(categories) if suits_two(template, a, b)]
                if not able[i]:
                    del able[i]
    return able


def _samples(templates: tuple[Template, ...], categories: tuple[Category, ...]) -> Iterator[Sample]:
    pairs_used: Counter[tuple[int, int]] = Counter()
    known: dict[object, dict[int, list[int]]] = {}  # most templates set the same conditions as another
    for template in templates:
        conditions = (template.second, template.front, template.rule, *template.targets.items())
        if conditions not in known:
            known[conditions] = feasible(template, categories)
        able = known[conditions]
        firsts = _firsts(template, able, len(categories))
        seconds = _seconds(template, able, firsts, pairs_used)
        used: set[tuple[int, int | None, str]] = set()
        for slot, (i, j) in enumerate(zip(firsts, seconds, strict=True)):
            a, b = categories[i], None if j is None else categories[j]
            options = _settings(a, b)
            start = slot + template.number
            turned = [options[(start + k) % len(options)] for k in range(len(options))]
            setting = next(s for s in turned if (i, j, s) not in used)
            used.add((i, j, setting))
            yield Sample(
                id=f"t2i/{template.number}/{slot:02d}",
                task="t2i",
                sub_domain=template.sub_domain,
                template=template.number,
                prompt=template.prompt(a, b, setting),
                objects=template.names(a, b),
                targets=dict(template.targets),
            )


def _firsts(template: Template, able: dict[int, list[int]], slots: int) -> list[int]:
    """Object A of each slot: the slot's own category, or a stand-in where that cannot be."""
    firsts = list(range(slots))
    vacant, choices = [i for i in firsts if i not in able], list(able)
    for slot, at in zip(vacant, spread(len(vacant), len(choices)), strict=True):
        firsts[slot] = choices[(at + _STEP * template.number) % len(choices)]
    return firsts


def _seconds(
    template: Template, able: dict[int, list[int]], firsts: list[int], pairs_used: Counter[tuple[int, int]]
) -> list[int] | list[None]:
    """Object B of each slot, every category about as often as any other; None where there is no B."""
    if template.second != "other":
        return [None] * len(firsts)

    # A pair that no earlier template asked for comes first; then each A looks a fixed number of
    # places down the list of categories, a number that grows from template to template.
    def dearness(i: int, j: int) -> tuple[int, int]:
        return pairs_used[i, j], (j - i - _STEP * template.number) % len(firsts)

    wishes = [sorted(able[i], key=lambda j, i=i: dearness(i, j)) for i in firsts]  # type: ignore[misc]
    seconds = match_evenly(wishes, owners=firsts)
    pairs_used.update(zip(firsts, seconds, strict=True))
    return seconds


def _settings(a: Category, b: Category | None) -> list[str]:
    """The place phrases in which A, and B if there is one, can be photographed."""
    places = [p for p in a.places if b is None or p in b.places]
    return [phrase for place in places for phrase in load_settings()[place]]
