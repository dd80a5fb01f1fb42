"""How fast an account may be asked: worked out from what its server does, without clocks or threads.

Two things are held at once: how many calls start in a second, and how many are in flight. Both begin
carefully and grow while nothing is rejected. When a call is (HTTP 429), the rate falls to what was let
through lately, from where it grows as CUBIC does (RFC 9438, section 4.2): slowly near what was found, ever
faster when that turns out to have been too little. The number in flight is bounded where calls are rejected
at one number again and again, and none is let through there.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from genspace_core.errors import RateLimits

USUAL_IN_FLIGHT = 32
"""Calls in flight at once where neither user nor vendor says a number."""

FIRST = 4
"""Calls in flight to begin with."""

DOUBLING_S = 0.5
"""While nothing was rejected yet, calls in flight may double in this time."""

MARGIN = 0.97
"""Share of a limit that is used: arrivals jitter."""

BACK = 0.96
"""What is left of a rate that was found out, right after it was."""

WINDOW_S = 60.0
"""How far back the calls are counted that were let through; vendors state their limits by the minute."""

OFF = 0.9
"""A rate of which less than this share is let through is too high; the rest is what rejections cost."""

REGAIN_CALLS, REGAIN_S = 80.0, (10.0, 60.0)
"""It is back at what was found after so many calls, but within these times."""

CEILING_AFTER = 3
"""Rejections at one number of calls in flight, with none let through there, that show a limit on it."""

PROBE_AFTER, PROBE_AT_LAST = 30, 480
"""Calls let through after which one more in flight is tried; doubled each time that it is in vain."""

STUMBLES = 3
"""Passing failures in a row after which nothing starts for a while."""

FIRST_HOLD_S, LONGEST_HOLD_S = 1.0, 60.0
"""How long nothing starts after a rejection without a Retry-After; doubled while nothing comes through."""


@dataclass(slots=True)
class Pace:
    """What an account's server seems to allow. Times are seconds on one clock.

    Attributes:
        most: calls in flight at once, never more.
        limit: calls started in a second, as the user told; None if nobody did.
        allowed: calls in flight at once, as far as is known.
        in_flight: calls that have started and not ended.
        started, rejected: calls so far.
    """

    most: int
    limit: float | None = None
    allowed: float = field(init=False)
    in_flight: int = 0
    started: int = 0
    rejected: int = 0
    _growing: bool = True  # slow start
    _grown: float = float("-inf")  # when `allowed` last doubled
    _next: float = float("-inf")  # when the next call may start, by the rate
    _held: float = float("-inf")  # until when nothing starts
    _told: float | None = None  # the limit that the last header told, calls in a second
    _found: float | None = None  # calls in a second that were let through before a rejection
    _began: float | None = None  # when the first call started
    _taken: deque[float] = field(default_factory=deque)  # when calls ended that the server took, lately
    _levels: dict[int, int] = field(default_factory=dict)  # how many were in flight when each call started
    _rejections: Counter[int] = field(default_factory=Counter)  # at each such number
    _capped: bool = False  # by a limit on calls in flight
    _calm: int = 0  # calls let through since then
    _probing: int = 0  # calls in flight that are being tried, one more than are known to be let through
    _probe_after: int = PROBE_AFTER
    _stumbles: int = 0  # passing failures in a row
    _ill: int = 0  # calls that started before the server was known not to be well
    _vain: int = 0  # rejections in a row, with nothing let through in between
    _before: int = 0  # calls that started before the last rejection: theirs are of the same episode

    def __post_init__(self) -> None:
        self.allowed = min(FIRST, self.most)

    def rate(self, now: float) -> float | None:
        """Calls that may start in a second; None while no limit is known."""
        bounds = [bound for bound in (self.limit, self._told) if bound is not None]
        if self._found is None:
            return min(bounds, default=None)
        shortest, longest = REGAIN_S
        regain = min(longest, max(shortest, REGAIN_CALLS / self._found))
        passed = max(0.0, now - self._held) / regain
        rate = self._found * (BACK + (1 - BACK) * passed**3)
        return min(rate, *bounds) if bounds else rate

    def wait(self, now: float) -> float:
        """Seconds until it is worth asking again; 0 where a call may start now."""
        self._widen(now)
        if self.unwell and next(reversed(self._levels), 0) > self._ill:
            return float("inf")  # one at a time, until one comes back well
        if self.in_flight >= int(self.allowed):
            return max(0.01, self._grown + DOUBLING_S - now) if self._growing else float("inf")
        return max(0.0, self._held - now, self._next - now)

    def start(self, now: float) -> int:
        """A call starts; returns its number, for `reject`."""
        if self._began is None:
            self._began = self._grown = now
        self.in_flight += 1
        self.started += 1
        self._levels[self.started] = self.in_flight
        rate = self.rate(now)
        if rate is not None:
            self._next = max(now, self._next) + 1 / rate
        return self.started

    def end(self, number: int, now: float, *, accepted: bool, limits: RateLimits | None = None) -> None:
        """A call has ended.

        Args:
            number: of the call, from `start`.
            now: the time.
            accepted: the server took it, whatever came of it.
            limits: what its headers told.
        """
        self.in_flight -= 1
        level = self._levels.pop(number)
        if limits is not None:
            self._heed(limits, now)
        if not accepted:
            return
        self._vain = 0
        self._taken.append(now)
        self._forget(now)
        for lower in [each for each in self._rejections if each <= level]:
            del self._rejections[lower]  # it is not the number in flight that was too large
        self._calm += 1
        if self._probing and level >= self._probing:
            self._probing, self._probe_after = 0, PROBE_AFTER
        elif self._capped and not self._probing and self._calm >= self._probe_after:
            self._probe()

    def _probe(self) -> None:
        """Try one more call in flight."""
        more = min(self.most, int(self.allowed) + 1)
        if more > self.allowed:
            self.allowed, self._probing, self._calm = more, more, 0

    def _heed(self, limits: RateLimits, now: float) -> None:
        if limits.per_minute is not None and 0 < limits.per_minute < float("inf"):
            self._told = limits.per_minute * MARGIN / 60
        elif limits.remaining == 0 and limits.reset is not None and limits.reset > 0:
            self._held = max(self._held, now + min(limits.reset, LONGEST_HOLD_S))

    def widen(self, most: int) -> None:
        """More calls at once may be in flight than was thought."""
        if most > self.most and not (self._growing or self._capped):
            self.allowed = most  # it is the rate that holds the calls back
        self.most = max(self.most, most)

    @property
    def unwell(self) -> bool:
        """Whether so many calls failed in passing that one at a time is tried."""
        return self._stumbles >= STUMBLES

    def succeed(self) -> None:
        """A call came to an answer, and the server is well."""
        self._stumbles = 0

    def stumble(self, number: int, now: float, retry_after: float | None = None) -> None:
        """A call failed in passing, which says that the server is not well. To be followed by `end`.

        Args:
            number: of the call, from `start`.
            now: the time.
            retry_after: seconds that the server asks to wait.
        """
        if number <= self._ill:
            return  # it started before that was known
        self._stumbles += 1
        if self.unwell:
            self._ill = self.started
            pause = FIRST_HOLD_S * 2 ** min(self._stumbles - STUMBLES, 9)
            self._held = max(self._held, now + min(LONGEST_HOLD_S, max(pause, retry_after or 0.0)))

    def reject(self, number: int, now: float, retry_after: float | None) -> None:
        """The server was asked too fast. To be followed by `end`.

        Args:
            number: of the call, from `start`.
            now: the time.
            retry_after: seconds that the server asks to wait.
        """
        self.rejected += 1
        before = self.rate(now)
        if retry_after is not None:
            self._held = max(self._held, now + retry_after)
        if number <= self._before:
            return  # it started before an earlier rejection was known: the lesson is learnt
        self._before = self.started
        if retry_after is None or self._vain:  # a server may say less than it means
            self._held = max(self._held, now + min(LONGEST_HOLD_S, FIRST_HOLD_S * 2**self._vain))
        self._vain += 1
        self._look_for_ceiling(self._levels[number])
        self._estimate(now, retry_after or 0.0, before)

    def _look_for_ceiling(self, level: int) -> None:
        """From now on the rate is what holds the calls back, but for a limit on those in flight."""
        if self._growing:
            self._growing, self.allowed = False, self.most
        if self._probing and level >= self._probing:
            self.allowed, self._probing, self._calm = self._probing - 1, 0, 0
            self._probe_after = min(PROBE_AT_LAST, self._probe_after * 2)
            return
        self._rejections[level] += 1
        if level > 1 and self._rejections[level] >= CEILING_AFTER:
            self.allowed, self._capped, self._calm, self._probing = level - 1, True, 0, 0
            self._rejections.clear()

    def _estimate(self, now: float, asked: float, before: float | None) -> None:
        """What was let through lately, over the time it took and that the server asks for."""
        self._forget(now)
        span = asked + min(WINDOW_S, now - (now if self._began is None else self._began))
        taken = len(self._taken) + self.in_flight - 1  # what is in flight may have been taken, too
        if not taken or span <= 0:
            return
        found = taken / min(span, max(WINDOW_S, asked))
        # A little less than the rate is what the rejections themselves cost; much less shows it far too high.
        self._found = found if before is None or found < OFF * before else before

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0] <= now - WINDOW_S:
            self._taken.popleft()

    def _widen(self, now: float) -> None:
        """Slow start: more at once, as long as all that is allowed is in use and nothing is rejected."""
        if self._growing and self.in_flight >= self.allowed and now >= self._grown + DOUBLING_S:
            self.allowed, self._grown = min(self.most, self.allowed * 2), now
