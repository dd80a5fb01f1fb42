"""Builds the questions of `genspace-edit` from the data files: 36 templates x 50 slots.

As in `build`, there is no chance in it. The source pictures are not part of it: a generator makes them
(`genspace suite build-edit`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from genspace_core.suite.canonical import make_suite
from genspace_core.suite.categories import Category, load_categories
from genspace_core.suite.choosing import Able, Settings, choose_firsts, choose_partners
from genspace_core.suite.edit_templates import EditTemplate, load_edit_templates
from genspace_core.suite.io import SOURCES
from genspace_core.suite.rules import suits_beside, suits_edit
from genspace_core.types import Sample, Suite

NAME: Final = "genspace-edit"
VERSION: Final = "1"
"""Raise it with any change of a sample; the digest says whether there was one."""


@dataclass(frozen=True, slots=True)
class EditQuestion:
    """An edit, and how its source picture is asked for.

    Attributes:
        sample: the edit; its `source` names a file that is still to be made.
        source: the source picture as a text-to-image sample of the same id.
    """

    sample: Sample
    source: Sample


@cache
def build_edit_questions() -> tuple[EditQuestion, ...]:
    """All 1,800, by template and then slot."""
    return tuple(_questions(load_edit_templates(), load_categories()))


@cache
def build_edit() -> Suite:
    """The suite `genspace-edit` without its pictures."""
    return make_suite(NAME, VERSION, (question.sample for question in build_edit_questions()))


def feasible_edits(template: EditTemplate, categories: Sequence[Category]) -> dict[int, list[int]]:
    """The categories that can be A (or the anchor), each with those that can share its picture."""
    able = {
        i: [j for j, b in enumerate(categories) if suits_beside(template, a, b)]
        for i, a in enumerate(categories)
        if suits_edit(template, a)
    }
    if 3 in template.counts:  # each also needs two partners that go together
        able = {i: [j for j in able[i] if _thirds(template, categories, able, i, j)] for i in able}
    return {i: partners for i, partners in able.items() if partners}


def _thirds(template: EditTemplate, categories: Sequence[Category], able: Able, i: int, j: int) -> list[int]:
    """Who can stand beside both of two partners, in a place that suits all three."""
    places = set(categories[i].places) & set(categories[j].places)
    return [
        k
        for k in able[i]
        if suits_beside(template, categories[j], categories[k])
        and not places.isdisjoint(categories[k].places)
    ]


def _questions(templates: Sequence[EditTemplate], categories: Sequence[Category]) -> Iterator[EditQuestion]:
    pairs_used: Counter[tuple[int, int]] = Counter()
    for template in templates:
        able = feasible_edits(template, categories)
        firsts = choose_firsts(template.number, able, len(categories))
        partners = choose_partners(template.number, able, firsts, pairs_used)
        thirds_used: Counter[int] = Counter()
        settings = Settings()
        for slot, (i, j) in enumerate(zip(firsts, partners, strict=True)):
            company = [categories[i], categories[j]]
            if slot % 2 and 3 in template.counts:
                options = _thirds(template, categories, able, i, j)
                k = min(options, key=lambda k: (thirds_used[k], (k - slot) % len(categories)))
                thirds_used[k] += 1
                company = [categories[k], categories[j], categories[i]]  # the anchor of three is the last
            setting = settings.take(slot + template.number, *company)
            yield _question(template, slot, company, setting)


def _question(template: EditTemplate, slot: int, company: list[Category], setting: str) -> EditQuestion:
    objects, bystander = (company[:1], company[1]) if template.objects == "A" else (company, None)
    names = tuple(c.name for c in objects)
    shown = names[:1] if template.objects == "A+B" else names
    bystanders = () if bystander is None else (bystander.name,)
    number = f"{template.number}/{slot:02d}"
    sample = Sample(
        id=f"edit/{number}",
        task="edit",
        sub_domain=template.sub_domain,
        template=template.number,
        prompt=template.instruction(objects),
        objects=names,
        targets=dict(template.targets),
        source=f"{SOURCES}/{number}.png",
        bystanders=bystanders,
    )
    source = Sample(
        id=sample.id,
        task="t2i",
        sub_domain=template.sub_domain,
        template=template.number,
        prompt=template.source_prompt(objects, bystander, setting),
        objects=(*shown, *bystanders),
    )
    return EditQuestion(sample, source)
