"""Batches that fit: halved when memory runs out, so that no picture is lost to a batch that was too large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batches(Generic[Item, Result]):
    """Runs items in batches of a size that is halved whenever one does not fit.

    Args:
        run: makes one result per item, in order; has to give an item the same result in any batch.
        size: the most items at once.
        full: the exception that says that memory is full.
        free: frees what the failed attempt left.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], list[Result]],
        size: int,
        full: type[Exception],
        free: Callable[[], None],
    ) -> None:
        self._run, self.size, self._full, self._free = run, size, full, free

    def __call__(self, items: Sequence[Item]) -> list[Result | Exception]:
        """One result per item, in order; the error of one spares the rest, also that it does not fit."""
        results: list[Result | Exception] = []
        while len(results) < len(items):
            batch = items[len(results) : len(results) + self.size]
            made = self._attempt(batch)
            if made is None:  # it did not fit; whoever comes later need not find out again
                self.size = max(1, len(batch) // 2)
                continue
            results.extend(made)
        return results

    def _attempt(self, batch: Sequence[Item]) -> Sequence[Result | Exception] | None:
        """Results, or None where the batch did not fit."""
        try:
            return self._run(batch)
        except self._full as error:
            # Without what it was raised from, which holds the tensors.
            alone = [self._full(*error.args)] if len(batch) == 1 else None
        except Exception as error:
            if len(batch) == 1:
                return [error]
            return [one for item in batch for one in self._attempt([item]) or ()]
        # Out of the handler, whose traceback held the tensors of the failed attempt.
        self._free()
        return alone
