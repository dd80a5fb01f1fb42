"""The `genspace` command. Only names and help are imported here, so that `--help` is quick."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Annotated

import typer

from genspace_core.cli import ablate, doctor, fetch, leaderboard, plugins, report, run, score, suite
from genspace_core.errors import GenSpaceError

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="genspace",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Measure how well image generators understand 3D space.\n\n"
        "Every picture is rebuilt as a metric 3D scene, and the geometry is scored against the prompt. "
        "Start with: genspace doctor, then: genspace run -g perfect --per-template 2"
    ),
)

app.command("run")(run.run)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("report")(report.report)
app.command("score")(score.score)
app.add_typer(suite.app, name="suite")
app.add_typer(plugins.app, name="plugins")
app.command("ablate")(ablate.ablate)
app.command("fetch")(fetch.fetch)
app.command("doctor")(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        from genspace_core import __version__

        typer.echo(f"genspace {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    pass


class _Stopped(BaseException):
    """Ctrl-C or a job scheduler's stop. Not KeyboardInterrupt, which typer ends without a word."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Stop cleanly; the next one ends the process at once, which the journal survives at any moment."""
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGTERM, _leave)
    raise _Stopped


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), b"stopped at once: running calls are dropped, what is finished is kept\n")
    os._exit(EXIT_INTERRUPTED)  # workers end with their parent


def main() -> None:
    """Run the command line; errors raised on purpose become one line, and Ctrl-C a clean stop."""
    _tolerate_any_text()
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        app(standalone_mode=True)
    except GenSpaceError as error:
        _complain(f"error: {error}")
        sys.exit(EXIT_ERROR)
    except _Stopped:
        _complain(_farewell(sys.argv[1:]))
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:  # `genspace ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_ERROR)


def _farewell(words: list[str]) -> str:
    if words[:1] == ["fetch"]:
        return "interrupted; repeat the command, it goes on where it stopped"
    kept = ": everything finished is kept; repeat the same command to go on"
    return "stopped" + (kept if _resumes(words) else "")


def _resumes(words: list[str]) -> bool:
    """Whether a command keeps what it finished. Its name comes first: options before it end the program."""
    return words[:1] in (["run"], ["score"], ["ablate"]) or words[:2] == ["suite", "build-edit"]


def _tolerate_any_text() -> None:
    """Let a terminal that lacks a character show "?" instead of ending a finished command in an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
