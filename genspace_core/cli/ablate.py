"""`genspace ablate`: does the ranking move when a stage of the reconstructor is swapped?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genspace_core.cli.offline import OFFLINE, go_offline
from genspace_core.cli.starting import WORKERS_DEFAULT

if TYPE_CHECKING:
    from rich.console import Console

    from genspace_core.interfaces import Executor
    from genspace_core.plugins.config import Resolved
    from genspace_core.report.ablation import AblationReport
    from genspace_core.run.ablate import Work
    from genspace_core.run.judge_spec import JudgeSpec
    from genspace_core.run.reader import StoredRun
    from genspace_core.run.swaps import Variant

    # A variant, and for each run what is judged with it.
    Planned = tuple[Variant, list[JudgeSpec]]

PANEL_HOW = "How"
PANEL_OUTPUT = "Output"


def ablate(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Run directories, or folders that hold some.", show_default=False
        ),
    ],
    swap: Annotated[
        list[str],
        typer.Option(
            "--swap",
            metavar="KEY=NAME[,NAME...]",
            help="A key of the reconstructor's configuration (detector, depth, camera, orientation, lifting, "
            "intrinsics, ...) and what it is to be instead: tables of plugins.toml or plugins, a value, or "
            "none. One variant for each name; repeatable.",
            show_default=False,
        ),
    ],
    grid: Annotated[
        bool, typer.Option("--grid", help="Also every combination of the names of different keys.")
    ] = False,
    metric: Annotated[
        str | None,
        typer.Option("--metric", "-m", help="Metric to show.", show_default="spatial, or the run's first"),
    ] = None,
    plugins: Annotated[
        Path | None,
        typer.Option("--plugins", help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            help="Processes.",
            show_default=WORKERS_DEFAULT,
            rich_help_panel=PANEL_HOW,
        ),
    ] = None,
    executor: Annotated[str, typer.Option(help="Where stages run.", rich_help_panel=PANEL_HOW)] = "local",
    offline: Annotated[
        bool,
        typer.Option(
            "--offline", help=OFFLINE, rich_help_panel=PANEL_HOW, callback=go_offline, is_eager=True
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be rebuilt for each variant; do nothing.",
            rich_help_panel=PANEL_OUTPUT,
        ),
    ] = False,
    json_output: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON document instead of tables.", rich_help_panel=PANEL_OUTPUT
        ),
    ] = False,
) -> None:
    """Swap a stage of the reconstructor, judge the same pictures again, and say what moves.

    No picture is made, and what the other stages found is used again: swapping the depth estimator
    detects nothing anew. Scenes and scores of each variant are kept in the run beside its own, so a
    repeated command goes on or only prints; the leaderboard of the run stays as it was.

    With one run it says how scores, verdicts and the order of the pictures change; with several, also
    whether the order of the generators does (Kendall's tau). See docs/ablation.md.

    - genspace ablate runs/flux --swap depth=zoedepth,depth-pro (two variants of one run)
    - genspace ablate runs --swap depth=zoedepth (does the ranking of all runs move?)
    - genspace ablate runs --swap depth=zoedepth --swap camera=geocalib --grid (each, and both at once)
    - genspace ablate runs --swap orientation=none --dry-run (what would have to be rebuilt)
    """  # fmt: skip
    from rich.console import Console

    from genspace_core.analysis.leaderboard import choose_metric
    from genspace_core.cli.offline import require_weights
    from genspace_core.cli.starting import choose_executor, tell_licences
    from genspace_core.errors import InputError
    from genspace_core.run.reader import open_runs
    from genspace_core.run.swaps import read_swaps, variants

    stored = open_runs(runs)
    shown = [choose_metric(run, metric) for run in stored]
    _check_alike(stored, shown[0])
    asked = variants(read_swaps(swap), grid=grid)
    planned = _plan(stored, asked, plugins)
    if not planned:
        raise InputError("every variant is what the runs were rebuilt with; swap something else")
    used = [plugin for _, specs in planned for plugin in (specs[0].reconstructor, *specs[0].metrics)]
    require_weights(used, plugins, offline=offline)
    if dry_run:
        _show_plan(stored, planned, as_json=json_output)
        return
    where = choose_executor(executor, workers, used, plugins)
    tell_licences(used)
    work = _judge_all(stored, planned, where, Console(stderr=True), quiet=json_output)
    _show(stored, planned, work, shown[0], as_json=json_output)
    if any(each.troubles.count for row in work for each in row):
        raise typer.Exit(1)


def _check_alike(runs: Sequence[StoredRun], metric: str) -> None:
    """Refuse what could not be ranked side by side."""
    from genspace_core.analysis.leaderboard import setup_of
    from genspace_core.errors import InputError
    from genspace_core.run.swaps import base_of

    for run in runs:
        base_of(run)
    first = setup_of(runs[0], metric)
    for run in runs[1:]:
        setup = setup_of(run, metric)
        same = (
            (setup.suite_digest, first.suite_digest, "suite"),
            (setup.reconstructor.key, first.reconstructor.key, "reconstructor"),
            (setup.metric.key, first.metric.key, "metric"),
        )
        differ = [what for one, other, what in same if one != other]
        if differ:
            raise InputError(
                f"{runs[0].directory} and {run.directory} do not share their {' and '.join(differ)}, so they "
                "cannot be ranked side by side; ablate them in two commands"
            )


def _plan(runs: Sequence[StoredRun], asked: Sequence[Variant], plugins: Path | None) -> list[Planned]:
    """What is to be judged, all of it checked before the first picture; tells what changes nothing."""
    from genspace_core.run.ablate import spec_of
    from genspace_core.run.swaps import resolve_variant

    planned: list[Planned] = []
    for variant in asked:
        resolved = [resolve_variant(run, variant, plugins) for run in runs]
        if any(one is None for one in resolved):  # the runs share their base
            typer.echo(f"note: {variant.label} is what the runs were rebuilt with; left out", err=True)
            continue
        specs = [spec_of(run, one) for run, one in zip(runs, resolved, strict=True) if one is not None]
        planned.append((variant, specs))
    return planned


def _names(runs: Sequence[StoredRun]) -> list[str]:
    """The generator of each run, with its directory where two runs have the same."""
    generators = [run.generator for run in runs]
    return [
        f"{run.generator} ({run.directory.name})" if generators.count(run.generator) > 1 else run.generator
        for run in runs
    ]


def _show_plan(runs: Sequence[StoredRun], planned: Sequence[Planned], *, as_json: bool) -> None:
    from genspace_core.run.ablate import preview_judging

    rows = []
    for variant, specs in planned:
        for run, name, spec in zip(runs, _names(runs), specs, strict=True):
            todo = preview_judging(spec)
            rows.append((variant.label, name, run.directory, todo))
    if as_json:
        described = [
            {"variant": label, "directory": str(directory)}
            | {part: todo.describe()[part] for part in ("sources", "scenes", "scores")}
            for label, _, directory, todo in rows
        ]
        typer.echo(json.dumps({"dry_run": True, "variants": described}, indent=2))
        return
    for label, name, directory, todo in rows:
        typer.echo(
            f"{label}: {name} ({directory})\n"
            + (f"  sources to rebuild    {todo.sources:>6}\n" if todo.sources else "")
            + f"  scenes to rebuild     {todo.scenes:>6}   ({todo.scenes_done} done)\n"
            f"  scores to compute     {todo.scores:>6}   ({todo.scores_done} done)"
        )
    typer.echo("Stages that are not swapped, nor read what is, find their results in the runs' stages/.")


def _judge_all(
    runs: Sequence[StoredRun], planned: Sequence[Planned], where: Resolved, console: Console, *, quiet: bool
) -> list[list[Work]]:
    """Judge variant by variant, so that each loads its models once; tells troubles as they come."""
    executor: Executor = where.build()
    try:
        return [
            [
                _judge(spec, f"{name}, {variant.label}", executor, console, quiet=quiet)
                for name, spec in zip(_names(runs), specs, strict=True)
            ]
            for variant, specs in planned
        ]
    finally:
        executor.shutdown()


def _judge(spec: JudgeSpec, label: str, executor: Executor, console: Console, *, quiet: bool) -> Work:
    from genspace_core.cli.progress import LiveProgress
    from genspace_core.run.ablate import judge_again
    from genspace_core.run.observer import Observer

    progress = LiveProgress(console) if console.is_terminal and not quiet else None
    try:
        work = judge_again(spec, label, executor, progress or Observer())
    finally:
        if progress is not None:
            progress.close()
    for line in work.troubles.examples:
        typer.echo(f"{label}: {line}", err=True)
    if work.troubles.count:
        again = "repeat the command to try those again"
        typer.echo(f"error: {label}: {work.troubles.count} pictures failed; {again}", err=True)
    return work


def _show(
    runs: Sequence[StoredRun],
    planned: Sequence[Planned],
    work: Sequence[Sequence[Work]],
    metric: str,
    *,
    as_json: bool,
) -> None:
    from genspace_core.analysis.ablation import compare
    from genspace_core.analysis.leaderboard import setup_of
    from genspace_core.analysis.pairing import PairedRun
    from genspace_core.report.ablation import AblationReport, VariantReport, ablation_json
    from genspace_core.run.swaps import instead_of

    samples = planned[0][1][0].suite.samples
    reports = []
    for (variant, specs), took in zip(planned, work, strict=True):
        paired = [
            PairedRun(name, run.directory.name, samples, run, run.under(spec.reconstructor_key), metric)
            for run, name, spec in zip(runs, _names(runs), specs, strict=True)
        ]
        reports.append(
            VariantReport(
                instead_of=instead_of(runs[0], variant),
                comparison=compare(variant.label, samples, paired),
                work=tuple(took),
            )
        )
    report = AblationReport(setup=setup_of(runs[0], metric), variants=tuple(reports))
    if as_json:
        typer.echo(ablation_json(report), nl=False)
    else:
        _print(report)


def _print(report: AblationReport) -> None:
    from rich.console import Console

    from genspace_core.report.ablation_terminal import print_ablation
    from genspace_core.report.terminal import FILE_WIDTH

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    print_ablation(report, console)
