"""The judges of a run: which pictures each has not seen, and calls that ask them, beside all else."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from genspace_core.interfaces import Executor
from genspace_core.plugins.config import Resolved
from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.pacing import Line, calls_at_once, pacer_of
from genspace_core.run.records import Charge, ProgressRow
from genspace_core.run.spending import Prices, Spending
from genspace_core.run.store import Store
from genspace_core.run.threads import CallThreads
from genspace_core.run.voting import Asking, Voted, VoteTask, ask_judge, seated_judge, vote_file


@dataclass(frozen=True, slots=True)
class Seat:
    """One judge.

    Attributes:
        metric: how it is configured.
        key: of its identity.
        lane: where it is asked.
        votes: key that its votes are kept by, which judges share that differ in how they decide only.
        line: in which it waits for its account's turn; None on this machine.
        spending: what it costs.
        most: pictures that it is asked about at once.
    """

    metric: Resolved
    key: str
    votes: str
    lane: Executor
    line: Line | None
    spending: Spending
    most: int


class Panel:
    """Asks each judge about each picture once.

    Args:
        spec: whose judges and pictures.
        lane: of the executor, for judges on this machine.
        store: the journal.
    """

    def __init__(self, spec: JudgeSpec, lane: Executor, store: Store) -> None:
        self._spec, self._store = spec, store
        self._samples = {sample.id: sample for sample in spec.suite}
        self.seats = [self._seat(metric, lane) for metric in spec.judges]
        self._waiting: dict[str, deque[tuple[ProgressRow, str, str]]] = {s.key: deque() for s in self.seats}
        self._asking: dict[Future[Any], tuple[Seat, ProgressRow, str]] = {}
        self._seen: set[tuple[str, str, str]] = set()
        self.stopped: dict[str, str] = {}  # why a judge is asked no more, by its name
        self.short = False  # there was no money for a call

    def _seat(self, metric: Resolved, lane: Executor) -> Seat:
        able, key = metric.capabilities, self._spec.metric_keys[metric.name]
        spending = Spending(Prices.of(able), self._spec.budget, votes=able.votes, judging=True)
        if not able.network:
            return Seat(metric, key, key, lane, None, spending, lane.slots * 2)
        _, votes = seated_judge(metric.ref())  # a missing key is told before pictures are paid for
        pacer, at_once = pacer_of(able.account or metric.plugin, able), calls_at_once(able)
        return Seat(metric, key, votes, CallThreads(at_once), pacer.line(), spending, at_once)

    def add(self, row: ProgressRow, file: str, digest: str) -> None:
        """A picture is there: every judge that has not seen it will be asked."""
        keys = [seat.key for seat in self.seats]
        known = self._store.opinions(digest, row.question, keys)
        for key in keys:
            if key not in known and (key, digest, row.question) not in self._seen:
                self._seen.add((key, digest, row.question))  # two seeds may give one picture
                self._waiting[key].append((row, file, digest))

    def in_flight(self) -> list[Future[Any]]:
        """The calls that were handed out."""
        return list(self._asking)

    def hand_out(self) -> bool:
        """Ask one judge about one picture; False where there is nothing to ask, or no room for it."""
        for seat in self.seats:
            asked = sum(one is seat for one, _, _ in self._asking.values())
            if not self._waiting[seat.key] or asked >= seat.most or seat.metric.name in self.stopped:
                continue
            if seat.line is not None and seat.line.pacer.stopped is not None:
                self.stopped[seat.metric.name] = seat.line.pacer.stopped
                continue
            row, _, digest = self._waiting[seat.key][0]
            if self._is_asked_about(seat, row, digest):
                continue  # another judge pays for the votes that both need
            if not self._is_kept(seat, row, digest) and not seat.spending.hold(self._key(seat, row, digest)):
                self.short = True
                continue
            self._ask(seat, *self._waiting[seat.key].popleft())
            return True
        return False

    def _is_asked_about(self, seat: Seat, row: ProgressRow, digest: str) -> bool:
        wanted = seat.votes, digest, row.question
        asked = ((one.votes, other, about.question) for one, about, other in self._asking.values())
        return wanted in asked

    def _is_kept(self, seat: Seat, row: ProgressRow, digest: str) -> bool:
        """Whether every vote was had before, so that none has to be paid for."""
        votes = range(seat.metric.capabilities.votes)
        files = (vote_file(self._spec.directory, seat.votes, (digest, row.question), vote) for vote in votes)
        return all(file.is_file() for file in files)

    def _ask(self, seat: Seat, row: ProgressRow, file: str, digest: str) -> None:
        sample = self._samples[row.sample]
        task = VoteTask(
            sample=sample,
            image=self._spec.directory / file,
            digest=digest,
            question=row.question,
            source=self._spec.source_of(sample),
        )
        asking = None
        if seat.line is not None:
            again = partial(seat.spending.hold_more, self._key(seat, row, digest))
            asking = Asking(seat.line, seat.spending.call, again)
        future = seat.lane.submit(ask_judge, self._spec.directory, seat.metric.ref(), task, asking)
        self._asking[future] = (seat, row, digest)

    def _key(self, seat: Seat, row: ProgressRow, digest: str) -> tuple[Path, str]:
        return self._spec.directory, f"{seat.key} {digest} {row.question}"

    def give_up(self) -> None:
        """Nothing is in flight whose cost could leave money for what waits."""
        if self.short and self._spec.budget is not None:
            for seat in self.seats:
                if self._waiting[seat.key]:
                    self.stopped.setdefault(seat.metric.name, self._spec.budget.describe())

    def owns(self, future: Future[Any]) -> bool:
        """Whether a call is one of a judge's."""
        return future in self._asking

    def take_in(self, future: Future[Any], voted: Voted) -> tuple[ProgressRow, str]:
        """Record an opinion, and what it cost.

        Returns:
            the picture, and what went wrong with it ("" if nothing did).
        """
        seat, row, digest = self._asking.pop(future)
        cost = 0.0
        for key, told in voted.votes.items() if seat.line is not None else ():
            if not self._store.is_charged(key):  # one that was kept may have been recorded, too
                price = seat.metric.capabilities.price if told is None else told
                self._store.add_charge(Charge(key=key, cost=price, judging=True))
                cost += price or 0.0
        seat.spending.settle(self._key(seat, row, digest), cost, voted.bill, made=False)
        for charge in seat.spending.charges(seat.key, voted.bill):
            self._store.add_charge(charge)
        if voted.score is not None:
            self._store.add_opinion(digest, row.question, {seat.key: voted.score})
        if voted.fatal:
            self.stopped[seat.metric.name] = voted.detail
        return row, voted.detail

    def drop(self, futures: Iterable[Future[Any]]) -> None:
        """Calls that were cancelled before they started."""
        for future in futures:
            seat, row, digest = self._asking.pop(future)
            seat.spending.release(self._key(seat, row, digest))

    def call_off(self) -> None:
        """Let no vendor's call start any more."""
        for seat in self.seats:
            if seat.line is not None:
                seat.line.close()

    def close(self) -> None:
        """End the threads."""
        for seat in self.seats:
            if seat.line is not None:
                seat.lane.shutdown()

    def facts(self) -> dict[str, Any]:
        """How each vendor's account was paced, by judge."""
        return {seat.metric.name: seat.line.pacer.facts() for seat in self.seats if seat.line is not None}
