"""What a suite is made of, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from genspace_core.suite.build import NAME
from genspace_core.suite.build_edit import NAME as NAME_EDIT
from genspace_core.suite.categories import load_categories
from genspace_core.suite.subdomains import SUB_DOMAINS, sub_domain_of
from genspace_core.types import Sample, Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateStats:
    """One template's share of a suite.

    Attributes:
        template: 0-35.
        sub_domain: its sub-domain.
        dimension: pose, relation or measurement.
        samples: how many there are.
        distinct_a: different names as object A.
        distinct_b: different names as object B, where that is another one than A.
        stand_ins: samples whose A stands in for the category that the slot belongs to; None for
            a suite that does not work that way.
    """

    template: int
    sub_domain: str
    dimension: str
    samples: int
    distinct_a: int
    distinct_b: int
    stand_ins: int | None


def count_templates(suite: Suite) -> list[TemplateStats]:
    """The numbers of every template that the suite has samples of, in order."""
    groups: dict[int, list[Sample]] = {}
    for sample in suite:
        groups.setdefault(sample.template, []).append(sample)
    return [
        TemplateStats(
            template=number,
            sub_domain=sub_domain_of(number),
            dimension=SUB_DOMAINS[sub_domain_of(number)],
            samples=len(samples),
            distinct_a=len({s.objects[0] for s in samples}),
            distinct_b=len({s.objects[1] for s in samples if len(set(s.objects)) > 1}),
            stand_ins=sum(map(_is_stand_in, samples)) if suite.name in (NAME, NAME_EDIT) else None,
        )
        for number, samples in sorted(groups.items())
    ]


def _is_stand_in(sample: Sample) -> bool:
    slot = int(sample.id.rpartition("/")[2])
    owner = sample.objects[-1 if len(sample.objects) > 2 else 0]  # of a layout of three: its anchor
    return owner != load_categories()[slot].name
