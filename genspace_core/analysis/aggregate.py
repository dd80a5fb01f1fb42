"""From results to means, in one pass and in memory that does not grow with the number of samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from genspace_core.analysis.summary import (
    Counts,
    Means,
    SubDomainSummary,
    Summary,
    TemplateSummary,
    Verdict,
    by_number,
)
from genspace_core.errors import InputError
from genspace_core.run.results import Result
from genspace_core.suite.subdomains import SUB_DOMAINS
from genspace_core.types import GenerationOutcome, ReconstructionOutcome, Task

NORMAL_95 = 1.959963984540054
"""Standard errors on each side of a mean that hold 95 % of a normal distribution."""


NO_REASON = "no reason given"
"""Counted as the reason of a refusal that names none."""


def judge(result: Result, metric: str) -> Verdict:
    """What one picture contributes to the means.

    A picture on which an object is missing, there is one too many or reconstruction failed counts
    0 and never "undecidable", or leaving an object out would be a way to score better. The one
    exception is a metric that gave its own verdict all the same, as one does that looks at the
    picture and not at the scene.
    """
    if result.generation is not GenerationOutcome.OK:
        return Verdict(None)
    found = result.reconstruction is ReconstructionOutcome.OK
    lost = result.reconstruction is not None and not found
    score = result.scores.get(metric)
    kept = None if score is None else score.preservation
    if score is not None and not score.undecidable:
        return Verdict(score.value, score.passed, reconstructed=found, preservation=kept)
    if lost:
        return Verdict(0.0, preservation=kept)
    return Verdict(None, undecidable=score is not None, reconstructed=found, preservation=kept)


@dataclass(slots=True)
class _Moments:
    """Running mean and sum of squared deviations (Welford)."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.n += 1
        delta = value - self.mean
        self.mean += delta / self.n
        self.squares += delta * (value - self.mean)

    def mean_or_none(self) -> float | None:
        # Rounding in the running mean can leave 0-1 by one unit in the last place.
        return min(1.0, max(0.0, self.mean)) if self.n else None


@dataclass(slots=True)
class _Sums:
    """What the pictures of one prompt add up to."""

    n: int = 0
    score: float = 0.0
    passed: int = 0

    def add(self, score: float, passed: bool) -> None:
        self.n += 1
        self.score += score
        self.passed += passed


@dataclass(slots=True)
class _Prompt:
    """The prompt whose pictures are arriving."""

    key: tuple[Task, int]
    sample_id: str
    images: int = 0
    made: _Sums = field(default_factory=_Sums)
    found: _Sums = field(default_factory=_Sums)
    asked: _Sums = field(default_factory=_Sums)  # those made, and the refused ones as 0
    kept: _Moments = field(default_factory=_Moments)


@dataclass(slots=True)
class _Template:
    """Accumulators of one template; means are over prompts."""

    sub_domain: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Counts.__slots__, 0))
    score: _Moments = field(default_factory=_Moments)
    passed: _Moments = field(default_factory=_Moments)
    score_found: _Moments = field(default_factory=_Moments)
    passed_found: _Moments = field(default_factory=_Moments)
    score_asked: _Moments = field(default_factory=_Moments)
    kept: _Moments = field(default_factory=_Moments)
    refusals: Counter[str] = field(default_factory=Counter)


_GENERATION_COUNT = {
    None: "waiting",
    GenerationOutcome.OK: "generated",
    GenerationOutcome.REFUSED: "refused",
    GenerationOutcome.FAILED: "generation_failed",
}
_RECONSTRUCTION_COUNT = {
    None: "unreconstructed",
    ReconstructionOutcome.OK: "reconstructed",
    ReconstructionOutcome.OBJECT_MISSING: "object_missing",
    ReconstructionOutcome.WRONG_COUNT: "wrong_count",
    ReconstructionOutcome.FAILED: "reconstruction_failed",
}


class Aggregator:
    """Takes results one at a time; `summary()` can be asked at any moment.

    Pictures of one prompt must come one after the other, as runs give them; the order of prompts
    does not matter.
    """

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self._templates: dict[tuple[Task, int], _Template] = {}
        self._prompt: _Prompt | None = None
        self._images_per_prompt = 0
        self._cost = 0.0
        self._priced = 0
        self._priced_made = 0

    def add(self, result: Result) -> Verdict:
        """Count one picture; returns what it contributes.

        Raises:
            InputError: the sample names a sub-domain that is not one of the nine.
        """
        sample = result.sample
        if sample.sub_domain not in SUB_DOMAINS:
            raise InputError(
                f"sample {sample.id}: unknown sub-domain {sample.sub_domain!r}; "
                f"the nine are {', '.join(SUB_DOMAINS)}"
            )
        key = (sample.task, sample.template)
        template = self._templates.get(key)
        if template is None:
            template = self._templates[key] = _Template(sample.sub_domain)
        if self._prompt is None or self._prompt.sample_id != sample.id:
            self._close_prompt()
            self._prompt = _Prompt(key, sample.id)
        self._prompt.images += 1
        self._images_per_prompt = max(self._images_per_prompt, self._prompt.images)

        if result.cost is not None:
            self._cost += result.cost
            self._priced += 1
            self._priced_made += result.generation is GenerationOutcome.OK
        verdict = judge(result, self.metric)
        _count(template.counts, result, verdict)
        if result.generation is GenerationOutcome.REFUSED:
            self._prompt.asked.add(0.0, False)
            template.refusals[result.refusal or NO_REASON] += 1
        if verdict.value is not None:
            self._prompt.asked.add(verdict.value, verdict.passed)
            self._prompt.made.add(verdict.value, verdict.passed)
            if verdict.reconstructed:
                self._prompt.found.add(verdict.value, verdict.passed)
        if verdict.preservation is not None:
            self._prompt.kept.add(verdict.preservation)
        return verdict

    def _close_prompt(self) -> None:
        """Add the finished prompt's average: prompts are the unit, however many pictures each has."""
        prompt, self._prompt = self._prompt, None
        if prompt is None:
            return
        template = self._templates[prompt.key]
        for sums, score, passed in (
            (prompt.made, template.score, template.passed),
            (prompt.found, template.score_found, template.passed_found),
        ):
            if sums.n:
                score.add(sums.score / sums.n)
                passed.add(sums.passed / sums.n)
        if prompt.asked.n:
            template.score_asked.add(prompt.asked.score / prompt.asked.n)
        if prompt.kept.n:
            template.kept.add(prompt.kept.mean)

    def summary(self) -> Summary:
        """The numbers so far. The next picture added then counts as a new prompt's first."""
        self._close_prompt()
        sub_domains = []
        variances: list[float | None] = []
        for name, dimension in SUB_DOMAINS.items():
            mine = {
                k: self._templates[k]
                for k in sorted(self._templates)
                if self._templates[k].sub_domain == name
            }
            templates = tuple(_template_summary(*key, template) for key, template in mine.items())
            variance = _variance([t.score for t in mine.values() if t.score.n])
            means = _mean_of([t.means for t in templates], variance)
            if means.score is not None:
                variances.append(variance)
            refusals = sum((t.refusals for t in mine.values()), Counter[str]())
            sub_domains.append(
                SubDomainSummary(
                    name=name,
                    dimension=dimension,
                    counts=sum((t.counts for t in templates), Counts()),
                    means=means,
                    templates=templates,
                    refusals=by_number(refusals),
                )
            )
        known = [v for v in variances if v is not None]
        # The mean of k independent estimates has the variance sum / k**2; unknown if one of them is.
        variance = sum(known) / len(known) ** 2 if known and len(known) == len(variances) else None
        return Summary(
            metric=self.metric,
            counts=sum((d.counts for d in sub_domains), Counts()),
            means=_mean_of([d.means for d in sub_domains], variance),
            sub_domains=tuple(sub_domains),
            images_per_prompt=self._images_per_prompt,
            cost=self._cost if self._priced else None,
            priced=self._priced,
            priced_made=self._priced_made,
        )


def summarize(results: Iterable[Result], metric: str) -> Summary:
    """Aggregate a run's results, read once, under one metric."""
    aggregator = Aggregator(metric)
    for result in results:
        aggregator.add(result)
    return aggregator.summary()


def _count(counts: dict[str, int], result: Result, verdict: Verdict) -> None:
    counts["planned"] += 1
    counts[_GENERATION_COUNT[result.generation]] += 1
    if result.generation is not GenerationOutcome.OK:
        return
    counts[_RECONSTRUCTION_COUNT[result.reconstruction]] += 1
    if verdict.undecidable:
        counts["undecidable"] += 1
    elif verdict.value is None:
        counts["unscored"] += 1
    else:
        counts["scored"] += 1
        counts["passed"] += verdict.passed


def _template_summary(task: Task, number: int, template: _Template) -> TemplateSummary:
    variance = _variance([template.score]) if template.score.n > 1 else None
    means = Means(
        score=template.score.mean_or_none(),
        half_width=None if variance is None else NORMAL_95 * sqrt(variance),
        pass_rate=template.passed.mean_or_none(),
        score_reconstructed=template.score_found.mean_or_none(),
        pass_rate_reconstructed=template.passed_found.mean_or_none(),
        prompts=template.score.n,
        preservation=template.kept.mean_or_none(),
        score_with_refused=template.score_asked.mean_or_none(),
    )
    return TemplateSummary(
        task=task,
        template=number,
        sub_domain=template.sub_domain,
        counts=Counts(**template.counts),
        means=means,
    )


def _variance(strata: Sequence[_Moments]) -> float | None:
    """Variance of the plain mean of the strata's means (stratified sampling).

    Every stratum of n prompts adds s**2 / n, s**2 from its own spread; one with a single prompt
    borrows the pooled s**2 of the others. None when no stratum has two prompts.
    """
    freedom = sum(s.n - 1 for s in strata)
    if freedom <= 0:
        return None
    pooled = sum(s.squares for s in strata) / freedom
    return sum((s.squares / (s.n - 1) if s.n > 1 else pooled) / s.n for s in strata) / len(strata) ** 2


def _mean_of(parts: Sequence[Means], variance: float | None) -> Means:
    """The plain mean of the parts, each counting the same; a part without a picture is left out."""
    return Means(
        score=_mean([p.score for p in parts]),
        half_width=None if variance is None else NORMAL_95 * sqrt(variance),
        pass_rate=_mean([p.pass_rate for p in parts]),
        score_reconstructed=_mean([p.score_reconstructed for p in parts]),
        pass_rate_reconstructed=_mean([p.pass_rate_reconstructed for p in parts]),
        prompts=sum(p.prompts for p in parts),
        preservation=_mean([p.preservation for p in parts]),
        score_with_refused=_mean([p.score_with_refused for p in parts]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return min(1.0, sum(known) / len(known)) if known else None
