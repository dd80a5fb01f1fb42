"""One of the calls that run in a thread of the command's own process: have one picture made by a vendor."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from genspace_core.errors import AuthFailed, Fatal, InputError, NotCollected, QuotaSpent, StorageError
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error
from genspace_core.run.asking import ask_for
from genspace_core.run.keeping import Made, PictureTask, keep, lost, request_for
from genspace_core.run.making import GENERATOR
from genspace_core.run.pacing import Halted, Line, Pacer
from genspace_core.run.slips import Slip
from genspace_core.run.spending import Bill, Spending


@dataclass(frozen=True, slots=True)
class Unmade:
    """No more calls were wanted before this one started, or its job was ready.

    Attributes:
        bill: what attempts had cost by then.
        open: there is a job, to be collected by the next command.
    """

    bill: Bill
    open: bool


def order_picture(
    run: Path, generator: PluginRef, task: PictureTask, pacer: Pacer | Line, spending: Spending
) -> Made | Unmade:
    """Ask, and put the picture on disk before reporting it.

    Args:
        run: the run directory.
        generator: how to build it; built once, and called by all threads.
        task: what to make.
        pacer: of the account, which is stopped where the vendor refuses the key or there is no credit left.
        spending: what it may cost.

    Returns:
        what was made, or that it was not wanted any more.

    Raises:
        PluginError: the generator cannot be built.
        StorageError: something cannot be written.
    """
    plugin = GENERATOR.get(generator)
    slip, bill = Slip.of(run, task.key, most=spending.prices.most), Bill()
    try:
        request = request_for(task)
    except InputError as error:
        return replace(lost(task, error, 0.0), asked=False)
    started = time.perf_counter()
    try:
        again = partial(spending.hold_more, (run, task.key))
        result: Any = ask_for(plugin, request, pacer, slip, bill, again)
    except Halted:
        kept = slip.job() is not None
        if not kept:
            slip.close()
        return Unmade(bill, kept)
    except StorageError:
        raise
    except (AuthFailed, QuotaSpent) as error:
        pacer.stop(describe_error(error))
        result = error
    except (Exception, SystemExit) as error:
        result = error
    made = keep(run, task, result, time.perf_counter() - started, durable=True)
    bill.lost += made.bill.lost
    kept = isinstance(result, NotCollected | Fatal) and slip.job() is not None
    return replace(made, open=kept, bill=bill)
