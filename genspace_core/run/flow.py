"""The flow of work: pictures made and judged side by side, results recorded by this process alone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from genspace_core.errors import GeneratorStopped
from genspace_core.interfaces import Executor
from genspace_core.run.judge_flow import QUEUED_PER_SLOT, JudgeFlow, result_of
from genspace_core.run.keeping import Made, PictureTask, SourceFile
from genspace_core.run.making import make_pictures
from genspace_core.run.observer import Observer
from genspace_core.run.ordering import Unmade, order_picture
from genspace_core.run.pacing import Line, calls_at_once, pacer_of
from genspace_core.run.plan import RunSpec, needs_picture, picture_stem
from genspace_core.run.records import PictureRow, ProgressRow
from genspace_core.run.slips import Slip
from genspace_core.run.spending import Spending
from genspace_core.run.store import Store
from genspace_core.run.threads import CallThreads
from genspace_core.types import GenerationOutcome

# A run in which this many pictures in a row fail to be made is not going to succeed by itself.
MAX_FAILURES_IN_A_ROW = 10


class Flow(JudgeFlow):
    """One pass over the plan: pictures are made, and judged as soon as they are there.

    Each has a lane of the executor and a limit of its own, so that neither waits for the other. Where
    pictures are made faster than they are judged, they wait on disk. A generator behind an API is called
    from threads of this process, as its account's pacer allows.
    """

    def __init__(self, spec: RunSpec, executor: Executor, observer: Observer, store: Store) -> None:
        super().__init__(spec, executor, observer, store)
        self.spec = spec
        self.generator = spec.generator.ref()
        self.capabilities = spec.capabilities
        self.making: dict[Future[Any], list[ProgressRow]] = {}
        rows = [row for row in store.progress(self.reconstructor_key) if needs_picture(row)]
        self.unmade: Iterator[ProgressRow] = iter(sorted(rows, key=self._order))
        self.spending = Spending(spec.prices, spec.budget)
        self.line: Line | None = None
        self.stop_reason: str | None = None
        self.failures_in_a_row = 0
        self.invalid: list[PictureRow] = []
        most = self.capabilities.max_concurrency
        # None of the executor's where nothing is to be made, or not by it: a lane takes its part of the
        # cores, and its models their memory.
        self.make_lane = executor.lane("make", most if rows and not self.capabilities.network else 0)
        if self.capabilities.network:
            pacer = pacer_of(self.capabilities.account or spec.generator.plugin, self.capabilities)
            self.line = pacer.line()
            self.making_limit = calls_at_once(self.capabilities)
            self.make_lane = CallThreads(self.making_limit)
            self.stop_reason = pacer.stopped if rows else None
        else:
            limit = self.make_lane.slots * QUEUED_PER_SLOT
            self.making_limit = min(limit, most or limit)

    def _order(self, row: ProgressRow) -> int:
        """What is ordered already comes first, and what was never tried before what failed.

        So nothing that is paid for expires, and old failures cannot hold up the rest.
        """
        return -1 if Slip.of(self.spec.directory, row.picture).is_open() else int(row.generation is not None)

    def in_flight(self) -> list[Future[Any]]:
        """The calls that were handed out."""
        return [*self.making, *super().in_flight()]

    def where(self) -> dict[str, int]:
        """How many processes judge, and how many others make pictures, or how many calls are made at once."""
        if self.line is not None:
            return super().where() | {"calls_at_once": self.making_limit}
        apart = self.make_lane is not self.lane
        return super().where() | {"makers": self.make_lane.slots if apart else 0}

    def facts(self) -> dict[str, Any]:
        """What is known of it at its end."""
        own = {} if self.line is None else {self.spec.generator.name: self.line.pacer.facts()}
        pacing = own | self.panel.facts()
        return {"pacing": pacing} if pacing else {}

    def finish(self) -> None:
        """Say it if the generator could not go on.

        Raises:
            GeneratorStopped: why it cannot.
        """
        super().finish()
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
        size = 1 if self.line is not None else self.capabilities.max_batch
        batch = list(itertools.islice(self.unmade, size))
        if not batch or not self._may_pay(batch):
            return False
        tasks = [self._picture_task(row) for row in batch]
        future: Future[Any]
        if self.line is None:
            future = self.make_lane.submit(make_pictures, self.spec.directory, self.generator, tasks)
        else:
            future = self.make_lane.submit(
                order_picture, self.spec.directory, self.generator, tasks[0], self.line, self.spending
            )
        self.making[future] = batch
        return True

    def _may_pay(self, batch: list[ProgressRow]) -> bool:
        """Whether there is money for a picture; if not, it waits for what others turn out to cost."""
        if self.line is None or self.spending.hold(self._key(batch[0])):
            return True
        self.unmade = itertools.chain(batch, self.unmade)
        if not self.making and not self.panel.in_flight():
            assert self.spec.budget is not None
            self.stop_reason = self.spec.budget.describe()
        return False

    def _key(self, row: ProgressRow) -> tuple[Path, str]:
        return self.spec.directory, row.picture

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
            result = result_of(future)
            if self.line is not None:
                self._settle(rows[0], result)
                result = [result]
            for row, made in zip(rows, result, strict=True):
                if isinstance(made, Made):
                    self._record_made(row, made)
            if self.stop_reason:
                self._make_no_more()

    def _make_no_more(self) -> None:
        """What is queued would fare no better; what is made is judged all the same."""
        if self.line is not None:
            self.line.close()
        for future in list(self.making):
            if future.cancel():
                (row, *_) = self.making.pop(future)
                if self.line is not None:
                    self.spending.release(self._key(row))

    def _settle(self, row: ProgressRow, made: Made | Unmade) -> None:
        """Count what a vendor's call has cost."""
        assert self.line is not None
        done = isinstance(made, Made) and made.row.outcome == GenerationOutcome.OK
        cost = made.row.cost if isinstance(made, Made) else None
        if not made.open:  # else it is held back until the order is collected, and its slip has the bill
            self.spending.settle(self._key(row), cost, made.bill, made=done)
        if isinstance(made, Unmade) and not made.open:
            for charge in self.spending.charges(row.picture, made.bill):
                self.store.add_charge(charge)
        if self.line.pacer.stopped is not None:
            self.stop_reason = self.line.pacer.stopped

    def _drain(self) -> None:
        """As of any flow; calls that wait for their turn are not made."""
        if self.line is not None:
            self.line.close()
        super()._drain()
        if self.line is not None:
            self.make_lane.shutdown()

    def _record_made(self, row: ProgressRow, made: Made) -> None:
        picture = made.row
        if self.line is not None and picture.outcome == GenerationOutcome.OK and picture.cost is None:
            picture = replace(picture, cost=self.spending.prices.usual)
        charges = [] if made.open else self.spending.charges(picture.key, made.bill)
        self.store.add_picture(picture, charges)
        if self.line is not None and not made.open:
            Slip.of(self.spec.directory, row.picture).close()
        self.observer.made(picture)
        if picture.file is not None and picture.digest is not None:
            self.add_picture(row, picture.file, picture.digest)
        if picture.outcome != GenerationOutcome.FAILED:
            self.failures_in_a_row = 0
            self.invalid.clear()
            return
        self.troubles.add(row.sample, picture.detail)
        if not made.telling:
            return  # a fault of its source says nothing of the next one
        if picture.final:
            self._record_invalid(picture)
            return
        self.failures_in_a_row += 1
        if made.fatal is not None:
            self.stop_reason = made.fatal
        elif self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            self.stop_reason = (
                f"{self.failures_in_a_row} pictures in a row failed, the last with: {picture.detail}"
            )

    def _record_invalid(self, picture: PictureRow) -> None:
        """A fault of one prompt says nothing of the next; the same one of many is none of theirs."""
        if self.line is None:
            return
        if self.invalid and _wording(self.invalid[0].detail) != _wording(picture.detail):
            self.invalid.clear()
        self.invalid.append(picture)
        if len(self.invalid) >= MAX_FAILURES_IN_A_ROW:
            self.store.reopen(each.key for each in self.invalid)
            self.stop_reason = f"{len(self.invalid)} requests in a row were not taken: {picture.detail}"


def _wording(detail: str) -> str:
    """An error's words without what differs from call to call, such as its number."""
    return re.sub(r"\b\w*\d\w*\b", "#", detail)
