"""Several runs side by side, ranked only where ranking means something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genspace_core.analysis.aggregate import summarize
from genspace_core.analysis.bill import NOTHING_PAID, Bill, bill_notes
from genspace_core.analysis.summary import Summary
from genspace_core.errors import InputError
from genspace_core.run.results import RunResults

DEFAULT_METRIC = "spatial"
SHORT_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A plugin that had a say in the scores.

    Attributes:
        name: what it was asked for by.
        version: of its output; empty when the run does not say.
        key: content key of its whole identity, configuration included; empty when unknown.
    """

    name: str
    version: str = ""
    key: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name, self.version, self.key and f"({self.key[:SHORT_DIGEST]})")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What two runs must share for their scores to be compared."""

    suite: str
    suite_digest: str
    reconstructor: Part
    metric: Part

    def __str__(self) -> str:
        return (
            f"suite {self.suite} ({self.suite_digest[:SHORT_DIGEST]}), "
            f"reconstructor {self.reconstructor}, metric {self.metric}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run on a leaderboard.

    Attributes:
        label: the generator's name; with the run directory's name where two rows would share it.
        generator: name it was asked for by.
        run: name of the run directory.
        setup: what its scores were made with.
        group: "A", "B", ...: rows of different groups were made with different set-ups.
        rank: 1-based within its group; None without a score.
        summary: every number.
        bill: what was paid in the run beside the cost of its pictures.
    """

    label: str
    generator: str
    run: str
    setup: Setup
    group: str
    rank: int | None
    summary: Summary
    bill: Bill = NOTHING_PAID

    @property
    def final(self) -> bool:
        """Whether every planned picture is done and every sub-domain has a score."""
        return self.summary.counts.finished and self.summary.covered == len(self.summary.sub_domains)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Rows by group, best first, and what a reader must know before comparing them."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def groups(self) -> dict[str, tuple[Row, ...]]:
        """Rows by group, in order."""
        return {
            g: tuple(r for r in self.rows if r.group == g) for g in dict.fromkeys(r.group for r in self.rows)
        }


def choose_metric(run: RunResults, asked: str | None = None) -> str:
    """The metric to show a run under: the one asked for, else "spatial", else the run's first.

    Raises:
        InputError: the run has no such metric; the message names those it has.
    """
    if asked is None:
        if not run.metrics:
            raise InputError(
                f"{run.directory}: the run has no metric; repeat it with --metric {DEFAULT_METRIC}"
            )
        return DEFAULT_METRIC if DEFAULT_METRIC in run.metrics else run.metrics[0]
    if asked not in run.metrics:
        has = ", ".join(run.metrics) or "none"
        raise InputError(
            f"{run.directory}: not scored with metric {asked!r}; it has: {has}; "
            f"add it with: genspace score {run.directory} --metric {asked}"
        )
    return asked


def setup_of(run: RunResults, metric: str) -> Setup:
    """What a run's scores under a metric were made with."""
    facts = run.provenance
    metrics = facts.get("metrics", ())
    return Setup(
        suite=run.suite,
        suite_digest=run.suite_digest,
        reconstructor=_part(run.reconstructor, facts.get("reconstructor", {})),
        metric=_part(metric, next((m for m in metrics if m.get("name") == metric), {})),
    )


def build_leaderboard(runs: Sequence[RunResults], metric: str | None = None) -> Leaderboard:
    """Read every run once and rank them.

    Raises:
        InputError: no run at all, or one has no such metric.
    """
    chosen = [choose_metric(run, metric) for run in runs]  # all of them, before the first is read
    return rank((run, summarize(run, name)) for run, name in zip(runs, chosen, strict=True))


def rank(summaries: Iterable[tuple[RunResults, Summary]]) -> Leaderboard:
    """Rank runs that were summarised already.

    Raises:
        InputError: there is none.
    """
    entries = [(run, setup_of(run, summary.metric), summary) for run, summary in summaries]
    if not entries:
        raise InputError("no run to show; name at least one run directory")
    entries.sort(key=lambda e: (_descending(e[2]), e[0].generator, e[0].directory.name))
    # A group's place is that of its best row, so the first row is always the best of all.
    groups = {setup: _letter(i) for i, setup in enumerate(dict.fromkeys(setup for _, setup, _ in entries))}
    entries.sort(key=lambda e: list(groups).index(e[1]))
    names = Counter((setup, run.generator) for run, setup, _ in entries)
    ranks: Counter[Setup] = Counter()
    rows = []
    for run, setup, summary in entries:
        ranks[setup] += 1
        shared = names[setup, run.generator] > 1
        rows.append(
            Row(
                label=f"{run.generator} ({run.directory.name})" if shared else run.generator,
                generator=run.generator,
                run=run.directory.name,
                setup=setup,
                group=groups[setup],
                rank=ranks[setup] if summary.means.score is not None else None,
                summary=summary,
                bill=Bill.of(run.provenance),
            )
        )
    return Leaderboard(tuple(rows), tuple(_notes(rows, groups)))


def _notes(rows: Sequence[Row], groups: Mapping[Setup, str]) -> list[str]:
    """What must not be overlooked, one sentence each."""
    notes = []
    if len(groups) > 1:
        notes.append(
            "These runs were not made alike, so they are ranked in separate groups; "
            "do not compare scores between groups."
        )
        notes += [f"Group {letter}: {setup}." for setup, letter in groups.items()]
    for row in rows:
        counts, covered = row.summary.counts, row.summary.covered
        if not counts.finished:
            notes.append(f"* {row.label} is not finished: {counts.done} of {counts.planned} pictures done.")
        if counts.done and covered < len(row.summary.sub_domains):
            notes.append(
                f"* {row.label} has scores in {covered} of 9 sub-domains; its overall is the mean of those."
            )
        if counts.undecidable:
            notes.append(
                f"{row.label}: {counts.undecidable} of {counts.generated} pictures could not be judged "
                "and are not in its scores."
            )
        lost = counts.refused + counts.generation_failed
        if lost:
            notes.append(
                f"{row.label}: {lost} of {counts.planned} pictures were never made "
                f"({counts.refused} refused, {counts.generation_failed} failed) and are not in its scores."
            )
        notes += [f"{row.label}: {note}" for note in bill_notes(row.bill, row.summary.cost)]
    for letter in dict.fromkeys(groups.values()):
        planned = sorted({r.summary.counts.planned for r in rows if r.group == letter})
        if len(planned) > 1:
            where = f"Group {letter}: the" if len(groups) > 1 else "The"
            notes.append(
                f"{where} runs planned different numbers of pictures ({', '.join(map(str, planned))}), "
                "so their prompts differ."
            )
    return notes


def _descending(summary: Summary) -> tuple[bool, float]:
    score = summary.means.score
    return (score is None, -(score or 0.0))


def _letter(index: int) -> str:
    """A to Z, then AA, AB, ..."""
    return (_letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def _part(name: str, facts: Mapping[str, Any]) -> Part:
    """What run.json says of a plugin; a run of another origin may say less."""
    return Part(name, str(facts.get("identity", {}).get("version", "")), facts.get("key", ""))
