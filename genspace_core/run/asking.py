"""Asking a model behind an API for a picture: in turn, again where that helps, and never paid for twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from tenacity import RetryCallState

from genspace_core.errors import (
    Fatal,
    GenerationError,
    GenSpaceError,
    InvalidRequest,
    JobFailed,
    NotCollected,
    QuotaSpent,
    RateLimited,
    Refused,
    Transient,
)
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator, Job, JobGenerator
from genspace_core.plugins.wording import describe_error
from genspace_core.run.pacing import Line, Turn
from genspace_core.run.retry import LONGEST_ASKED_S, patience, with_retries
from genspace_core.run.slips import Slip
from genspace_core.run.spending import Bill

R = TypeVar("R")
ENDS_A_JOB = (Refused, InvalidRequest, JobFailed)
"""After any other failure its picture is still to be had."""

_STILL_THERE = "it is ordered: repeat the command to fetch it"


def _always() -> bool:
    return True


def ask_for(
    plugin: Generator,
    request: GenerationRequest,
    line: Line,
    slip: Slip,
    bill: Bill,
    again: Callable[[], bool] = _always,
) -> GeneratedImage:
    """A picture from a vendor, or from the job that an earlier call left.

    Args:
        plugin: asked from this thread.
        request: what for.
        line: in which it waits for the account's turn.
        slip: on which the call is written down.
        bill: to which failed attempts are added.
        again: whether another attempt may be paid for, after one that may have been charged for.

    Raises:
        GenerationError: what came of it instead.
        Halted: calls are not wanted any more; a job stays on its slip.
    """
    job = slip.job()
    if job is not None:
        assert isinstance(plugin, JobGenerator)
        try:
            return collect(plugin, job, line)
        except GenerationError as error:
            bill.add(error)
            raise
    return in_turn(partial(_call, plugin, request, line, slip), line, bill, again)


def in_turn(call: Callable[[Turn], R], line: Line, bill: Bill, again: Callable[[], bool] = _always) -> R:
    """Call when it is our turn, and again if it fails in passing.

    Args:
        call: what to do.
        line: in which it waits for its turn.
        bill: to which failed attempts are added.
        again: whether another attempt may be paid for, after one that may have been charged for.

    Raises:
        GenerationError: the last failure.
        Halted: calls are not wanted any more.
    """

    def attempt() -> R:
        try:
            with line.turn() as turn:
                bill.attempts += 1
                return _within_reason(call, turn)
        except GenerationError as error:
            bill.add(error)
            if isinstance(error, Transient) and error.charged and not again():
                raise GenerationError(f"{error}; the budget allows no further attempt") from None
            raise
        except GenSpaceError:
            raise
        except (Exception, SystemExit):
            bill.lost += 1  # a bug of the adapter's, perhaps after the vendor's answer
            raise

    return with_retries(attempt, sleep=line.sleep, wait=_wait, outlast=line.has_served)


def _within_reason(call: Callable[[Turn], R], turn: Turn) -> R:
    """A server that asks to wait for hours says that today's calls are used up."""
    try:
        return call(turn)
    except RateLimited as error:
        if error.retry_after is not None and error.retry_after > LONGEST_ASKED_S:
            raise QuotaSpent(
                f"{error} (the server asks to wait {error.retry_after / 60:.0f} minutes)", limits=error.limits
            ) from None
        raise


def _wait(state: RetryCallState) -> float:
    """The pacer makes everyone wait after a rejection; other failures are one call's own."""
    error = state.outcome.exception() if state.outcome else None
    return 0.0 if isinstance(error, RateLimited) else patience(state)


def _call(
    plugin: Generator, request: GenerationRequest, line: Line, slip: Slip, turn: Turn
) -> GeneratedImage:
    slip.begin()
    made = plugin.submit(request) if isinstance(plugin, JobGenerator) else plugin.generate(request)
    if isinstance(made, Job):
        assert isinstance(plugin, JobGenerator)
        slip.keep(made)
        turn.limits = made.limits
        return collect(plugin, made, line)  # within the turn: it is in flight until it is there
    turn.limits = getattr(made, "limits", None)
    return made


def collect(plugin: JobGenerator, job: Job, line: Line) -> GeneratedImage:
    """Ask for the picture of a job until it is there. Costs nothing, however often.

    Raises:
        GenerationError: one of `ENDS_A_JOB`, one that is fatal, or `NotCollected`; never a passing failure,
            since the job must not be submitted again because of it.
        Halted: calls are not wanted any more.
    """
    deadline = time.monotonic() + job.patience
    line.sleep(job.first)
    while True:
        try:
            made = with_retries(partial(plugin.collect, job), sleep=line.sleep, outlast=line.has_served)
        except (*ENDS_A_JOB, Fatal):
            raise
        except GenerationError as error:
            raise NotCollected(f"{error}; {_STILL_THERE}", answer=error.answer) from None
        except GenSpaceError:
            raise
        except (Exception, SystemExit) as error:  # a bug of the adapter's; the job is as good as before
            raise NotCollected(f"{describe_error(error)}; {_STILL_THERE}") from error
        if made is not None:
            return made
        if time.monotonic() >= deadline:
            raise NotCollected(f"not ready after {job.patience:g} s; {_STILL_THERE}")
        line.sleep(job.every)
