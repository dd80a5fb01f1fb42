"""The flow of work: pictures made and judged side by side, results recorded by this process alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from genspace_core.errors import GeneratorStopped
from genspace_core.interfaces import Executor
from genspace_core.run.judge_flow import QUEUED_PER_SLOT, JudgeFlow, Judgement, result_of
from genspace_core.run.making import Made, PictureTask, SourceFile, make_pictures
from genspace_core.run.observer import Observer
from genspace_core.run.plan import RunSpec, needs_picture, picture_stem
from genspace_core.run.records import ProgressRow
from genspace_core.run.store import Store
from genspace_core.types import GenerationOutcome

# A run in which this many pictures in a row fail to be made is not going to succeed by itself.
MAX_FAILURES_IN_A_ROW = 10


class Flow(JudgeFlow):
    """One pass over the plan: pictures are made, and judged as soon as they are there.

    Each has a lane of the executor and a limit of its own, so that neither waits for the other. Where
    pictures are made faster than they are judged, they wait on disk.
    """

    def __init__(self, spec: RunSpec, executor: Executor, observer: Observer, store: Store) -> None:
        super().__init__(spec, executor, observer, store)
        self.spec = spec
        self.generator = spec.generator.ref()
        self.capabilities = spec.capabilities
        self.making: dict[Future[Any], list[ProgressRow]] = {}
        rows = [row for row in store.progress(self.reconstructor_key) if needs_picture(row)]
        # What was never tried comes before what failed, so that old failures cannot hold up the rest.
        self.unmade = iter(sorted(rows, key=lambda row: row.generation is not None))
        most = self.capabilities.max_concurrency
        # None where nothing is to be made: a lane takes its part of the cores, and its models their memory.
        self.make_lane = executor.lane("make", most if rows else 0)
        limit = self.make_lane.slots * QUEUED_PER_SLOT
        self.making_limit = min(limit, most or limit)
        self.failures_in_a_row = 0
        self.stop_reason: str | None = None

    def in_flight(self) -> list[Future[Any]]:
        """The calls that were handed out."""
        return [*self.making, *super().in_flight()]

    def where(self) -> dict[str, int]:
        """How many processes judge, and how many others make pictures."""
        apart = self.make_lane is not self.lane
        return super().where() | {"makers": self.make_lane.slots if apart else 0}

    def finish(self) -> None:
        """Say it if the generator could not go on.

        Raises:
            GeneratorStopped: why it cannot.
        """
        if self.stop_reason:
            raise GeneratorStopped(
                f"{self.spec.generator.name}: {self.stop_reason}; everything finished is kept"
            )

    def hand_out(self) -> bool:
        """Judge what can be judged, or else make pictures."""
        return super().hand_out() or self._make_next()

    def _make_next(self) -> bool:
        if self.stop_reason or len(self.making) >= self.making_limit:
            return False
        batch = list(itertools.islice(self.unmade, self.capabilities.max_batch))
        if not batch:
            return False
        tasks = [self._picture_task(row) for row in batch]
        durable = self.capabilities.network  # what cost money is worth waiting for the disk
        future = self.make_lane.submit(make_pictures, self.spec.directory, self.generator, tasks, durable)
        self.making[future] = batch
        return True

    def _picture_task(self, row: ProgressRow) -> PictureTask:
        sample = self.samples[row.sample]
        path = self.spec.source_of(sample)
        return PictureTask(
            key=row.picture,
            stem=picture_stem(row.sample, row.image_index, row.picture),
            sample=sample,
            seed=self.spec.seed_of(row.sample, row.image_index),
            source=None if path is None or row.source is None else SourceFile(path, row.source),
        )

    def take_in(self, done: Iterable[Future[Any]]) -> None:
        """Record what came of calls that have ended.

        Raises:
            GenSpaceError: a plugin broke.
        """
        for future in done:
            if future not in self.making:
                super().take_in([future])
                continue
            rows = self.making.pop(future)
            for row, made in zip(rows, result_of(future), strict=True):
                self._record_made(row, made)
            if self.stop_reason:  # what is queued would fare no better; what is made is judged all the same
                self.making = {each: rows for each, rows in self.making.items() if not each.cancel()}

    def _record_made(self, row: ProgressRow, made: Made) -> None:
        self.store.add_picture(made.row)
        self.observer.made(made.row)
        if made.row.file is not None and made.row.digest is not None:
            self.fresh.append(Judgement(row, made.row.file, made.row.digest, tuple(self.metrics)))
        if made.row.outcome != GenerationOutcome.FAILED:
            self.failures_in_a_row = 0
            return
        self.troubles.add(row.sample, made.row.detail)
        if made.row.final or not made.asked:
            return  # a fault of that prompt, or of its source, says nothing of the next one
        self.failures_in_a_row += 1
        if made.fatal is not None:
            self.stop_reason = made.fatal
        elif self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self.stop_reason = (
                f"{self.failures_in_a_row} pictures in a row failed, the last with: {made.row.detail}"
            )
