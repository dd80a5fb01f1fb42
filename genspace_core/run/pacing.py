"""Whose turn it is: the threads that call one account start when its pace allows."""

from __future__ import annotations

import random
import time
from threading import Condition
from types import TracebackType
from typing import Self

from genspace_core.errors import GenerationError, GenSpaceError, RateLimited, RateLimits, Transient
from genspace_core.interfaces import Capabilities
from genspace_core.run.pace import USUAL_IN_FLIGHT, Pace

OUTAGE_S = 600.0
"""How long a server that has served before is waited for."""


class Halted(GenSpaceError):
    """Calls of this account are not wanted any more; the call was not made."""


class Pacer:
    """Lets calls of one account start, from any number of threads.

    Args:
        most: calls in flight at once.
        per_minute: the account's limit, if it is known.
    """

    def __init__(self, most: int = USUAL_IN_FLIGHT, per_minute: float | None = None) -> None:
        self._pace = Pace(most, None if per_minute is None else per_minute / 60)
        self._changed = Condition()
        self._stopped: str | None = None
        self._serves = False  # a call has come to what was asked for, and none has failed for long since
        self._down: float | None = None  # since when calls fail in passing, without one that did not

    def widen(self, most: int, per_minute: float | None) -> None:
        """Another plugin uses the account, too."""
        with self._changed:
            self._pace.widen(most)
            if per_minute is not None:
                told = per_minute / 60
                self._pace.limit = told if self._pace.limit is None else min(told, self._pace.limit)

    @property
    def stopped(self) -> str | None:
        """Why the vendor serves this account no more; None while it does."""
        return self._stopped

    def facts(self) -> dict[str, float | int | None]:
        """How it went: calls started and rejected, and the limit that was told or found, by the minute."""
        with self._changed:
            rate = self._pace.rate(time.monotonic())
            per_minute = None if rate is None else round(rate * 60, 1)
            return {"calls": self._pace.started, "rejected": self._pace.rejected, "per_minute": per_minute}

    def line(self) -> Line:
        """A line of its own for those who are called off together, such as the pictures of one run."""
        return Line(self)

    def stop(self, reason: str) -> None:
        """Let nothing start any more, in this run or another: the vendor serves this account no more."""
        with self._changed:
            self._stopped = self._stopped or reason
            self._changed.notify_all()

    def _turn(self, line: Line) -> Turn:
        with self._changed:
            while True:
                self._refuse_if_halted(line)
                wait = self._pace.wait(time.monotonic())
                if wait <= 0:
                    number = self._pace.start(time.monotonic())
                    # The next in line looks when the rate lets it, or at once.
                    self._changed.notify()
                    return Turn(self, number)
                self._changed.wait(min(wait, 1.0))

    def _sleep(self, seconds: float, line: Line) -> None:
        until = time.monotonic() + seconds
        with self._changed:
            self._refuse_if_halted(line)
            while (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
                self._refuse_if_halted(line)

    def _close(self, line: Line) -> None:
        with self._changed:
            line.closed = True
            self._changed.notify_all()

    def _refuse_if_halted(self, line: Line) -> None:
        if self._stopped is not None:
            raise Halted(self._stopped)
        if line.closed:
            raise Halted("no more calls are wanted")

    def _end(self, number: int, error: BaseException | None, limits: RateLimits | None) -> None:
        with self._changed:
            now = time.monotonic()
            if isinstance(error, RateLimited):
                asked = error.retry_after
                # All who wait for the same moment would come at the same moment.
                self._pace.reject(number, now, None if asked is None else asked + random.uniform(0, 0.05))
            elif isinstance(error, Transient):
                self._fail(number, now, error.retry_after)
            else:
                self._serve(well=error is None)
            told = (error.limits if isinstance(error, GenerationError) else None) or limits
            self._pace.end(number, now, accepted=not isinstance(error, RateLimited), limits=told)
            self._changed.notify_all()

    def _serve(self, *, well: bool = True) -> None:
        """The server has answered; `well` with what it was asked for."""
        with self._changed:
            self._pace.succeed()
            self._serves, self._down = self._serves or well, None
            self._changed.notify_all()

    def _fail(self, number: int, now: float, retry_after: float | None) -> None:
        """A server that has never served is not waited for, nor one that has not for long."""
        self._down = now if self._down is None else self._down
        if self._serves and now - self._down < OUTAGE_S:
            self._pace.stumble(number, now, retry_after)
        elif self._serves:
            self._serves = False
            self._pace.succeed()

    def is_waited_for(self) -> bool:
        """Whether the server is not well, has been before, and may soon be again."""
        with self._changed:
            return self._serves and self._pace.unwell


class Line:
    """Calls of one account that wait together, and are called off together."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer = pacer
        self.closed = False

    def turn(self) -> Turn:
        """Wait until a call may start, and hold its place until it has ended.

        Raises:
            Halted: calls are not wanted any more.
        """
        return self.pacer._turn(self)

    def sleep(self, seconds: float) -> None:
        """Wait, unless calls are not wanted any more.

        Raises:
            Halted: they are not.
        """
        self.pacer._sleep(seconds, self)

    def close(self) -> None:
        """Nothing of this line starts any more. What is running goes on."""
        self.pacer._close(self)


class Turn:
    """A call that has started. Use it in a `with` block, and say what came of it."""

    def __init__(self, pacer: Pacer, number: int) -> None:
        self._pacer, self._number = pacer, number
        self.limits: RateLimits | None = None
        """What the answer's headers told."""

    def accepted(self) -> None:
        """The server has taken an order: it is well, however long the order takes."""
        self._pacer._serve()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pacer._end(self._number, error, self.limits)


_PACERS: dict[str, Pacer] = {}


def calls_at_once(capabilities: Capabilities) -> int:
    """How many calls a plugin may have in flight."""
    return capabilities.max_concurrency or USUAL_IN_FLIGHT


def pacer_of(account: str, capabilities: Capabilities) -> Pacer:
    """The one pacer of an account in this process: what one run found out, the next one knows.

    Several plugins may share it, such as a generator and a judge; it lets as many calls start as the one that
    allows most, and each has threads for its own number.
    """
    most, per_minute = calls_at_once(capabilities), capabilities.requests_per_minute
    known = _PACERS.get(account)
    if known is None:
        known = _PACERS[account] = Pacer(most, per_minute)
    known.widen(most, per_minute)
    return known
