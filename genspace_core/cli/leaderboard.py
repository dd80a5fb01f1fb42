"""`genspace leaderboard`: runs side by side."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genspace_core.analysis import Leaderboard


class Format(StrEnum):
    """How a leaderboard is written."""

    TERMINAL = "terminal"
    MD = "md"
    CSV = "csv"
    JSON = "json"


def leaderboard(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Run directories, or folders that hold some.", show_default=False
        ),
    ],
    metric: Annotated[
        str | None,
        typer.Option("--metric", "-m", help="Metric to rank by.", show_default="spatial, or the run's first"),
    ] = None,
    output_format: Annotated[
        Format | None,
        typer.Option(
            "--format", "-f", help="How to write it.", show_default="by the ending of --output, else terminal"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write instead of the terminal.")
    ] = None,
) -> None:
    """Rank finished or unfinished runs, with every outcome counted.

    Example: genspace leaderboard runs --format md -o leaderboard.md
    """
    from genspace_core.analysis import build_leaderboard
    from genspace_core.files import write_atomically
    from genspace_core.report import render
    from genspace_core.run.reader import open_runs

    chosen = output_format or _format_of(output)
    board = build_leaderboard(open_runs(runs), metric)
    if chosen is not Format.TERMINAL:
        text = render(board, chosen.value)
        if output is None:
            typer.echo(text, nl=False)
            return
    elif output is None:
        print_board(board)
        return
    else:
        text = _plain(board)
    write_atomically(output, text.encode())
    typer.echo(f"wrote {output}")


def json_board(directories: list[Path], metric: str | None = None) -> str:
    """The leaderboard of runs as JSON."""
    from genspace_core.analysis import build_leaderboard
    from genspace_core.report import render
    from genspace_core.run.reader import open_runs

    return render(build_leaderboard(open_runs(directories), metric), "json")


def _format_of(output: Path | None) -> Format:
    """The format a file's ending asks for."""
    ending = output.suffix.lstrip(".").lower() if output else ""
    return Format(ending) if ending in set(Format) else Format.TERMINAL


def print_board(board: Leaderboard) -> None:
    """Print to the terminal, or as wide as a file allows when there is none."""
    from rich.console import Console

    from genspace_core.report.terminal import FILE_WIDTH, print_leaderboard

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    print_leaderboard(board, console)


def _plain(board: Leaderboard) -> str:
    """What the terminal would show, without colours."""
    from rich.console import Console

    from genspace_core.report.terminal import FILE_WIDTH, print_leaderboard

    console = Console(width=FILE_WIDTH, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as capture:
        print_leaderboard(board, console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
