"""The flow of work: pictures made and judged side by side, results recorded by this process alone."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from genspace_core.errors import GeneratorStopped, GenSpaceError
from genspace_core.interfaces import Executor
from genspace_core.run.judging import Judged, JudgeTask, judge_picture
from genspace_core.run.making import Made, PictureTask, SourceFile, make_pictures
from genspace_core.run.plan import (
    RunSpec,
    Todo,
    lacks_source,
    missing_scores,
    needs_picture,
    needs_scene,
    picture_stem,
)
from genspace_core.run.records import PictureRow, ProgressRow
from genspace_core.run.store import Store
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

    def rebuilt_source(self, result: Judged) -> None:
        """The source picture of an edit was rebuilt, and recorded."""

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


@dataclass(frozen=True, slots=True)
class _Judgement:
    """A finished picture that lacks a scene or scores."""

    row: ProgressRow
    file: str
    digest: str
    metrics: tuple[str, ...]


_SourceKey = tuple[str, str]


class Flow:
    """One pass over the plan: two kinds of call in flight, results recorded by this process alone.

    The source picture of an edit is rebuilt when the first picture made from it waits to be judged.
    """

    def __init__(self, spec: RunSpec, executor: Executor, observer: Observer, store: Store) -> None:
        self.spec, self.executor, self.observer, self.store = spec, executor, observer, store
        self.samples = {sample.id: sample for sample in spec.suite}
        self.generator = spec.generator.ref()
        self.reconstructor = spec.reconstructor.ref()
        self.metrics = {spec.metric_keys[m.name]: m.ref() for m in spec.metrics}
        self.capabilities = spec.capabilities
        self.to_judge: deque[_Judgement] = deque()
        self.making: dict[Future[Any], list[ProgressRow]] = {}
        self.judging: dict[Future[Any], tuple[ProgressRow, int | None]] = {}  # with its stored scene
        self.rebuilding: dict[Future[Any], _SourceKey] = {}
        self.lacking: set[_SourceKey] = set()  # sources without a scene
        self.waiting: dict[_SourceKey, list[_Judgement]] = {}  # for the scene of their source
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
        self.lacking = {row.source_key for row in rows if row.source_key and lacks_source(row)}
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
                while len(self._in_flight()) < limit:
                    if not (
                        self._judge_next(judgements)
                        or (len(self.making) < making_limit and self._make_next(pictures))
                    ):
                        break
                if not self._in_flight():
                    return self.troubles
                done, _ = wait(self._in_flight(), return_when=FIRST_COMPLETED)
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

    def _in_flight(self) -> list[Future[Any]]:
        return [*self.making, *self.judging, *self.rebuilding]

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
        sample = self.samples[row.sample]
        path = self.spec.source_of(sample)
        return PictureTask(
            key=row.picture,
            stem=picture_stem(row.sample, row.image_index, row.picture),
            sample=sample,
            seed=self.spec.seed_of(row.sample, row.image_index),
            source=None if path is None or row.source is None else SourceFile(path, row.source),
        )

    def _judge_next(self, stored: Iterator[ProgressRow]) -> bool:
        """Judge a fresh picture if there is one, else the next stored one that lacks a scene or score.

        Where the scene of its source is missing too, that comes first and the picture waits.
        """
        while (next_one := self._next_judgement(stored)) is not None:
            key = next_one.row.source_key
            if key not in self.lacking:
                self._submit_judgement(next_one)
                return True
            assert key is not None
            self.waiting.setdefault(key, []).append(next_one)
            if len(self.waiting[key]) == 1:
                self._submit_source(key, next_one.row)
                return True
        return False

    def _next_judgement(self, stored: Iterator[ProgressRow]) -> _Judgement | None:
        if self.to_judge:
            return self.to_judge.popleft()
        for row in stored:
            if row.file is None or row.digest is None:
                continue
            rebuild = needs_scene(row)
            missing = list(self.metrics) if rebuild else missing_scores(self.store, row, list(self.metrics))
            if rebuild or missing:
                return _Judgement(row, row.file, row.digest, tuple(missing))
        return None

    def _submit_source(self, key: _SourceKey, row: ProgressRow) -> None:
        digest, names = key
        sample = self.samples[row.sample]
        path = self.spec.source_of(sample)
        assert path is not None
        task = JudgeTask(
            sample=sample, image=path, digest=digest, names=names, question=row.question, metrics=()
        )
        future = self.executor.submit(judge_picture, task, self.reconstructor, self.spec.reconstructor_key)
        self.rebuilding[future] = key

    def _submit_judgement(self, judgement: _Judgement) -> None:
        row, sample = judgement.row, self.samples[judgement.row.sample]
        # An edit may give its source back, or two seeds one picture: a scene is a scene, whoever made it.
        stored = self.store.find_scene(self.spec.reconstructor_key, judgement.digest, row.names)
        before = None
        if row.source is not None:
            before = self.store.find_scene(self.spec.reconstructor_key, row.source, row.names)
        # Without its source's scene an edit has no score that would be worth keeping: it is judged when the
        # command is repeated.
        metrics = () if row.source is not None and before is None else judgement.metrics
        task = JudgeTask(
            sample=sample,
            image=self.spec.directory / judgement.file,
            digest=judgement.digest,
            names=row.names,
            question=row.question,
            scene=None if stored is None else stored.data,
            source=self.spec.source_of(sample),
            before=None if before is None else before.data,
            metrics=tuple((key, self.metrics[key]) for key in metrics),
        )
        future = self.executor.submit(judge_picture, task, self.reconstructor, self.spec.reconstructor_key)
        self.judging[future] = (row, None if stored is None else stored.id)

    # --- taking in ------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Drop what is queued, and record what is running: it may have been paid for."""
        for future in self._in_flight():
            future.cancel()
        running = [f for f in self._in_flight() if not f.cancelled()]
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
            elif future in self.rebuilding:
                self._record_source(self.rebuilding.pop(future), self._result(future))
            else:
                self._record_judged(*self.judging.pop(future), self._result(future))

    def _record_made(self, row: ProgressRow, made: Made) -> None:
        self.store.add_picture(made.row)
        self.observer.made(made.row)
        if made.row.file is not None and made.row.digest is not None:
            judgement = _Judgement(row, made.row.file, made.row.digest, tuple(self.metrics))
            self.to_judge.append(judgement)
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

    def _record_source(self, key: _SourceKey, result: Judged) -> None:
        """Keep the scene of a source, and let the pictures that wait for it be judged."""
        assert result.row is not None
        self.store.add_scene(result.row, result.question, {})
        waiting = self.waiting.pop(key, [])
        if result.row.outcome == ReconstructionOutcome.FAILED and waiting:
            self.troubles.add(waiting[0].row.sample, f"source: {result.row.detail}")
        self.lacking.discard(key)
        self.to_judge.extendleft(reversed(waiting))
        self.observer.rebuilt_source(result)

    def _record_judged(self, row: ProgressRow, scene_id: int | None, result: Judged) -> None:
        if result.row is not None:
            self.store.add_scene(result.row, result.question, result.scores)
            if result.row.outcome == ReconstructionOutcome.FAILED:
                self.troubles.add(row.sample, result.row.detail)
        elif scene_id is not None:
            with self.store.transaction():
                self.store.put_scores(scene_id, result.question, result.scores)
        self.observer.judged(result)
