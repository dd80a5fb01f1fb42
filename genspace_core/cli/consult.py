"""`genspace score RUN --metric JUDGE`: what a judge says of the pictures of runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from genspace_core.cli.score_pictures import PictureOptions
    from genspace_core.plugins.config import Resolved


def consult_runs(folder: Path, judge: Resolved, options: PictureOptions) -> None:
    """Ask about every picture of a run, or of the runs in a folder, that the judge has not seen."""
    from rich.console import Console

    from genspace_core.cli.leaderboard import json_board
    from genspace_core.cli.money import budget_for, cost_text, time_text
    from genspace_core.cli.progress import LiveProgress, Telling
    from genspace_core.cli.starting import choose_executor, require_all, tell_licences
    from genspace_core.run.consult import consult, consultation, preview_consulting
    from genspace_core.run.reader import open_runs

    directories = [run.directory for run in open_runs([folder])]
    money = budget_for(
        [],
        [judge],
        directories,
        budget=options.budget,
        price=None,
        no_budget=options.no_budget,
        dry_run=options.dry_run,
    )
    specs = [consultation(directory, judge, money) for directory in directories]
    if options.dry_run:
        plans = [(spec, preview_consulting(spec)) for spec in specs]
        if options.json_output:
            told = [{"directory": str(spec.directory)} | todo.describe() for spec, todo in plans]
            typer.echo(json.dumps({"dry_run": True, "runs": told}, indent=2))
            return
        for spec, todo in plans:
            cost = cost_text(todo, remote=judge.capabilities.network)
            typer.echo(
                f"{spec.directory}: {todo.opinions} pictures to ask {judge.name} about; cost {cost}; time of "
                f"the calls {time_text(todo.seconds)}"
            )
        return
    require_all([judge])
    where = choose_executor(options.executor, options.workers, [judge], options.plugins)
    tell_licences([judge])
    executor, console, failed = where.build(), Console(stderr=True), 0
    live = console.is_terminal and not options.json_output
    try:
        for spec in specs:
            progress = LiveProgress(console) if live else None
            try:
                troubles = consult(spec, executor, progress or Telling())
            finally:
                if progress is not None:
                    progress.close()
            for line in troubles.examples:
                typer.echo(f"{spec.directory}: {line}", err=True)
            failed += troubles.count
            if not options.json_output:
                _tell(spec.directory, judge)
    finally:
        executor.shutdown()
    if options.json_output:
        typer.echo(json_board(directories, judge.name), nl=False)
    if failed:
        typer.echo(f"error: {failed} pictures have no opinion; repeat the command to ask again", err=True)
        raise typer.Exit(1)


def _tell(directory: Path, judge: Resolved) -> None:
    from genspace_core.analysis import summarize
    from genspace_core.run.reader import StoredRun

    run = StoredRun(directory)
    summary = summarize(run, judge.name)  # the leaderboard's numbers
    mean = "" if summary.means.score is None else f": mean {summary.means.score:.4f}"
    cost = run.provenance["judging_usd"]
    paid = "" if cost is None else f" (${cost:,.2f} for judges so far)"
    typer.echo(f"{summary.counts.scored:,} pictures of {directory} judged by {judge.name}{mean}{paid}")
