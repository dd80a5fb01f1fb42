"""Carrying a plan out: pictures are made and judged side by side, and each is recorded when done."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from genspace_core.errors import GenSpaceError, StorageError
from genspace_core.files import TEMPORARY_SUFFIX, storage_errors
from genspace_core.interfaces import Executor
from genspace_core.plugins.config import PluginRef
from genspace_core.run.export import write_scores
from genspace_core.run.layout import DATABASE, LOCK_FILE, SUITE_FILE
from genspace_core.run.plan import (
    RunSpec,
    Todo,
    count_todo,
    missing_scores,
    needs_picture,
    needs_scene,
    picture_stem,
    reconcile,
)
from genspace_core.run.provenance import finish_provenance, write_provenance
from genspace_core.run.reader import StoredRun
from genspace_core.run.store import PictureRow, ProgressRow, Store
from genspace_core.run.worker import Judged, JudgeTask, Made, PictureTask, judge_picture, make_pictures
from genspace_core.suite.io import write_suite
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


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a run directory against a second writer.

    Raises:
        StorageError: it cannot be written, or another process is writing in it.
    """
    lock = FileLock(directory / LOCK_FILE, timeout=0)
    with storage_errors(directory):
        try:
            lock.acquire()
        except Timeout:
            raise StorageError(
                f"{directory}: another genspace run is writing here; wait for it, or stop it"
            ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def opened(spec: RunSpec) -> Iterator[Store]:
    """The run directory, made if needed and locked, with its plan written and its leftovers cleared.

    Raises:
        StorageError: it cannot be written, or another process is running in it.
    """
    directory = spec.directory
    with storage_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with locked(directory):
        with storage_errors(directory):
            for leftover in directory.rglob(f".*{TEMPORARY_SUFFIX}"):
                leftover.unlink(missing_ok=True)
        write_suite(spec.suite, directory / SUITE_FILE, force=True)
        with Store(directory / DATABASE, write=True) as store:
            store.set_plan(spec.rows())
            reconcile(store, spec)
            yield store


def preview(spec: RunSpec) -> Todo:
    """What a run would do, without writing anything.

    Raises:
        StorageError: the run directory's journal cannot be read.
    """
    with Store.snapshot(spec.directory / DATABASE) as store:
        store.set_plan(spec.rows())
        return count_todo(store, spec)


def execute(spec: RunSpec, executor: Executor, observer: Observer) -> Troubles:
    """Carry out what is left of a run. Stopping at any moment loses nothing that was finished.

    Returns:
        what failed technically; repeating the command tries those again.

    Raises:
        StorageError: the run directory cannot be written.
        GenSpaceError: the generator said that nothing more can succeed, or too many failed in a row.
    """
    with opened(spec) as store:
        started = time.perf_counter()
        todo = count_todo(store, spec)
        write_provenance(spec, todo)
        observer.begin(spec, todo)
        troubles = _Flow(spec, executor, observer, store).run() if todo.any else Troubles()
        write_scores(StoredRun(spec.directory))
        seconds = {"wall": time.perf_counter() - started} | store.total_seconds()
        finish_provenance(spec.directory, {"seconds": seconds, "cost_usd": store.total_cost()})
        return troubles


class _Flow:
    """One pass over the plan: two kinds of call in flight, results recorded by this process alone."""

    def __init__(self, spec: RunSpec, executor: Executor, observer: Observer, store: Store) -> None:
        self.spec, self.executor, self.observer, self.store = spec, executor, observer, store
        self.samples = {sample.id: sample for sample in spec.suite}
        self.generator = spec.generator.ref()
        self.reconstructor = spec.reconstructor.ref()
        self.metrics = {spec.metric_keys[m.name]: m.ref() for m in spec.metrics}
        self.capabilities = spec.generator.spec.capabilities
        self.to_judge: deque[tuple[ProgressRow, str, str]] = deque()  # (row, file, digest)
        self.making: dict[Future[Any], list[ProgressRow]] = {}
        self.judging: dict[Future[Any], ProgressRow] = {}
        self.failures_in_a_row = 0
        self.stop_reason: str | None = None
        self.troubles = Troubles()

    def run(self) -> Troubles:
        rows = list(self.store.progress(self.spec.reconstructor_key))
        pictures = iter([row for row in rows if needs_picture(row)])
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
                    raise GenSpaceError(
                        f"{self.spec.generator.name}: {self.stop_reason}; everything finished is kept"
                    )
        except BrokenProcessPool:
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

    def _take_in(self, done: Iterable[Future[Any]]) -> None:
        for future in done:
            if future in self.making:
                rows = self.making.pop(future)
                for row, made in zip(rows, future.result(), strict=True):
                    self._record_made(row, made)
            else:
                self._record_judged(self.judging.pop(future), future.result())

    def _record_made(self, row: ProgressRow, made: Made) -> None:
        self.store.add_picture(made.row)
        self.observer.made(made.row)
        if made.row.file is not None and made.row.digest is not None:
            self.to_judge.append((row, made.row.file, made.row.digest))
        if made.row.outcome != GenerationOutcome.FAILED:
            self.failures_in_a_row = 0
            return
        self.troubles.add(row.sample, made.row.detail)
        self.failures_in_a_row += 1
        if made.fatal is not None:
            self.stop_reason = made.fatal
        elif self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self.stop_reason = (
                f"{self.failures_in_a_row} pictures in a row failed, the last with: {made.row.detail}"
            )

    def _record_judged(self, row: ProgressRow, result: Judged) -> None:
        self.store.add_scene(result.row, result.question, result.scores)
        self.observer.judged(result)
        if result.row.outcome == ReconstructionOutcome.FAILED:
            self.troubles.add(row.sample, result.row.detail)
