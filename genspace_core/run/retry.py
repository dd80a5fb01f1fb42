"""Trying again: what to do when a generator says "not now"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from genspace_core.errors import RateLimited, Transient

ATTEMPTS = 5
LONGEST_WAIT_S = 60.0
LONGEST_ASKED_S = 600.0  # a server may ask for more patience than a back-off has, within reason

R = TypeVar("R")
_backoff = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_S)


def _wait(state: RetryCallState) -> float:
    """As long as the server asked for, else a jittered back-off."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(max(error.retry_after, 0.0), LONGEST_ASKED_S)
    return _backoff(state)


def with_retries(call: Callable[[], R]) -> R:
    """Call until it succeeds or `ATTEMPTS` are spent; only passing errors are tried again.

    Raises:
        GenerationError: the last one, when all attempts failed or the error is not a passing one.
    """
    retrying = Retrying(
        retry=retry_if_exception_type((RateLimited, Transient)),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        reraise=True,
    )
    return retrying(call)
