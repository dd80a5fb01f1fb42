"""No more money than the user allows: the most that a call can cost is held back before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from genspace_core.run.layout import DATABASE
from genspace_core.run.slips import open_slips
from genspace_core.run.store import Store

_CENT_DUST = 1e-9  # sums of cents are not exact

Key = tuple[Path, str]
"""Run directory, and content key of what is paid for."""


@dataclass(slots=True)
class Budget:
    """US dollars for all runs of a command; safe to use from several threads.

    What was spent in these runs before counts, and so does what may have been, for answers that were lost;
    for jobs that are ordered and not collected, money is held back.

    Attributes:
        limit: what may be spent in all.
        judging: only what judges cost counts, not what the pictures did.
    """

    limit: float
    judging: bool = False
    _spent: dict[Path, float] = field(default_factory=dict, init=False)
    _held: dict[Key, float] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @classmethod
    def of_runs(cls, limit: float, directories: Iterable[Path], *, judging: bool = False) -> Budget:
        """A budget that knows what runs, or their judges, have cost so far.

        Raises:
            StorageError: a journal cannot be read.
        """
        budget = cls(limit, judging)
        for directory in directories:
            if (directory / DATABASE).is_file():
                with Store(directory / DATABASE, write=False) as store:
                    budget.take_stock(directory, store)
        return budget

    def take_stock(self, directory: Path, store: Store) -> None:
        """What is known of a run, in place of what was: what was spent, and what is ordered and not recorded.

        Args:
            directory: the run's.
            store: its journal.
        """
        spent = store.money()
        slips = [slip for slip in open_slips(directory) if slip.answer is not None or not self.judging]
        with self._lock:
            self._spent[directory] = spent.of_judges if self.judging else spent.total
            self._held = {key: most for key, most in self._held.items() if key[0] != directory}
            self._held.update({(directory, slip.key): slip.owed() for slip in slips})

    def hold(self, key: Key, most: float) -> bool:
        """Hold money back for a call that is about to start; False, and none held, if there is not enough."""
        with self._lock:
            return key in self._held or self._hold(key, most)

    def hold_more(self, key: Key, most: float) -> bool:
        """The same for another attempt, after one that may have been charged for."""
        with self._lock:
            return self._hold(key, most)

    def _hold(self, key: Key, most: float) -> bool:
        if self.limit - sum(self._spent.values()) - sum(self._held.values()) + _CENT_DUST < most:
            return False
        self._held[key] = self._held.get(key, 0.0) + most
        return True

    def settle(self, key: Key, spent: float) -> None:
        """The calls for something have ended, and cost so much."""
        with self._lock:
            self._held.pop(key, None)
            self._spent[key[0]] = self._spent.get(key[0], 0.0) + spent

    def describe(self) -> str:
        """Why it ends, in one line."""
        with self._lock:
            spent, held = sum(self._spent.values()), sum(self._held.values())
        waiting = f", ${held:,.2f} held back for orders that are not collected yet" if held else ""
        return (
            f"the budget of ${self.limit:,.2f} is used up (${spent:,.2f} spent{waiting}); to go on, repeat "
            "the command with a larger --budget"
        )
