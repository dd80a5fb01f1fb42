"""What the calls of one plugin cost: what is set aside for each, and what is recorded when it has ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genspace_core.interfaces import Capabilities
from genspace_core.run.budget import Budget, Key
from genspace_core.run.pace import USUAL_IN_FLIGHT
from genspace_core.run.records import Bill, Charge


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for one picture, made or judged; None where nobody knows.

    Attributes:
        usual: what it costs as a rule.
        most: the most it can cost.
    """

    usual: float | None
    most: float | None

    @classmethod
    def of(cls, capabilities: Capabilities, told: float | None = None) -> Prices:
        """Those that a plugin declares, all votes of a judge included, or the one that the user tells."""
        if told is not None:
            return cls(told, told)
        usual, most = capabilities.price, capabilities.price_most
        most = usual if most is None else most
        times = capabilities.votes
        return cls(usual and usual * times, most and most * times)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one plugin that are still to be made.

    Attributes:
        count: pictures to make, or to judge.
        prices: of each.
        remote: they leave this machine.
        seconds: what they take at the limits that are known; None where none is.
    """

    count: int
    prices: Prices
    remote: bool
    seconds: float | None

    @classmethod
    def of(cls, capabilities: Capabilities, count: int, price: float | None = None) -> Calls:
        """Those of a plugin with such capabilities, or the price that the user tells."""
        at_once = capabilities.max_concurrency or USUAL_IN_FLIGHT
        calls = count * capabilities.votes
        waiting = None if capabilities.seconds is None else calls * capabilities.seconds / at_once
        limited = (
            None
            if capabilities.requests_per_minute is None
            else calls * 60 / capabilities.requests_per_minute
        )
        known = [each for each in (waiting, limited) if each is not None]
        return cls(count, Prices.of(capabilities, price), capabilities.network, max(known, default=None))


def total(parts: Iterable[float | None]) -> float | None:
    """The sum; None where a part is not known."""
    found = list(parts)
    return None if None in found else float(sum(part for part in found if part is not None))


class Spending:
    """Holds money back for calls, and says what to record of them.

    Args:
        prices: of one picture.
        budget: None for as much as it takes.
        votes: calls for each.
        judging: the calls are those of a judge.
    """

    def __init__(
        self, prices: Prices, budget: Budget | None, *, votes: int = 1, judging: bool = False
    ) -> None:
        self.prices, self.budget, self._judging = prices, budget, judging
        self._each = prices.most or 0.0
        self.call = None if prices.most is None else prices.most / votes
        """The most that a single call can cost; None where nobody knows."""

    def hold(self, key: Key) -> bool:
        """Whether this picture may be paid for."""
        return self.budget is None or self.budget.hold(key, self._each)

    def hold_more(self, key: Key) -> bool:
        """Whether another attempt at it may be, after one that may have been charged for."""
        return self.budget is None or self.budget.hold_more(key, self.call or 0.0)

    def settle(self, key: Key, cost: float | None, bill: Bill, *, made: bool) -> None:
        """One has ended.

        Args:
            key: which.
            cost: that its answer told.
            bill: of the attempts before.
            made: there is a picture; if its price was not told, it counts as the most.
        """
        if self.budget is None:
            return
        price = cost if cost is not None else self._each * made
        self._each = max(self._each, price)  # a price that turns out too low is not believed twice
        self.budget.settle(key, price + bill.known + bill.lost * (self.call or 0.0))

    def release(self, key: Key) -> None:
        """A call was not made after all."""
        self.settle(key, 0.0, Bill(), made=False)

    def charges(self, key: str, bill: Bill) -> list[Charge]:
        """What to record of failed attempts."""
        return bill.charges(key, self.call, judging=self._judging)
