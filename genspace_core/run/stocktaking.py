"""After a kill: which of the calls that were in flight are paid for, as far as anyone can know."""

from __future__ import annotations

from collections.abc import Iterator

from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.plan import RunSpec
from genspace_core.run.slips import Slip, open_slips
from genspace_core.run.store import Store


def count_lost_calls(store: Store, spec: RunSpec) -> int:
    """Close the slips of calls whose end is not known, and record them as charged, perhaps.

    What was recorded after all is no loss; what left a job is collected when its turn comes.

    Args:
        store: open to be written, and agreeing with the files (`plan.reconcile`).
        spec: whose run it is.

    Returns:
        how many.
    """
    lost = 0
    for slip in list(_of_pictures(spec)):
        settled = store.is_settled(slip.key)
        if not settled and slip.job() is not None:
            continue
        if not settled:
            lost += _record(store, slip)
        slip.close()
    return lost + count_lost_opinions(store, spec)


def count_lost_opinions(store: Store, spec: JudgeSpec) -> int:
    """The same for the votes of judges.

    Args:
        store: open to be written.
        spec: whose run it is.

    Returns:
        how many.
    """
    lost = 0
    for slip in list(open_slips(spec.directory)):
        if slip.answer is None:
            continue
        if not slip.answer.is_file():
            lost += _record(store, slip, judging=True)
        slip.close()
    return lost


def _record(store: Store, slip: Slip, *, judging: bool = False) -> int:
    """The call that was in flight, and those before it that were written down with it; how many are lost."""
    bill = slip.bill()
    bill.lost += 1
    for charge in bill.charges(slip.key, slip.most, judging=judging):
        store.add_charge(charge)
    return bill.lost


def _of_pictures(spec: RunSpec) -> Iterator[Slip]:
    return (slip for slip in open_slips(spec.directory) if slip.answer is None)
