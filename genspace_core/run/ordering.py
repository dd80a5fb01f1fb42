"""One of the calls that run in a thread of the command's own process: have one picture made by a vendor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from genspace_core.errors import AuthFailed, InputError, QuotaSpent, StorageError
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error
from genspace_core.run.asking import ENDS_A_JOB, collect_order, order
from genspace_core.run.keeping import Made, PictureTask, keep, lost, request_for
from genspace_core.run.making import GENERATOR
from genspace_core.run.pacing import Halted, Line
from genspace_core.run.processes import default_workers
from genspace_core.run.records import Bill
from genspace_core.run.slips import Slip
from genspace_core.run.spending import Spending
from genspace_core.types import GenerationOutcome

_DECODING = BoundedSemaphore(default_workers())
"""A large picture takes much memory while it is looked at: no more at once than there are cores."""

ORDER_LASTS_S = 7 * 86400.0
"""After this time an order that cannot be collected is given up; no vendor known keeps results for longer."""


@dataclass(frozen=True, slots=True)
class Unmade:
    """A picture that was called off before it was ordered, or before its job was ready.

    Attributes:
        bill: what attempts had cost by then.
        open: there is a job, to be collected by the next command.
    """

    bill: Bill
    open: bool


def order_picture(
    run: Path, generator: PluginRef, task: PictureTask, line: Line, spending: Spending
) -> Made | Unmade:
    """Ask, and put the picture on disk before reporting it.

    Args:
        run: the run directory.
        generator: how to build it; built once, and called by all threads.
        task: what to make.
        line: in which it waits; its account is stopped where the key is refused, or no credit is left.
        spending: what it may cost.

    Returns:
        what was made, or that it was not wanted any more.

    Raises:
        PluginError: the generator cannot be built.
        StorageError: something cannot be written.
    """
    plugin = GENERATOR.get(generator)
    slip = Slip.of(run, task.key, most=spending.prices.most)
    job, bill = slip.job(), slip.bill()
    again = partial(spending.hold_more, (run, task.key))
    try:
        ask: Callable[[], Any] = (
            partial(order, plugin, request_for(task), line, slip, bill, again)
            if job is None
            else partial(collect_order, plugin, job, line, bill)
        )
    except InputError as error:
        return replace(lost(task, error, 0.0), telling=False)
    started = time.perf_counter()
    try:
        result = ask()
    except Halted:
        kept = slip.job() is not None
        if not kept:
            slip.close()
        return Unmade(bill, kept)
    except StorageError:
        raise
    except (AuthFailed, QuotaSpent) as error:
        line.pacer.stop(describe_error(error))
        result = error
    except (Exception, SystemExit) as error:
        result = error
    with _DECODING:
        made = keep(run, task, result, time.perf_counter() - started, durable=True)
    if _is_still_to_be_had(slip, made, result):
        if slip.age() >= ORDER_LASTS_S:
            bill.lost += 1
            return replace(_given_up(made), bill=bill)
        # What an earlier command ordered says nothing of what this one does.
        telling = made.telling and (job is None or made.fatal is not None)
        # What it costs is recorded once it is there.
        return replace(made, row=replace(made.row, cost=None), open=True, bill=bill, telling=telling)
    bill.lost += made.bill.lost
    return replace(made, bill=bill)


def _is_still_to_be_had(slip: Slip, made: Made, result: Any) -> bool:
    """Whether a job's picture did not come, and asking again may bring it."""
    given_up = isinstance(result, ENDS_A_JOB)
    return slip.job() is not None and not given_up and made.row.outcome != GenerationOutcome.OK


def _given_up(made: Made) -> Made:
    """The same, of an order that is too old to be asked for again."""
    days = ORDER_LASTS_S / 86400
    detail = f"{made.row.detail}; after {days:.0f} days it is given up; repeating the command makes it anew"
    return replace(made, row=replace(made.row, detail=detail), telling=False)
