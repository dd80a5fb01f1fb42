"""What was paid in a run beside its pictures' own cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

CENT: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """US dollars, as the run's journal has them; None where nothing is known to have been paid.

    Attributes:
        charged: for every picture ever asked for in the run, and every attempt at one.
        judging: for the opinions of judges, metrics that ask a model.
        lost_calls: how many calls may have been charged for whose answer was lost.
        uncertain: at most so much; None if a price is not known.
    """

    charged: float | None = None
    judging: float | None = None
    lost_calls: int = 0
    uncertain: float | None = None

    @classmethod
    def of(cls, provenance: Mapping[str, Any]) -> Bill:
        """As run.json tells; a run of another origin, or an older one, may say less."""
        return cls(
            charged=provenance.get("cost_usd"),
            judging=provenance.get("judging_usd"),
            lost_calls=provenance.get("lost_calls") or 0,
            uncertain=provenance.get("uncertain_usd"),
        )


NOTHING_PAID: Final = Bill()


def bill_notes(bill: Bill, cost: float | None) -> Iterator[str]:
    """What a reader of the pictures' cost must not overlook, a sentence each.

    Args:
        bill: of the run.
        cost: of the pictures that are shown, in US dollars; None if unknown.
    """
    beside = (bill.charged or 0.0) - (cost or 0.0)
    if beside >= CENT / 2:
        yield (
            f"{dollars(beside)} more was charged in the run, for failed attempts or for pictures "
            "that are not counted here."
        )
    if bill.lost_calls and bill.uncertain != 0:
        calls = "1 call" if bill.lost_calls == 1 else f"{bill.lost_calls} calls"
        most = f"up to {dollars(bill.uncertain)}" if bill.uncertain else "an unknown amount"
        yield f"{most} more may have been charged for {calls} whose answer was lost."
    if bill.judging:
        yield f"judges cost {dollars(bill.judging)} beside the pictures."


def dollars(amount: float, decimals: int = 2) -> str:
    """An amount with this many decimals, or more where that would be less than two digits of it."""
    if not amount:
        decimals = 2
    while 0 < amount < 10 ** (1 - decimals) and decimals < 6:
        decimals += 1
    return f"${amount:,.{decimals}f}"
