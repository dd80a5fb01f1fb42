"""`genspace report`: one page to read and to pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Run directories, or folders that hold some.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The page to write; one that is there is replaced.")
    ] = Path("report.html"),
    metric: Annotated[
        str | None,
        typer.Option("--metric", "-m", help="Metric to show.", show_default="spatial, or the run's first"),
    ] = None,
) -> None:
    """Write one self-contained HTML page: leaderboard, every question, best and worst pictures.

    Example: genspace report runs -o report.html
    """
    from genspace_core.files import write_atomically
    from genspace_core.report import render_report
    from genspace_core.run.reader import open_runs

    write_atomically(output, render_report(open_runs(runs), metric).encode())
    typer.echo(f"wrote {output}")
