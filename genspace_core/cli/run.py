"""`genspace run`: generate, reconstruct and score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genspace_core.cli.money import BudgetOption, NoBudgetOption, PriceOption
from genspace_core.cli.offline import OFFLINE, go_offline
from genspace_core.cli.starting import WORKERS_DEFAULT

if TYPE_CHECKING:
    from rich.console import Console

    from genspace_core.plugins.config import Resolved
    from genspace_core.run.judge_flow import Troubles
    from genspace_core.run.plan import RunSpec

PANEL_WHAT = "What to run"
PANEL_HOW = "How much and how"
PANEL_OUTPUT = "Output"


def run(
    generator: Annotated[
        list[str],
        typer.Option(
            "--generator",
            "-g",
            help="Model to benchmark; repeat for several. See: genspace plugins",
            rich_help_panel=PANEL_WHAT,
            show_default=False,
        ),
    ],
    suite: Annotated[
        str,
        typer.Option(
            "--suite", "-s", help="Suite name, or an exported .jsonl file.", rich_help_panel=PANEL_WHAT
        ),
    ] = "genspace-t2i",
    reconstructor: Annotated[
        str,
        typer.Option(
            "--reconstructor", "-r", help="What turns pictures into scenes.", rich_help_panel=PANEL_WHAT
        ),
    ] = "fiducial",
    metric: Annotated[
        list[str],
        typer.Option("--metric", "-m", help="How scenes are scored; repeatable.", rich_help_panel=PANEL_WHAT),
    ] = ["spatial"],  # noqa: B006  (typer copies it)
    plugins: Annotated[
        Path | None,
        typer.Option(
            "--plugins",
            help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml.",
            rich_help_panel=PANEL_WHAT,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="Only this many samples, spread over all questions.", rich_help_panel=PANEL_HOW
        ),
    ] = None,
    per_template: Annotated[
        int | None,
        typer.Option(
            min=1, help="Only this many samples of each of the 36 questions.", rich_help_panel=PANEL_HOW
        ),
    ] = None,
    images_per_prompt: Annotated[
        int, typer.Option(min=1, help="Pictures made of each prompt.", rich_help_panel=PANEL_HOW)
    ] = 1,
    seed: Annotated[
        int,
        typer.Option(min=0, help="Every picture's own seed is derived from it.", rich_help_panel=PANEL_HOW),
    ] = 0,
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
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="Each generator's run goes to OUT/GENERATOR. Repeat the command to resume.",
            rich_help_panel=PANEL_OUTPUT,
        ),
    ] = Path("runs"),
    budget: BudgetOption = None,
    price: PriceOption = None,
    no_budget: NoBudgetOption = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be done, and its cost; do nothing.",
            rich_help_panel=PANEL_OUTPUT,
        ),
    ] = False,
    json_output: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON document instead of a table.", rich_help_panel=PANEL_OUTPUT
        ),
    ] = False,
) -> None:
    """Benchmark generators: make pictures, rebuild them in 3D, score the geometry.

    Finished pictures are never made again: repeating a command resumes it, and changing a metric
    or a reconstructor keeps the pictures.

    - genspace run -g perfect --per-template 10 (360 prompts of the built-in model)
    - genspace run -g perfect -g frontal -o runs (two models, then a leaderboard)
    - genspace run -g gpt-image-2 --dry-run (how many calls, what they cost, how long they take)
    - genspace run -g gpt-image-2 --budget 50 (stops before it has cost more; repeat with more to go on)
    """  # fmt: skip
    from rich.console import Console

    from genspace_core.cli.money import budget_for, tell_endings, with_prices
    from genspace_core.cli.offline import require_weights
    from genspace_core.cli.starting import choose_executor, require_all, tell_licences
    from genspace_core.plugins.config import resolve
    from genspace_core.run.plan import RunSpec, check_spec
    from genspace_core.suite.io import load_suite
    from genspace_core.suite.selection import subset

    generators = _names(generator, "--generator")
    metric_names = _names(metric, "--metric")
    chosen = subset(load_suite(suite, plugins), limit=limit, per_template=per_template)
    judge = resolve("reconstructors", reconstructor, plugins)
    metrics = tuple(resolve("metrics", name, plugins) for name in metric_names)
    makers = with_prices(generators, plugins, price)
    money = budget_for(
        [maker for maker, _ in makers],
        metrics,
        [out / name for name in generators],
        budget=budget,
        price=price,
        no_budget=no_budget,
        dry_run=dry_run,
    )
    specs = [
        RunSpec(
            directory=out / maker.name,
            suite=chosen,
            generator=maker,
            reconstructor=judge,
            metrics=metrics,
            seed=seed,
            images_per_prompt=images_per_prompt,
            budget=money,
            price=told,
        )
        for maker, told in makers
    ]
    for spec in specs:
        check_spec(spec)  # all of them, before the first picture is paid for
    used = [judge, *metrics, *(spec.generator for spec in specs)]
    require_weights(used, plugins, offline=offline)
    tell_endings(used)
    if dry_run:
        _show_plans(specs, as_json=json_output)
        return
    require_all(used)
    where = choose_executor(executor, workers, used, plugins)
    tell_licences(used)
    troubles = execute_all(specs, where, Console(stderr=True), quiet=json_output)
    _show_results(specs, as_json=json_output)
    if troubles:
        raise typer.Exit(1)


def _names(texts: list[str], option: str) -> tuple[str, ...]:
    """Names given by repeating an option or separated by commas, each once."""
    from genspace_core.errors import InputError

    names = [name.strip() for text in texts for name in text.split(",")]
    if not all(names):
        raise InputError(f"{option} is given an empty name; genspace plugins lists what there is")
    return tuple(dict.fromkeys(names))


def _show_plans(specs: list[RunSpec], *, as_json: bool) -> None:
    from genspace_core.cli.plans import plan_text
    from genspace_core.run.engine import preview

    plans = [(spec, preview(spec)) for spec in specs]
    if as_json:
        described = [{"directory": str(spec.directory)} | todo.describe() for spec, todo in plans]
        typer.echo(json.dumps({"dry_run": True, "runs": described}, indent=2))
        return
    for spec, todo in plans:
        remote = any(one.capabilities.network for one in (spec.generator, *spec.judges))
        headline = (
            f"{spec.generator.name}: {len(spec.suite)} prompts of {spec.suite.name} "
            f"x {spec.images_per_prompt} -> {spec.directory}"
        )
        typer.echo(plan_text(headline, spec, todo, remote=remote, making=True))


def execute_all(specs: list[RunSpec], where: Resolved, console: Console, *, quiet: bool) -> int:
    """Run one after the other on the same workers, telling troubles as they come; returns their number."""
    from genspace_core.cli.progress import LiveProgress, Telling
    from genspace_core.errors import GeneratorStopped
    from genspace_core.run.engine import execute

    live = console.is_terminal and not quiet
    executor = where.build()
    count = 0
    try:
        for spec in specs:
            progress = LiveProgress(console) if live else None
            _tell_of_another_plan(spec)
            try:
                troubles = execute(spec, executor, progress or Telling())
            except GeneratorStopped as error:
                count += 1
                typer.echo(f"error: {error}", err=True)
                continue
            finally:
                if progress is not None:
                    progress.close()
            count += troubles.count
            _tell_of_troubles(spec, troubles)
    finally:
        executor.shutdown()
    return count


def _tell_of_troubles(spec: RunSpec, troubles: Troubles) -> None:
    for line in troubles.examples:
        typer.echo(f"{spec.generator.name}: {line}", err=True)
    if troubles.count:
        again = "repeat the command to try those again"
        typer.echo(f"error: {spec.generator.name}: {troubles.count} pictures failed; {again}", err=True)


def _tell_of_another_plan(spec: RunSpec) -> None:
    """Say it when a directory held other questions: they stay stored, but its results are now these."""
    from genspace_core.run.reader import StoredRun, is_run

    if not is_run(spec.directory):
        return
    before = StoredRun(spec.directory)
    old = (before.suite_digest, before.provenance["seed"], before.provenance["images_per_prompt"])
    if old != (spec.suite.digest, spec.seed, spec.images_per_prompt):
        typer.echo(
            f"note: {spec.directory} held {before.provenance['samples']} prompts with seed {old[1]}; it now "
            f"shows {len(spec.suite)} with seed {spec.seed}, and keeps the others' pictures",
            err=True,
        )


def _show_results(specs: list[RunSpec], *, as_json: bool) -> None:
    from genspace_core.analysis import build_leaderboard
    from genspace_core.cli.leaderboard import json_board, print_board
    from genspace_core.run.reader import open_runs

    directories = [spec.directory for spec in specs]
    if as_json:
        typer.echo(json_board(directories), nl=False)
        return
    runs = open_runs(directories)
    for metric in specs[0].metrics:
        print_board(build_leaderboard(runs, metric.name))
