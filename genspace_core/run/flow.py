"""The flow of work: two kinds of call in flight, results recorded by this process alone."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from genspace_core.errors import GeneratorStopped, GenSpaceError
from genspace_core.interfaces import Executor
from genspace_core.plugins.config import PluginRef
from genspace_core.run.plan import (
    RunSpec,
    Todo,
    missing_scores,
    needs_picture,
    needs_scene,
    picture_stem,
)
from genspace_core.run.records import PictureRow, ProgressRow
from genspace_core.run.store import Store
from genspace_core.run.worker import Judged, JudgeTask, Made, PictureTask, judge_picture, make_pictures
from genspace_core.types import GenerationOutcome, ReconstructionOutcome

# A run in which this many pictures in a row fail to be made is not going to succeed by itself.
MAX_FAILURES_IN_A_ROW = 10
# Calls queued per slot: enough that no worker waits, few enough that stopping is quick.
QUEUED_PER_SLOT = 2


class Observer:
    """Told what happens, for progress displays. Does nothing itself."""

    def begin(self, spec: RunSpec, todo: Todo) -> None:
        """The plan is known."""

    def made(self, row: PictureRow) -> None:
        """A picture was made (or refused, or failed) and recorded."""

    def judged(self, result: Judged) -> None:
        """A picture was rebuilt and scored, and recorded."""

    def stopping(self, running: int) -> None:
        """The run was told to stop and waits for the calls that are still running."""


@dataclass(slots=True)
class Troubles:
    """What went wrong technically; refusals and missing objects are results, not troubles."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, place: str, detail: str) -> None:
        """Count one, and keep the first few."""
        self.count += 1
        if len(self.examples) < 5:
            self.examples.append(f"{place}: {detail}")


class Flow:
    """One pass over the plan: two kinds of call in flight, results recorded by this process alone."""

    def __init__(self, spec: RunSpec, executor: Executor, observer: Observer, store: Store) -> None:
        self.spec, self.executor, self.observer, self.store = spec, executor, observer, store
        self.samples = {sample.id: sample for sample in spec.suite}
        self.generator = spec.generator.ref()
        self.reconstructor = spec.reconstructor.ref()
        self.metrics = {spec.metric_keys[m.name]: m.ref() for m in spec.metrics}
        self.capabilities = spec.generator.capabilities
        self.to_judge: deque[tuple[ProgressRow, str, str]] = deque()  # (row, file, digest)
        self.making: dict[Future[Any], list[ProgressRow]] = {}
        self.judging: dict[Future[Any], ProgressRow] = {}
        self.failures_in_a_row = 0
        self.stop_reason: str | None = None
        self.troubles = Troubles()

    def run(self) -> Troubles:
        """Make and judge what is left.

        Returns:
            what failed technically.

        Raises:
            GeneratorStopped: the generator cannot go on.
            GenSpaceError: a plugin broke, or a worker died.
            StorageError: the journal or a picture cannot be written.
        """
        rows = list(self.store.progress(self.spec.reconstructor_key))
        # What was never tried comes before what failed, so that old failures cannot hold up the rest.
        to_make = sorted(
            (row for row in rows if needs_picture(row)), key=lambda row: row.generation is not None
        )
        pictures = iter(to_make)
        judgements = iter([row for row in rows if not needs_picture(row)])
        limit = self.executor.slots * QUEUED_PER_SLOT
        making_limit = min(limit, self.capabilities.max_concurrency or limit)
        try:
            while True:
                while len(self.making) + len(self.judging) < limit:
                    if not (
                        self._judge_next(judgements)
                        or (len(self.making) < making_limit and self._make_next(pictures))
                    ):
                        break
                if not self.making and not self.judging:
                    return self.troubles
                done, _ = wait({*self.making, *self.judging}, return_when=FIRST_COMPLETED)
                self._take_in(done)
                if self.stop_reason:
                    raise GeneratorStopped(
                        f"{self.spec.generator.name}: {self.stop_reason}; everything finished is kept"
                    )
        except BrokenExecutor:
            raise GenSpaceError(
                "a worker process died (out of memory, or a crash inside a plugin); everything finished is "
                "kept: repeat the command, with --workers 1 if it happens again"
            ) from None
        finally:
            self._drain()

    # --- handing out ----------------------------------------------------------------------------

    def _make_next(self, rows: Iterator[ProgressRow]) -> bool:
        batch = list(itertools.islice(rows, self.capabilities.max_batch))
        if not batch:
            return False
        tasks = [self._picture_task(row) for row in batch]
        durable = self.capabilities.network  # what cost money is worth waiting for the disk
        future = self.executor.submit(make_pictures, self.spec.directory, self.generator, tasks, durable)
        self.making[future] = batch
        return True

    def _picture_task(self, row: ProgressRow) -> PictureTask:
        return PictureTask(
            key=row.picture,
            stem=picture_stem(row.sample, row.image_index, row.picture),
            sample=self.samples[row.sample],
            seed=self.spec.seed_of(row.sample, row.image_index),
        )

    def _judge_next(self, stored: Iterator[ProgressRow]) -> bool:
        """Judge a fresh picture if there is one, else the next stored one that lacks a scene or score."""
        if self.to_judge:
            row, file, digest = self.to_judge.popleft()
            self._submit_judgement(row, file, digest, scene=None, metrics=self.metrics)
            return True
        for row in stored:
            if row.file is None or row.digest is None:
                continue
            rebuild = needs_scene(row)
            missing = list(self.metrics) if rebuild else missing_scores(self.store, row, list(self.metrics))
            if rebuild or missing:
                scene = None if rebuild or row.scene_id is None else self.store.scene(row.scene_id)
                metrics = {key: self.metrics[key] for key in missing}
                self._submit_judgement(row, row.file, row.digest, scene, metrics)
                return True
        return False

    def _submit_judgement(
        self, row: ProgressRow, file: str, digest: str, scene: bytes | None, metrics: dict[str, PluginRef]
    ) -> None:
        task = JudgeTask(
            sample=self.samples[row.sample],
            image=self.spec.directory / file,
            digest=digest,
            names=row.names,
            question=row.question,
            scene=scene,
            metrics=tuple(metrics.items()),
        )
        future = self.executor.submit(judge_picture, task, self.reconstructor, self.spec.reconstructor_key)
        self.judging[future] = row

    # --- taking in ------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Drop what is queued, and record what is running: it may have been paid for."""
        for future in (*self.making, *self.judging):
            future.cancel()
        running = [f for f in (*self.making, *self.judging) if not f.cancelled()]
        if running:
            self.observer.stopping(len(running))
            wait(running)
            self._take_in([f for f in running if f.exception() is None])

    def _result(self, future: Future[Any]) -> Any:
        try:
            return future.result()
        except (GenSpaceError, BrokenExecutor):
            raise
        except Exception as error:  # a plugin's answer that could not even travel back
            raise GenSpaceError(f"a worker's answer is unusable: {type(error).__name__}: {error}") from error

    def _take_in(self, done: Iterable[Future[Any]]) -> None:
        for future in done:
            if future in self.making:
                rows = self.making.pop(future)
                for row, made in zip(rows, self._result(future), strict=True):
                    self._record_made(row, made)
            else:
                self._record_judged(self.judging.pop(future), self._result(future))

    def _record_made(self, row: ProgressRow, made: Made) -> None:
        self.store.add_picture(made.row)
        self.observer.made(made.row)
        if made.row.file is not None and made.row.digest is not None:
            self.to_judge.append((row, made.row.file, made.row.digest))
        if made.row.outcome != GenerationOutcome.FAILED:
            self.failures_in_a_row = 0
            return
        self.troubles.add(row.sample, made.row.detail)
        if made.row.final:
            return  # a fault of that prompt says nothing of the next one
        self.failures_in_a_row += 1
        if made.fatal is not None:
            self.stop_reason = made.fatal
        elif self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self.stop_reason = (
                f"{self.failures_in_a_row} pictures in a row failed, the last with: {made.row.detail}"
            )

    def _record_judged(self, row: ProgressRow, result: Judged) -> None:
        if result.row is not None:
            self.store.add_scene(result.row, result.question, result.scores)
            if result.row.outcome == ReconstructionOutcome.FAILED:
                self.troubles.add(row.sample, result.row.detail)
        elif row.scene_id is not None:
            with self.store.transaction():
                self.store.put_scores(row.scene_id, result.question, result.scores)
        self.observer.judged(result)
