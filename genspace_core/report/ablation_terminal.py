"""What swapping a stage changes, for people at a terminal; fits 100 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from genspace_core.analysis.ablation import Area, Ranking, RunComparison, VariantComparison
from genspace_core.analysis.resampling import OVERALL, Estimate
from genspace_core.report.ablation import AblationReport, VariantReport, notes_of
from genspace_core.report.labels import NOTHING, SUB_DOMAIN_LABELS, percent, with_interval

ROOMY: Final = 108
"""Columns from which on the widest table has two blanks between its columns, not one."""
_HEADS: Final = ("base", "variant", "difference", "agree, %")

AREA_LABELS: Final = {OVERALL: "Overall", **SUB_DOMAIN_LABELS}

_WORK: Final = "Work: pictures; * results that a stage computed / found kept from before."
_LEGEND: Final = (
    "Scores in percent, ± and [ ] are 95 % intervals. Difference: variant minus base, over pictures with a "
    "score under both. Agree: share of those on which both say passed, or both say not passed."
)
_PICTURE_TAU: Final = (
    "Picture tau: Kendall's tau-b between the prompts' scores under base and variant (1: the same pictures "
    "are the better ones). It says nothing of the order of generators, which takes two runs or more."
)
_GENERATOR_TAU: Final = (
    "Generator tau: Kendall's tau-b between the generators' scores under base and variant (1: the same "
    "order, -1: the opposite one); its interval comes from drawing other prompts of the same questions."
)


def print_ablation(report: AblationReport, console: Console) -> None:
    """Print each variant, what it took, and what to know before believing it."""
    gap = 2 if console.width >= ROOMY else 1
    several = bool(report.variants[0].comparison.rankings)
    for variant in report.variants:
        compared = variant.comparison
        head = Text(compared.variant, style="bold")
        console.print(head.append(f"  instead of {variant.instead_of}", style="not bold dim"))
        if several:
            console.print(_generators(compared), "", _rankings(compared.rankings), "")
            for block in _blocks(compared.runs):
                console.print(_scores(block), "")
        else:
            console.print(_one_run(compared.runs[0], gap), "")
    if len(report.variants) > 1:
        console.print(_summary(report.variants, gap), "")
    console.print(_work(report.variants), "")
    console.print(Text(f"{_WORK} {_LEGEND} {_GENERATOR_TAU if several else _PICTURE_TAU}", style="dim"))
    console.print(Text(f"The base was made with {report.setup}.", style="dim"))
    for note in notes_of(report):
        console.print(Text(f"! {note}", style="yellow"))


def _one_run(run: RunComparison, gap: int) -> Table:
    table = _numbers(run.generator, *_HEADS, "picture tau", gap=gap)
    for area in run.areas:
        table.add_row(
            AREA_LABELS[area.name],
            *_area_cells(area),
            _tau(area.picture_tau),
            style="bold" if area.name == OVERALL else "",
            end_section=area.name == OVERALL,
        )
    return table


def _generators(compared: VariantComparison) -> Table:
    """Overall, one row for each run, best under the base first."""
    table = _table()
    table.add_column("Place", no_wrap=True)
    table.add_column("Generator", min_width=9, max_width=18, overflow="fold")
    for head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    rows = list(zip(compared.runs, compared.rankings[0].places, strict=True))
    for run, place in sorted(rows, key=lambda row: (row[1].base is None, row[1].base)):
        table.add_row(_place(place.base, place.variant), escape(run.generator), *_area_cells(run.areas[0]))
    return table


def _area_cells(area: Area) -> tuple[str | Text, ...]:
    return (
        with_interval(area.base),
        with_interval(area.variant),
        _difference(area.difference),
        _percent(area.pairs.agreement),
    )


def _rankings(rankings: Sequence[Ranking]) -> Table:
    table = _numbers("All generators", "generator tau", "agree, %")
    table.add_column("places that changed", overflow="fold")
    for ranking in rankings:
        table.add_row(
            AREA_LABELS[ranking.area],
            *_ranking_cells(ranking),
            style="bold" if ranking.area == OVERALL else "",
            end_section=ranking.area == OVERALL,
        )
    return table


def _ranking_cells(ranking: Ranking) -> tuple[str, ...]:
    moved = [
        f"{place.generator} {_place(place.base, place.variant)}"
        for place in ranking.places
        if place.base != place.variant
    ]
    return _tau(ranking.tau), _percent(ranking.pairs.agreement), escape(", ".join(moved) or "none")


def _summary(variants: Sequence[VariantReport], gap: int) -> Table:
    """The overall row of every variant once more, one under the other."""
    if variants[0].comparison.rankings:
        table = _numbers("All variants", "generator tau", "agree, %")
        table.add_column("places that changed", overflow="fold")
        for variant in variants:
            compared = variant.comparison
            table.add_row(escape(compared.variant), *_ranking_cells(compared.rankings[0]))
        return table
    table = _numbers("All variants", *_HEADS, "picture tau", gap=gap)
    for variant in variants:
        overall = variant.comparison.runs[0].areas[0]
        table.add_row(escape(variant.comparison.variant), *_area_cells(overall), _tau(overall.picture_tau))
    return table


def _scores(runs: Sequence[RunComparison]) -> Table:
    table = _table()
    table.add_column("base > variant", min_width=15)
    for run in runs:
        table.add_column(escape(run.generator), justify="right", max_width=16, overflow="fold")
    for areas in zip(*(run.areas for run in runs), strict=True):
        table.add_row(AREA_LABELS[areas[0].name], *map(_moved, areas))
    return table


def _blocks(runs: Sequence[RunComparison], at_once: int = 5) -> Iterable[Sequence[RunComparison]]:
    return (runs[i : i + at_once] for i in range(0, len(runs), at_once))


def _work(variants: Sequence[VariantReport]) -> Table:
    """How often each stage had to be asked, summed over the runs."""
    stages = list(dict.fromkeys(s for v in variants for w in v.work for s in (*w.computed, *w.kept)))
    table = _numbers("Work", "rebuilt", "there", "failed", *(f"{stage}*" for stage in stages))
    for variant in variants:
        work = variant.work
        table.add_row(
            escape(variant.comparison.variant),
            str(sum(w.rebuilt for w in work)),
            str(sum(w.there for w in work)),
            str(sum(w.troubles.count for w in work)),
            *(
                f"{sum(w.computed.get(s, 0) for w in work)} / {sum(w.kept.get(s, 0) for w in work)}"
                for s in stages
            ),
        )
    return table


def _numbers(first: str, *heads: str, gap: int = 2) -> Table:
    """A table with names in its first column and numbers in the others."""
    table = _table(gap)
    table.add_column(escape(first), min_width=15, max_width=24, overflow="fold")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _table(gap: int = 2) -> Table:
    """A table with this many blanks between its columns, of which the box itself has one."""
    padding = (0, gap - 1, 0, 0)
    return Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, header_style="", show_edge=False)


def _place(base: int | None, variant: int | None) -> str:
    before, after = (NOTHING if place is None else str(place) for place in (base, variant))
    return before if before == after else f"{before} > {after}"


def _difference(found: Estimate) -> Text:
    """In points; coloured where the interval leaves out no change at all."""
    if found.value is None:
        return Text(NOTHING)
    text = f"{100 * found.value:+.1f}"
    if found.low is None or found.high is None:
        return Text(text)
    sure = found.low > 0 or found.high < 0
    style = "" if not sure else "green" if found.value > 0 else "red"
    return Text(f"{text} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]", style=style)


def _percent(found: Estimate) -> str:
    if found.value is None or found.low is None or found.high is None:
        return percent(found.value)
    return f"{percent(found.value)} [{percent(found.low)}, {percent(found.high)}]"


def _tau(found: Estimate) -> str:
    if found.value is None:
        return NOTHING
    text = f"{found.value:.2f}"
    return text if found.low is None or found.high is None else f"{text} [{found.low:.2f}, {found.high:.2f}]"


def _moved(area: Area) -> str:
    return f"{percent(area.base.score)} > {percent(area.variant.score)}"
