"""The numbers of one run under one metric, as plain frozen data. docs/results.md defines each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from genspace_core.types import Task


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one picture contributes.

    Attributes:
        value: 0-1, or None when the picture is not part of the mean.
        passed: every constraint holds.
        undecidable: the metric saw the picture and could not tell; `value` is None.
        reconstructed: every object was found, so the picture is part of `score_reconstructed`.
        preservation: 0-1, of an edit: how much stayed that should; None where that is not known.
    """

    value: float | None
    passed: bool = False
    undecidable: bool = False
    reconstructed: bool = False
    preservation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Pictures by what became of them. Each line of the sums below is a partition.

    planned = waiting + generated + refused + generation_failed
    generated = unreconstructed + reconstructed + object_missing + wrong_count + reconstruction_failed
    generated = unscored + undecidable + scored; passed is a part of scored
    """

    planned: int = 0
    waiting: int = 0
    generated: int = 0
    refused: int = 0
    generation_failed: int = 0
    unreconstructed: int = 0
    reconstructed: int = 0
    object_missing: int = 0
    wrong_count: int = 0
    reconstruction_failed: int = 0
    unscored: int = 0
    undecidable: int = 0
    scored: int = 0
    passed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    @property
    def done(self) -> int:
        """Pictures on which nothing is left to do."""
        return self.planned - self.waiting - self.unscored

    @property
    def finished(self) -> bool:
        """Whether every planned picture has come to its end."""
        return self.done == self.planned

    @property
    def detection_rate(self) -> float | None:
        """Pictures with every object found, of those looked at; None before the first."""
        looked_at = self.generated - self.unreconstructed
        return self.reconstructed / looked_at if looked_at else None

    @property
    def refusal_rate(self) -> float | None:
        """Refused pictures, of those that were made or refused; None before the first."""
        answered = self.generated + self.refused
        return self.refused / answered if answered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Means over prompts, 0-1; None where no picture counts.

    Attributes:
        score: over every picture that was made and could be judged; a missing object counts 0.
        half_width: `score` plus and minus this is its 95 % interval; None where a single prompt
            gives nothing to estimate it from.
        pass_rate: share of the pictures of `score` on which every constraint holds.
        score_reconstructed: as `score`, over pictures on which every object was found.
        pass_rate_reconstructed: as `pass_rate`, over the same.
        score_with_refused: as `score`, with every refused picture counting 0.
        prompts: how many prompts are in `score`.
        preservation: of edits, how much stayed that should, over every picture for which it is known;
            beside `score`, no part of it.
    """

    score: float | None = None
    half_width: float | None = None
    pass_rate: float | None = None
    score_reconstructed: float | None = None
    pass_rate_reconstructed: float | None = None
    prompts: int = 0
    preservation: float | None = None
    score_with_refused: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSummary:
    """One of the 36 questions of a task."""

    task: Task
    template: int
    sub_domain: str
    counts: Counts
    means: Means


@dataclass(frozen=True, slots=True, kw_only=True)
class SubDomainSummary:
    """One of the nine sub-domains: its means are means of its templates' means.

    `refusals`: refused pictures by the vendor's own word for why, the most frequent first.
    """

    name: str
    dimension: str
    counts: Counts
    means: Means
    templates: tuple[TemplateSummary, ...]
    refusals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One run under one metric: its means are means of the sub-domains' means.

    Attributes:
        metric: name of the metric.
        counts: over all pictures.
        means: over the sub-domains that have any picture; see `covered`.
        sub_domains: all nine, in the tables' order, also those without a picture.
        images_per_prompt: the most pictures one prompt was given.
        cost: US dollars, summed over the pictures whose cost is known, refused ones too; None if none is.
        priced: how many pictures those are.
        priced_made: how many of those were made.
    """

    metric: str
    counts: Counts
    means: Means
    sub_domains: tuple[SubDomainSummary, ...]
    images_per_prompt: int
    cost: float | None
    priced: int
    priced_made: int

    @property
    def covered(self) -> int:
        """How many of the nine sub-domains have a score."""
        return sum(d.means.score is not None for d in self.sub_domains)

    @property
    def refusals(self) -> Mapping[str, int]:
        """Refused pictures by the vendor's own word for why, the most frequent first."""
        total: Counter[str] = Counter()
        for part in self.sub_domains:
            total.update(part.refusals)
        return by_number(total)

    @property
    def cost_per_picture(self) -> float | None:
        """US dollars for one picture that was made, what refused ones cost included; None if unknown."""
        return self.cost / self.priced_made if self.cost is not None and self.priced_made else None


def by_number(numbers: Mapping[str, int]) -> dict[str, int]:
    """The greatest number first; equal ones by name."""
    return dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0])))
