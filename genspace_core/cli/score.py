"""`genspace score`: score scenes that already exist."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from genspace_core.cli.money import JudgeBudgetOption, NoBudgetOption
from genspace_core.cli.offline import OFFLINE, go_offline
from genspace_core.cli.score_pictures import PictureOptions, is_manifest, score_pictures
from genspace_core.cli.starting import WORKERS_DEFAULT

if TYPE_CHECKING:
    from genspace_core.interfaces import Metric
    from genspace_core.plugins.config import Resolved

COMPLAINTS_SHOWN = 10
PANEL_PICTURES = "Pictures"


def score(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|RUN|PICTURES",
            help="Scenes as rows (.jsonl or .jsonl.gz), a run directory or a folder of some, or pictures: a "
            "folder, or a manifest (.csv, .jsonl, .parquet).",
            show_default=False,
        ),
    ],
    metric: Annotated[str, typer.Option("--metric", "-m", help="How scenes are scored.")] = "spatial",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File for the scores of rows.", show_default="standard output"),
    ] = None,
    reconstructor: Annotated[
        str | None,
        typer.Option(
            "--reconstructor", "-r", help="What turns pictures into scenes.", rich_help_panel=PANEL_PICTURES
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            "--suite",
            "-s",
            help="Whose questions the pictures answer: a suite's name or path.",
            show_default="as the folder says",
            rich_help_panel=PANEL_PICTURES,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="Of the model that made them, for leaderboards.",
            show_default="the folder's",
            rich_help_panel=PANEL_PICTURES,
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="The run goes to OUT/NAME. Repeat the command to go on.",
            rich_help_panel=PANEL_PICTURES,
        ),
    ] = Path("runs"),
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            help="Processes.",
            show_default=WORKERS_DEFAULT,
            rich_help_panel=PANEL_PICTURES,
        ),
    ] = None,
    executor: Annotated[
        str, typer.Option(help="Where stages run.", rich_help_panel=PANEL_PICTURES)
    ] = "local",
    offline: Annotated[
        bool, typer.Option("--offline", help=OFFLINE, callback=go_offline, is_eager=True)
    ] = False,
    budget: JudgeBudgetOption = None,
    no_budget: NoBudgetOption = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what is found and would be done.", rich_help_panel=PANEL_PICTURES
        ),
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=PANEL_PICTURES)
    ] = False,
    plugins: Annotated[
        Path | None,
        typer.Option(
            "--plugins",
            help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml.",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Score what is there already: scenes, runs, or pictures.

    Of a file of scenes, one row each, it writes one row of scores each, in order; a row it cannot
    read is reported and keeps its place. Of a run, it scores the stored scenes and keeps the result
    in the run; of a folder of runs, each of them.

    Pictures are rebuilt and scored as a run of their own, and only read. Three layouts are known
    (docs/pictures.md): the published repository's (t2i/TEMPLATE/N.png with N.txt; imageedit_unedit/,
    imageedit/), GenEval's (00000/metadata.jsonl, samples/), and a manifest. Every file that cannot be
    placed is named.

    - genspace score scenes.jsonl.gz --metric paper --output scores.jsonl
    - genspace score runs/perfect --metric paper
    - genspace score runs/perfect --metric judge-openai --budget 5 (asks a judge about its pictures)
    - genspace score pictures/ --reconstructor fiducial --name my-model
    """
    from genspace_core.cli.consult import consult_runs
    from genspace_core.cli.offline import require_weights
    from genspace_core.errors import InputError
    from genspace_core.plugins.config import resolve
    from genspace_core.run.judge_spec import PICTURE
    from genspace_core.run.reader import holds_runs

    if not source.exists():
        raise InputError(f"{source}: no such file or directory")
    resolved = resolve("metrics", metric, plugins)
    judges = [] if reconstructor is None else [resolve("reconstructors", reconstructor, plugins)]
    require_weights([resolved, *judges], plugins, offline=offline)
    options = PictureOptions(
        suite=suite,
        reconstructor=reconstructor,
        out=out,
        name=name,
        workers=workers,
        executor=executor,
        plugins=plugins,
        dry_run=dry_run,
        json_output=json_output,
        budget=budget,
        no_budget=no_budget,
    )
    if not holds_runs(source) if source.is_dir() else is_manifest(source):
        if output is not None:
            raise InputError("--output is for files of rows; pictures are scored as a run: --out FOLDER")
        score_pictures(source, resolved, options)
    elif reconstructor is not None or suite is not None:
        what = "runs" if source.is_dir() else "scenes"
        raise InputError(f"{source} holds {what}, not pictures; leave out --reconstructor and --suite")
    elif output is not None and source.is_dir():
        raise InputError("--output is for files of rows; the scores of a run stay in the run; leave it out")
    elif dry_run and not (source.is_dir() and PICTURE in resolved.capabilities.reads):
        raise InputError(
            "--dry-run is for pictures and for judges; scoring scenes makes nothing and costs nothing"
        )
    elif source.is_dir() and PICTURE in resolved.capabilities.reads:
        consult_runs(source, resolved, options)
    elif source.is_dir():
        _score_runs(source, resolved, as_json=json_output)
    else:
        _score_file(source, resolved, output)


def _score_runs(folder: Path, metric: Resolved, *, as_json: bool) -> None:
    from genspace_core.analysis import summarize
    from genspace_core.cli.leaderboard import json_board
    from genspace_core.run.reader import StoredRun, open_runs
    from genspace_core.run.rescore import score_run

    directories = [run.directory for run in open_runs([folder])]
    for directory in directories:
        count = score_run(directory, metric)
        if as_json:
            continue
        summary = summarize(StoredRun(directory), metric.name)  # the leaderboard's numbers
        verdict = _verdict(summary.means.score, summary.means.pass_rate, summary.counts.undecidable)
        typer.echo(f"{count:,} pictures of {directory} scored by {metric.name}{verdict}")
    if as_json:
        typer.echo(json_board(directories, metric.name), nl=False)


def _verdict(mean: float | None, passed: float | None, undecidable: int) -> str:
    text = "" if mean is None or passed is None else f": mean {mean:.4f}, passed {passed:.1%}"
    return text + (f" ({undecidable:,} undecidable, left out)" if undecidable else "")


def _score_file(source: Path, resolved: Resolved, output: Path | None) -> None:
    from genspace_core.errors import InputError

    metric = resolved.build()
    unmet = sorted(metric.needs - {"scene", "scene_before"})
    if unmet:
        raise InputError(f"metric {resolved.name} needs {' and '.join(unmet)}; rows hold scenes only")
    if output is not None and str(output) == "-":
        output = None
    with _destination(output) as file:
        tally = _score_rows(source, metric, resolved.name, file)
        if not tally.rows and not tally.bad:
            raise InputError(f"{source} is empty; give one row a line")
    good = tally.rows - tally.bad
    if good:
        typer.echo(tally.text(resolved.name), err=True)
    if tally.bad:
        raise InputError(
            f"{tally.bad:,} of {tally.rows:,} rows of {source} are wrong; the other {good:,} are scored"
        )


@dataclass(slots=True)
class _Tally:
    """What came of the rows; `total` sums the values that could be decided."""

    rows: int = 0
    bad: int = 0
    undecidable: int = 0
    passed: int = 0
    total: float = 0.0

    def complain(self, text: str) -> None:
        self.bad += 1
        if self.bad <= COMPLAINTS_SHOWN:
            typer.echo(text, err=True)
        elif self.bad == COMPLAINTS_SHOWN + 1:
            typer.echo("more wrong rows follow; the output has them all", err=True)

    def text(self, metric: str) -> str:
        scored = self.rows - self.bad
        decided = scored - self.undecidable
        mean, passed = (self.total / decided, self.passed / decided) if decided else (None, None)
        return f"{scored:,} rows scored by {metric}{_verdict(mean, passed, self.undecidable)}"


def _score_rows(source: Path, metric: Metric, name: str, file: IO[bytes]) -> _Tally:
    """Score row by row, so that memory stays flat; one line out for every row in."""
    from genspace_core.errors import InputError
    from genspace_core.run.judging import score_with
    from genspace_core.suite.scene_rows import parse_row, score_row, task_of
    from genspace_core.tables.json_lines import read_lines

    tally = _Tally()
    lines = read_lines(source)
    while True:
        try:
            number, line = next(lines)
        except StopIteration:
            return tally
        except InputError as error:
            if not tally.rows:
                raise
            tally.rows += 1
            tally.complain(str(error))
            return tally
        tally.rows += 1
        try:
            row = parse_row(line)
            verdict = score_with(metric, name, row.sample, row.evidence)
        except InputError as error:
            tally.complain(f"{source}:{number}: {error}")
            result = {"task": task_of(line), "error": str(error)}
        else:
            tally.undecidable += verdict.undecidable
            tally.passed += verdict.passed
            tally.total += 0.0 if verdict.undecidable else verdict.value
            result = score_row(row.sample.id, verdict)
        file.write(json.dumps(result, ensure_ascii=False, allow_nan=False).encode() + b"\n")


@contextlib.contextmanager
def _destination(output: Path | None) -> Iterator[IO[bytes]]:
    """Where the rows go: a file that appears when it is whole, a device or pipe, or standard output."""
    from genspace_core.errors import StorageError
    from genspace_core.files import atomic_file

    if output is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more is tried at exit
            raise StorageError(f"cannot write standard output: {error.strerror or error}") from None
    else:
        with atomic_file(output) as file:
            yield file
