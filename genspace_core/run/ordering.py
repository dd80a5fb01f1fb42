"""One of the calls that run in a thread of the command's own process: have one picture made by a vendor."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genspace_core.errors import AuthFailed, InputError, QuotaSpent, StorageError
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error
from genspace_core.run.asking import Uncollected, ask_for
from genspace_core.run.keeping import Made, PictureTask, keep, lost, request_for
from genspace_core.run.making import GENERATOR
from genspace_core.run.pacing import Halted, Line, Pacer
from genspace_core.run.slips import Slip
from genspace_core.run.spending import Bill


@dataclass(frozen=True, slots=True)
class Unmade:
    """No more calls were wanted before this one started, or its job was ready.

    Attributes:
        bill: what attempts had cost by then.
    """

    bill: Bill


def order_picture(run: Path, generator: PluginRef, task: PictureTask, pacer: Pacer | Line) -> Made | Unmade:
    """Ask, and put the picture on disk before reporting it.

    Args:
        run: the run directory.
        generator: how to build it; built once, and called by all threads.
        task: what to make.
        pacer: of the account, which is stopped where the vendor refuses the key or there is no credit left.

    Returns:
        what was made, or that it was not wanted any more.

    Raises:
        PluginError: the generator cannot be built.
        StorageError: something cannot be written.
    """
    plugin = GENERATOR.get(generator)
    slip, bill = Slip.of(run, task.key), Bill()
    try:
        request = request_for(task)
    except InputError as error:
        return replace(lost(task, error, 0.0), asked=False)
    started = time.perf_counter()
    try:
        result: Any = ask_for(plugin, request, pacer, slip, bill)
    except Halted:
        if slip.job() is None:
            slip.close()
        return Unmade(bill)
    except StorageError:
        raise
    except (AuthFailed, QuotaSpent) as error:
        pacer.stop(describe_error(error))
        result = error
    except (Exception, SystemExit) as error:
        result = error
    made = keep(run, task, result, time.perf_counter() - started, durable=True)
    bill.lost += made.bill.lost
    return replace(made, open=isinstance(result, Uncollected), bill=bill)
