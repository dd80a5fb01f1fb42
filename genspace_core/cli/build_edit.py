"""`genspace suite build-edit`: the source pictures of the editing suite."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genspace_core.cli.money import BudgetOption, NoBudgetOption, PriceOption
from genspace_core.cli.offline import OFFLINE, go_offline
from genspace_core.cli.starting import WORKERS_DEFAULT

if TYPE_CHECKING:
    from genspace_core.plugins.config import Resolved
    from genspace_core.run.sources import Sources, SourceSpec

SHOWN = 5  # sources without a fitting picture that are named one by one


def build_edit(
    generator: Annotated[
        str, typer.Option("--generator", "-g", help="Makes the source pictures.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the suite and its pictures.", show_default=False)
    ],
    reconstructor: Annotated[
        str, typer.Option("--reconstructor", "-r", help="Looks whether a picture fits its edit.")
    ] = "fiducial",
    metric: Annotated[
        str, typer.Option("--metric", "-m", help="Says whether the edit would be done already.")
    ] = "spatial",
    plugins: Annotated[
        Path | None,
        typer.Option(
            "--plugins",
            help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml.",
            metavar="FILE",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only this many edits, spread over all questions.")
    ] = None,
    per_template: Annotated[
        int | None, typer.Option(min=1, help="Only this many edits of each of the 36 questions.")
    ] = None,
    attempts: Annotated[
        int, typer.Option(min=1, help="Pictures made for an edit, at the most, until one fits.")
    ] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of the first attempt; the next takes the next.")] = 0,
    workers: Annotated[
        int | None,
        typer.Option("--workers", "-w", min=1, help="Processes.", show_default=WORKERS_DEFAULT),
    ] = None,
    executor: Annotated[str, typer.Option(help="Where stages run.")] = "local",
    offline: Annotated[
        bool, typer.Option("--offline", help=OFFLINE, callback=go_offline, is_eager=True)
    ] = False,
    skip_failed: Annotated[
        bool,
        typer.Option("--skip-failed", help="Leave out edits whose picture failed for technical reasons."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a suite that was made with other settings.")
    ] = False,
    budget: BudgetOption = None,
    price: PriceOption = None,
    no_budget: NoBudgetOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be made, and its cost; do nothing.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Make the source pictures of genspace-edit, and freeze suite and pictures in a folder.

    Every picture is rebuilt and looked at: it must show the objects it should, leave room for the edit,
    and not show already what the edit asks for. One that does not fit is made again with another seed; an
    edit without a fitting picture after all attempts is left out, and named. The folder is a suite like
    any other. Repeat the command to go on after a stop.

    - genspace suite build-edit -g perfect -o edits --per-template 10
    - genspace run -s edits -g perfect -g lazy
    """
    from genspace_core.cli.money import budget_for, tell_endings, with_prices
    from genspace_core.cli.offline import require_weights
    from genspace_core.cli.starting import choose_executor, require_all, tell_licences
    from genspace_core.errors import InputError
    from genspace_core.plugins.config import resolve
    from genspace_core.run.sources import SourceSpec, check_folder
    from genspace_core.suite.build_edit import build_edit, build_edit_questions
    from genspace_core.suite.selection import subset

    chosen = {s.id for s in subset(build_edit(), limit=limit, per_template=per_template)}
    ((maker, told),) = with_prices([generator], plugins, price)
    spec = SourceSpec(
        out=out,
        questions=tuple(q for q in build_edit_questions() if q.sample.id in chosen),
        generator=maker,
        reconstructor=resolve("reconstructors", reconstructor, plugins),
        metric=resolve("metrics", metric, plugins),
        seed=seed,
        attempts=attempts,
        skip_failed=skip_failed,
        price=told,
    )
    if "t2i" not in spec.generator.capabilities.tasks:
        raise InputError(
            f"generator {generator} edits pictures only; sources need one that makes them from text"
        )
    check_folder(spec, force=force)
    money = budget_for(
        [spec.generator],
        [],
        [spec.run(spec.questions, 0).directory],
        budget=budget,
        price=price,
        no_budget=no_budget,
        dry_run=dry_run,
    )
    spec = replace(spec, budget=money)
    used = [spec.generator, spec.reconstructor, spec.metric]
    require_weights(used, plugins, offline=offline)
    tell_endings(used)
    if dry_run:
        _show_plan(spec, as_json=json_output)
        return
    require_all(used)
    where = choose_executor(executor, workers, used, plugins)
    tell_licences(used)
    sources = _make(spec, where, quiet=json_output)
    _show(spec, sources, as_json=json_output)
    if sources.suite is None or sources.troubles.count:
        raise typer.Exit(1)


def _show_plan(spec: SourceSpec, *, as_json: bool) -> None:
    from genspace_core.run.engine import preview
    from genspace_core.run.sources import is_finished

    run = spec.run(spec.questions, 0)
    todo, prices = preview(run), run.prices
    finished = is_finished(spec)
    # What a further attempt makes is known only when the earlier one is looked at.
    further = 0 if finished else (spec.attempts - 1) * len(spec.questions)
    most = None if prices.most is None else prices.most * (todo.pictures + further)
    if as_json:
        plan = todo.describe() | {"finished": finished, "most_cost_usd": most, "attempts": spec.attempts}
        typer.echo(json.dumps({"dry_run": True, "directory": str(spec.out)} | plan, indent=2))
        return
    cost = "free" if prices.most == 0 else "unknown" if most is None else f"${todo.cost:.2f} to ${most:.2f}"
    typer.echo(
        f"{spec.generator.name}: sources of {len(spec.questions)} edits -> {spec.out}"
        f"{', finished already' if finished else ''}\n"
        f"  pictures to make      {todo.pictures:>6}   ({todo.pictures_done} done)\n"
        f"  cost of the pictures  {cost:>6}   (up to {spec.attempts} attempts each)"
    )


def _make(spec: SourceSpec, where: Resolved, *, quiet: bool) -> Sources:
    from rich.console import Console

    from genspace_core.cli.progress import LiveProgress, Telling
    from genspace_core.run.sources import make_sources

    console = Console(stderr=True)
    executor = where.build()
    progress = LiveProgress(console) if console.is_terminal and not quiet else None
    try:
        return make_sources(spec, executor, progress or Telling())
    finally:
        if progress is not None:
            progress.close()
        executor.shutdown()


def _show(spec: SourceSpec, sources: Sources, *, as_json: bool) -> None:
    left_out, suite, troubles = sources.left_out, sources.suite, sources.troubles
    for line in troubles.examples:
        typer.echo(f"{spec.generator.name}: {line}", err=True)
    if as_json:
        about = None if suite is None else {"samples": len(suite), "digest": suite.digest}
        found = {"directory": str(spec.out), "suite": about, "left_out": left_out, "failed": troubles.count}
        typer.echo(json.dumps(found, indent=2))
    if troubles.count:
        again = "repeat the command to try those again, or leave their edits out with --skip-failed"
        typer.echo(f"error: {troubles.count} pictures failed, so nothing is frozen; {again}", err=True)
        return
    if as_json:
        return
    for sample, fault in list(left_out.items())[:SHOWN]:
        typer.echo(f"left out: {sample}: {fault}", err=True)
    if suite is None:
        typer.echo(f"error: none of {len(left_out)} edits has a source that fits it", err=True)
        return
    if len(left_out) > SHOWN:
        typer.echo(f"... and {len(left_out) - SHOWN} more; {spec.out}/sources.json names them all", err=True)
    again = str(sum(attempt > 0 for attempt in sources.attempts.values()))
    typer.echo(
        f"{len(suite)} edits with their sources in {spec.out} (digest {suite.digest[:12]}; "
        f"{again} sources took more than one attempt, {len(left_out)} edits are left out)\n"
        f"next: genspace run --suite {spec.out} --generator NAME"
    )
