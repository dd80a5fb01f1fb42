"""No more money than the user allows: the most that a call can cost is set aside before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from genspace_core.run.layout import DATABASE
from genspace_core.run.store import Store

_CENT_DUST = 1e-9  # sums of cents are not exact


@dataclass(slots=True)
class Budget:
    """US dollars for all runs of a command.

    Attributes:
        limit: what may be spent in all.
        spent: what was, and what may have been charged for answers that were lost; before this command, too.
    """

    limit: float
    spent: float = 0.0
    _aside: float = field(default=0.0, init=False)

    def set_aside(self, most: float) -> bool:
        """Keep money for a call that is about to start; False, and none kept, where there is not enough."""
        if self.limit - self.spent - self._aside + _CENT_DUST < most:
            return False
        self._aside += most
        return True

    def settle(self, aside: float, spent: float) -> None:
        """The call has ended."""
        self._aside -= aside
        self.spent += spent

    def describe(self) -> str:
        """Why it ends, in one line."""
        return (
            f"the budget of ${self.limit:,.2f} is used up (${self.spent:,.2f} spent); to go on, repeat the "
            "command with a larger --budget"
        )


def spent_in(directories: Iterable[Path]) -> float:
    """What the runs in some directories have cost so far, and may have cost.

    Raises:
        StorageError: a journal cannot be read.
    """
    total = 0.0
    for journal in (directory / DATABASE for directory in directories):
        if journal.is_file():
            with Store(journal, write=False) as store:
                money = store.money()
            total += (money.cost or 0.0) + (money.judging or 0.0) + (money.uncertain or 0.0)
    return total
