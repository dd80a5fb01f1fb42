"""Servers that limit their clients, and a client that keeps to a `Pace`, on a clock that costs no time."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

from genspace_core.errors import RateLimits
from genspace_core.run.pace import Pace

ARRIVAL_S = 0.05
"""How long a request travels."""


@dataclass
class Bucket:
    """Tokens that flow in evenly; some may be saved up."""

    rate: float
    burst: float
    tells: bool

    def __post_init__(self):
        self._tokens, self._then = self.burst, 0.0

    def __call__(self, now, lasts):
        self._tokens = min(self.burst, self._tokens + (now - self._then) * self.rate)
        self._then = now
        if self._tokens >= 1:
            self._tokens -= 1
            return True, None
        return False, (1 - self._tokens) / self.rate if self.tells else None


@dataclass
class FixedWindow:
    """So many in each window of the clock."""

    count: int
    seconds: float
    tells: bool

    def __post_init__(self):
        self._window, self._used = -1, 0

    def __call__(self, now, lasts):
        window = int(now // self.seconds)
        if window != self._window:
            self._window, self._used = window, 0
        if self._used < self.count:
            self._used += 1
            return True, None
        return False, (window + 1) * self.seconds - now if self.tells else None


@dataclass
class SlidingWindow:
    """So many in any stretch of time."""

    count: int
    seconds: float
    tells: bool
    _taken: list = field(default_factory=list)

    def __call__(self, now, lasts):
        self._taken = [then for then in self._taken if then > now - self.seconds]
        if len(self._taken) < self.count:
            self._taken.append(now)
            return True, None
        return False, self._taken[0] + self.seconds - now if self.tells else None


@dataclass
class AtOnce:
    """So many in progress."""

    count: int
    _ends: list = field(default_factory=list)

    def __call__(self, now, lasts):
        self._ends = [end for end in self._ends if end > now]
        if len(self._ends) < self.count:
            self._ends.append(now + lasts)
            return True, None
        return False, None


@dataclass(frozen=True)
class Trip:
    """What happened: when each call started and whether it was let through, and when the last one ended."""

    calls: tuple[tuple[float, bool], ...]
    end: float

    def rate(self, after: float) -> float:
        """Calls let through in a second, after a time to warm up."""
        taken = [when for when, through in self.calls if through and when > after]
        return (len(taken) - 1) / (taken[-1] - taken[0])

    def rejected(self, after: float) -> float:
        """Share of the calls that were rejected, after a time to warm up."""
        later = [through for when, through in self.calls if when > after]
        return later.count(False) / len(later)


def travel(
    server, calls: int, *, most=32, latency=2.0, per_minute=None, header=None, jitter=0.1, seed=1
) -> Trip:
    """Have so many calls let through, as fast as a pace allows."""
    pace = Pace(most, None if per_minute is None else per_minute / 60)
    rng, now, done, left, number = random.Random(seed), 0.0, 0, calls, 0
    under_way: list = []
    told: list[tuple[float, bool]] = []
    limits = None if header is None else RateLimits(per_minute=header)
    while done < calls:
        wait = 0.0
        while left and (wait := pace.wait(now)) <= 0:
            call = pace.start(now)
            left, number = left - 1, number + 1
            takes = latency * (1 + rng.uniform(-jitter, jitter))
            through, asked = server(now + ARRIVAL_S, takes - 2 * ARRIVAL_S)
            told.append((now, through))
            takes = takes if through else 2 * ARRIVAL_S
            heapq.heappush(under_way, (now + takes, number, call, through, asked))
        start = now + wait if left else float("inf")
        if under_way and under_way[0][0] <= start:
            now, _, call, through, asked = heapq.heappop(under_way)
            if through:
                done += 1
            else:
                left += 1
                pace.reject(call, now, asked)
            pace.end(call, now, accepted=through, limits=limits)
        else:
            now = start + 1e-6
    return Trip(tuple(told), now)
