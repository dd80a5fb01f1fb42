"""Builds the suite `genspace-t2i` from the data files: 36 templates x 50 slots.

There is no chance in it: every choice follows from the order of the categories and the template's
number, so the suite is the same everywhere and its digest can be pinned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from genspace_core.suite.canonical import make_suite
from genspace_core.suite.categories import Category, load_categories
from genspace_core.suite.choosing import Able, Settings, choose_firsts, choose_partners
from genspace_core.suite.rules import suits_one, suits_two
from genspace_core.suite.templates import Template, load_templates
from genspace_core.types import Sample, Suite

NAME: Final = "genspace-t2i"
VERSION: Final = "1"
"""Raise it with any change of a sample; the digest says whether there was one."""


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
    known: dict[object, Able] = {}  # most templates set the same conditions as another
    for template in templates:
        conditions = (template.second, template.front, template.rule, *template.targets.items())
        if conditions not in known:
            known[conditions] = feasible(template, categories)
        able = known[conditions]
        firsts = choose_firsts(template.number, able, len(categories))
        seconds: Sequence[int | None] = [None] * len(firsts)
        if template.second == "other":
            seconds = choose_partners(template.number, able, firsts, pairs_used)
        settings = Settings()
        for slot, (i, j) in enumerate(zip(firsts, seconds, strict=True)):
            a, b = categories[i], None if j is None else categories[j]
            setting = settings.take(slot + template.number, *filter(None, (a, b)))
            yield Sample(
                id=f"t2i/{template.number}/{slot:02d}",
                task="t2i",
                sub_domain=template.sub_domain,
                template=template.number,
                prompt=template.prompt(a, b, setting),
                objects=template.names(a, b),
                targets=dict(template.targets),
            )
