"""Pictures that are there are rebuilt and scored; results are recorded by this process alone."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from genspace_core.errors import GenSpaceError, JudgeStopped
from genspace_core.interfaces import Executor
from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.judging import Judged, JudgedBatch, JudgeTask, judge_pictures
from genspace_core.run.layout import STAGES
from genspace_core.run.observer import Observer
from genspace_core.run.panel import Panel
from genspace_core.run.plan import lacks_source, missing_scores, needs_scene
from genspace_core.run.records import ProgressRow
from genspace_core.run.store import Store
from genspace_core.run.voting import Voted
from genspace_core.types import ReconstructionOutcome

# Calls queued per slot of a lane: enough that no worker waits, few enough that stopping is quick.
QUEUED_PER_SLOT = 2


@dataclass(slots=True)
class Troubles:
    """What went wrong technically; refusals and missing objects are results, not troubles.

    Attributes:
        count: how many pictures.
        examples: the first few, in a line each.
    """

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, place: str, detail: str) -> None:
        """Count one, and keep the first few."""
        self.count += 1
        if len(self.examples) < 5:
            self.examples.append(f"{place}: {detail}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finished picture that lacks a scene or scores."""

    row: ProgressRow
    file: str
    digest: str
    metrics: tuple[str, ...]


_SourceKey = tuple[str, str]


class JudgeFlow:
    """One pass over the pictures of a run that lack a scene or a score.

    The source picture of an edit is rebuilt when the first picture made from it waits to be judged.

    Attributes:
        lane: where pictures are judged.
        troubles: what failed technically so far.
        computed, kept: how many results each stage of the reconstructor computed, and found kept.
    """

    def __init__(self, spec: JudgeSpec, executor: Executor, observer: Observer, store: Store) -> None:
        self.judge_spec, self.observer, self.store = spec, observer, store
        self.lane = executor.lane("judge")
        self.samples = {sample.id: sample for sample in spec.suite}
        self.reconstructor = spec.reconstructor.ref()
        self.reconstructor_key = spec.reconstructor_key
        keys = spec.metric_keys
        self.metrics = {keys[metric.name]: metric.ref() for metric in spec.scene_metrics}
        self.panel = Panel(spec, self.lane, store)
        self.rebuilt_at_once = spec.reconstructor.capabilities.max_batch
        self.limit = self.lane.slots * QUEUED_PER_SLOT
        rows = list(store.progress(self.reconstructor_key))
        for row in rows:
            if row.file is not None and row.digest is not None:
                self.panel.add(row, row.file, row.digest)
        self.stored = self._judgements(rows)
        self.fresh: deque[Judgement] = deque()
        self.judging: dict[Future[Any], list[tuple[ProgressRow, int | None]]] = {}  # with stored scenes
        self.rebuilding: dict[Future[Any], list[_SourceKey]] = {}
        self.lacking = {row.source_key for row in rows if row.source_key and lacks_source(row)}
        self.waiting: dict[_SourceKey, list[Judgement]] = {}  # for the scene of their source
        self.troubles = Troubles()
        self.computed: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()

    def run(self) -> Troubles:
        """Judge what is left.

        Returns:
            what failed technically.

        Raises:
            GenSpaceError: a plugin broke, a worker died, or `finish` says so.
            StorageError: something cannot be written.
        """
        try:
            while True:
                while self.hand_out():
                    pass
                if not self.in_flight():
                    self.panel.give_up()
                    self.finish()
                    return self.troubles
                done, _ = wait(self.in_flight(), return_when=FIRST_COMPLETED)
                self.take_in(done)
        except BrokenExecutor:
            raise GenSpaceError(
                "a worker process died (out of memory, or a crash inside a plugin); everything finished is "
                "kept: repeat the command, with --workers 1 if it happens again"
            ) from None
        finally:
            self._drain()

    def in_flight(self) -> list[Future[Any]]:
        """The calls that were handed out."""
        return [*self.judging, *self.rebuilding, *self.panel.in_flight()]

    def finish(self) -> None:
        """Raise why the pass ends before all is done, if it does.

        Raises:
            JudgeStopped: a judge could not go on.
        """
        for name, reason in self.panel.stopped.items():
            raise JudgeStopped(f"{name}: {reason}; everything finished is kept")

    def facts(self) -> dict[str, Any]:
        """What is known of the pass at its end."""
        pacing = self.panel.facts()
        return {"pacing": pacing} if pacing else {}

    def add_picture(self, row: ProgressRow, file: str, digest: str) -> None:
        """A picture is there now, and has to be judged."""
        self.panel.add(row, file, digest)
        if self.judge_spec.needs_scenes:
            self.fresh.append(Judgement(row, file, digest, tuple(self.metrics)))

    def where(self) -> dict[str, int]:
        """What the journal says of the processes: how many judge, and how many of their own make pictures."""
        return {"workers": self.lane.slots, "makers": 0}

    # --- handing out ----------------------------------------------------------------------------

    def hand_out(self) -> bool:
        """Judge fresh pictures if there are any, else stored ones that lack a scene or score.

        As many as the reconstructor takes at once. Where the scene of its source is missing too, that
        comes first and the picture waits.

        Returns:
            whether there was anything to hand out, and room for it.
        """
        if self.panel.hand_out():
            return True
        if len(self.judging) + len(self.rebuilding) >= self.limit:
            return False
        ready: list[Judgement] = []
        sources: list[tuple[_SourceKey, ProgressRow]] = []
        while max(len(ready), len(sources)) < self.rebuilt_at_once:
            next_one = self.fresh.popleft() if self.fresh else next(self.stored, None)
            if next_one is None:
                break
            key = next_one.row.source_key
            if key is None or key not in self.lacking:
                ready.append(next_one)
                continue
            self.waiting.setdefault(key, []).append(next_one)
            if len(self.waiting[key]) == 1:
                sources.append((key, next_one.row))
        if sources:
            tasks = [self._source_task(key, row) for key, row in sources]
            self.rebuilding[self._submit(tasks)] = [key for key, _ in sources]
        if ready:
            found = [self._judge_task(each) for each in ready]
            self.judging[self._submit([task for task, _ in found])] = [
                (each.row, scene_id) for each, (_, scene_id) in zip(ready, found, strict=True)
            ]
        return bool(sources or ready)

    def _submit(self, tasks: list[JudgeTask]) -> Future[Any]:
        return self.lane.submit(
            judge_pictures,
            tasks,
            self.reconstructor,
            self.reconstructor_key,
            self.judge_spec.directory / STAGES,
        )

    def _judgements(self, rows: Iterable[ProgressRow]) -> Iterator[Judgement]:
        for row in rows:
            if row.file is None or row.digest is None or not self.judge_spec.needs_scenes:
                continue
            rebuild = needs_scene(row)
            missing = list(self.metrics) if rebuild else missing_scores(self.store, row, list(self.metrics))
            if rebuild or missing:
                yield Judgement(row, row.file, row.digest, tuple(missing))

    def _source_task(self, key: _SourceKey, row: ProgressRow) -> JudgeTask:
        digest, names = key
        sample = self.samples[row.sample]
        path = self.judge_spec.source_of(sample)
        assert path is not None
        return JudgeTask(
            sample=sample, image=path, digest=digest, names=names, question=row.question, metrics=()
        )

    def _judge_task(self, judgement: Judgement) -> tuple[JudgeTask, int | None]:
        row, sample = judgement.row, self.samples[judgement.row.sample]
        # An edit may give its source back, or two seeds one picture: a scene is a scene, whoever made it.
        stored = self.store.find_scene(self.reconstructor_key, judgement.digest, row.names)
        before = None
        if row.source is not None:
            before = self.store.find_scene(self.reconstructor_key, row.source, row.names)
        # Without its source's scene an edit has no score that would be worth keeping: it is judged when the
        # command is repeated.
        metrics = () if row.source is not None and before is None else judgement.metrics
        task = JudgeTask(
            sample=sample,
            image=self.judge_spec.directory / judgement.file,
            digest=judgement.digest,
            names=row.names,
            question=row.question,
            scene=None if stored is None else stored.data,
            source=self.judge_spec.source_of(sample),
            before=None if before is None else before.data,
            metrics=tuple((key, self.metrics[key]) for key in metrics),
        )
        return task, None if stored is None else stored.id

    # --- taking in ------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Drop what is queued, and record what is running: it may have been paid for."""
        self.panel.call_off()
        cancelled = [future for future in self.in_flight() if future.cancel()]
        self.panel.drop(future for future in cancelled if self.panel.owns(future))
        running = [f for f in self.in_flight() if not f.cancelled()]
        if running:
            self.observer.stopping(len(running))
            wait(running)
            self.take_in([f for f in running if f.exception() is None])
        self.panel.close()

    def take_in(self, done: Iterable[Future[Any]]) -> None:
        """Record what came of calls that have ended.

        Raises:
            GenSpaceError: a plugin broke.
        """
        for future in done:
            if self.panel.owns(future):
                self._record_opinion(future)
            elif future in self.rebuilding:
                keys = self.rebuilding.pop(future)
                for key, judged in zip(keys, self._batch(future), strict=True):
                    self._record_source(key, judged)
            else:
                found = self.judging.pop(future)
                for (row, scene_id), judged in zip(found, self._batch(future), strict=True):
                    self._record_judged(row, scene_id, judged)

    def _record_opinion(self, future: Future[Any]) -> None:
        voted: Voted = result_of(future)
        row, detail = self.panel.take_in(future, voted)
        if detail:
            self.troubles.add(row.sample, detail)
        elif voted.score is not None:
            self.observer.voted(voted)

    def _batch(self, future: Future[Any]) -> list[Judged]:
        batch: JudgedBatch = result_of(future)
        for stage, (computed, kept) in batch.work.items():
            self.computed[stage] += computed
            self.kept[stage] += kept
        return batch.judged

    def _record_source(self, key: _SourceKey, result: Judged) -> None:
        """Keep the scene of a source, and let the pictures that wait for it be judged."""
        assert result.row is not None
        self.store.add_scene(result.row, result.question, {})
        waiting = self.waiting.pop(key, [])
        if result.row.outcome == ReconstructionOutcome.FAILED and waiting:
            self.troubles.add(waiting[0].row.sample, f"source: {result.row.detail}")
        self.lacking.discard(key)
        self.fresh.extendleft(reversed(waiting))
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


def result_of(future: Future[Any]) -> Any:
    """What a call gave.

    Raises:
        GenSpaceError: what the call raised on purpose, or its answer could not travel back.
    """
    try:
        return future.result()
    except (GenSpaceError, BrokenExecutor):
        raise
    except Exception as error:  # a plugin's answer that could not even travel back
        raise GenSpaceError(f"a worker's answer is unusable: {type(error).__name__}: {error}") from error
