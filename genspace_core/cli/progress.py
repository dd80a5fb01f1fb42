"""Showing how a run goes: a live line in a terminal, nothing in a file or a pipe."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from genspace_core.run.engine import Observer
from genspace_core.run.judging import Judged
from genspace_core.run.plan import RunSpec, Todo
from genspace_core.run.records import PictureRow
from genspace_core.run.voting import Voted
from genspace_core.types import GenerationOutcome, Score


class Telling(Observer):
    """Says what nobody should miss, on stderr."""

    def lost(self, calls: int, price: float | None) -> None:
        """Say what may have been paid for nothing."""
        cost = "" if price is None else f", up to ${calls * price:,.2f}"
        typer.echo(
            f"note: the answers to {calls} calls were lost when an earlier command was killed; they may have "
            f"been charged for{cost}, and the calls are made again",
            err=True,
        )


class LiveProgress(Telling):
    """One live line: judgements, rate, time left, running score and what was refused or failed."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[facts]}"),
            console=console,
        )
        self.task: TaskID | None = None
        self.refused = self.failed = self.count = 0
        self.total = 0.0
        self.judges = 1  # of each picture: a reconstructor's scene and each model that looks at it

    def begin(self, spec: RunSpec, todo: Todo) -> None:
        """Say what is there already, and start the line."""
        self.judges = spec.needs_scenes + len(spec.judges)
        self.begin_judging(spec.generator.name, todo)

    def begin_judging(self, label: str, todo: Todo) -> None:
        """As `begin`, of pictures that are there."""
        done = todo.judgements_done + todo.opinions_done
        whole = done + todo.judgements + todo.opinions
        if done:
            self.console.print(f"[dim]{escape(label)}: {done} of {whole} judgements are done already[/dim]")
        self.task = self.progress.add_task(escape(label), total=whole, completed=done, rate="", facts="")
        self.progress.start()

    def made(self, row: PictureRow) -> None:
        """Count refusals and failures, which no judgement will follow."""
        self.refused += row.outcome == GenerationOutcome.REFUSED
        self.failed += row.outcome == GenerationOutcome.FAILED
        if row.outcome != GenerationOutcome.OK:
            self._advance(self.judges)

    def judged(self, result: Judged) -> None:
        """Advance, and update the running mean."""
        self._score(next(iter(result.scores.values()), None))

    def voted(self, voted: Voted) -> None:
        """The same, of a judge's opinion; where there are scenes, the mean is that of their first metric."""
        self._score(voted.score if self.judges == 1 else None)

    def _score(self, score: Score | None) -> None:
        if score is not None and not score.undecidable:
            self.total, self.count = self.total + score.value, self.count + 1
        self._advance(1)

    def _advance(self, judgements: int) -> None:
        facts = [f"mean {100 * self.total / self.count:.1f}"] if self.count else []
        facts += [f"{n} {what}" for n, what in ((self.refused, "refused"), (self.failed, "failed")) if n]
        if self.task is None:
            return
        speed = self.progress.tasks[0].speed
        self.progress.update(
            self.task, advance=judgements, facts=", ".join(facts), rate=f"{speed:.1f}/s" if speed else ""
        )

    def stopping(self, running: int) -> None:
        """Say why it does not stop at once."""
        self.console.print(
            f"[dim]stopping: waiting for {running} running calls; Ctrl-C again drops them[/dim]"
        )

    def close(self) -> None:
        """Take the line away."""
        self.progress.stop()
