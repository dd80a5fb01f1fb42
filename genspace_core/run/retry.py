"""Trying again: what to do when a generator says "not now"."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, wait_random_exponential

from genspace_core.errors import RateLimited, Transient

ATTEMPTS = 5
"""Calls that may fail in passing, for one picture."""

CHARGED_ATTEMPTS = 2
"""Of these, calls whose answer was lost, and that may have been charged for."""

LIMITED_ATTEMPTS = 12
"""Calls that may be rejected as too many."""

LONGEST_WAIT_S = 60.0
LONGEST_ASKED_S = 600.0  # a server may ask for more patience than a back-off has, within reason

R = TypeVar("R")
_backoff = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_S)


def with_retries(
    call: Callable[[], R],
    *,
    sleep: Callable[[float], None] = time.sleep,
    wait: Callable[[RetryCallState], float] | None = None,
    outlast: Callable[[], bool] = lambda: False,
) -> R:
    """Call until it succeeds, or has failed in passing too often; other errors are not tried again.

    Args:
        call: what to do.
        sleep: how to wait.
        wait: how long, where that is not for `patience`.
        outlast: asked after a failure in passing: whether it is one that does not count, such as an outage
            that is waited for.

    Raises:
        GenerationError: the last one.
    """
    failures = _Failures(outlast)
    retrying = Retrying(
        retry=failures.may_try_again, stop=lambda _: False, wait=wait or patience, sleep=sleep, reraise=True
    )
    return retrying(call)


def patience(state: RetryCallState) -> float:
    """Seconds: as long as the server asked for, else a jittered back-off."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited | Transient) and error.retry_after is not None:
        return min(max(error.retry_after, 0.0), LONGEST_ASKED_S)
    return _backoff(state)


class _Failures:
    """Counts what went wrong, each kind for itself."""

    def __init__(self, outlast: Callable[[], bool]) -> None:
        self._outlast = outlast
        self._passing = self._charged = self._limited = 0

    def may_try_again(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimited):
            self._limited += 1
        elif isinstance(error, Transient):
            self._passing += not self._outlast()
            self._charged += error.charged
        else:
            return False
        return (
            self._passing < ATTEMPTS and self._charged < CHARGED_ATTEMPTS and self._limited < LIMITED_ATTEMPTS
        )
