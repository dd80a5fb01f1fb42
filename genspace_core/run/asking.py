"""Asking a model behind an API for a picture: in turn, again where that helps, and never paid for twice."""

from __future__ import annotations

import itertools
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
    ResultLost,
    Transient,
)
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator, Job, JobGenerator
from genspace_core.plugins.wording import describe_error
from genspace_core.run.pacing import Line, Turn
from genspace_core.run.records import Bill
from genspace_core.run.retry import CHARGED_ATTEMPTS, LONGEST_ASKED_S, patience, with_retries
from genspace_core.run.slips import Slip

R = TypeVar("R")
ENDS_A_JOB = (Refused, InvalidRequest, JobFailed)
"""After any other failure its picture is still to be had."""

LOOK_AGAIN_S = (1.0, 4.0, 15.0)
"""How long after a result was said to be gone it is looked for again, before that is believed."""

_STILL_THERE = "it is ordered: repeat the command to fetch it"


def _always() -> bool:
    return True


def order(
    plugin: Generator,
    request: GenerationRequest,
    line: Line,
    slip: Slip,
    bill: Bill,
    again: Callable[[], bool] = _always,
) -> GeneratedImage:
    """Have a picture made.

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
    return in_turn(partial(_call, plugin, request, line, slip, bill), line, bill, again)


def collect_order(plugin: Generator, job: Job, line: Line, bill: Bill) -> GeneratedImage:
    """Have the picture of an order that an earlier command gave.

    Raises:
        GenerationError: as `collect`; what it cost is added to the bill.
        Halted: calls are not wanted any more.
    """
    assert isinstance(plugin, JobGenerator)
    try:
        return collect(plugin, job, line)
    except GenerationError as error:
        bill.add(error)
        raise


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
    charged = itertools.count(1)

    def attempt() -> R:
        try:
            with line.turn() as turn:
                return _within_reason(call, turn)
        except GenerationError as error:
            bill.add(error)
            paid = isinstance(error, Transient) and error.charged
            if paid and next(charged) < CHARGED_ATTEMPTS and not again():
                raise GenerationError(f"{error}; the budget allows no further attempt") from None
            raise
        except GenSpaceError:
            raise
        except (Exception, SystemExit):
            bill.lost += 1  # a bug of the adapter's, perhaps after the vendor's answer
            raise

    return with_retries(attempt, sleep=line.sleep, wait=_wait, outlast=line.pacer.is_waited_for)


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
    plugin: Generator, request: GenerationRequest, line: Line, slip: Slip, bill: Bill, turn: Turn
) -> GeneratedImage:
    slip.begin(bill)
    made = plugin.submit(request) if isinstance(plugin, JobGenerator) else plugin.generate(request)
    if isinstance(made, Job):
        assert isinstance(plugin, JobGenerator)
        slip.keep(made, bill)
        turn.limits = made.limits
        turn.accepted()
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
    deadline, looks = time.monotonic() + job.patience, iter(LOOK_AGAIN_S)
    look = partial(_look, plugin, job, deadline)
    line.sleep(job.first)
    while True:
        pause = job.every
        try:
            made = with_retries(look, sleep=line.sleep, outlast=_always)
        except ResultLost:
            # A server that has just taken an order, or moved a file, may not know of it everywhere yet.
            made, pause = None, next(looks, 0.0)
            if not pause:
                raise
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
        line.sleep(pause)


def _look(plugin: JobGenerator, job: Job, deadline: float) -> GeneratedImage | None:
    """Ask once; where asking again would come too late, say so."""
    try:
        return plugin.collect(job)
    except (RateLimited, Transient) as error:
        if time.monotonic() + (error.retry_after or 0.0) >= deadline:
            raise NotCollected(str(error), answer=error.answer) from None
        raise
