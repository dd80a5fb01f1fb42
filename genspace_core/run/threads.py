"""Where calls to vendors run: threads of the command's own process, which spend their time waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from genspace_core.interfaces import Executor

P = ParamSpec("P")
R = TypeVar("R")


class CallThreads(Executor):
    """As many threads as calls may be in flight.

    Args:
        slots: how many.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="genspace-call")

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a call in one of them."""
        return self._pool.submit(function, *args, **kwargs)

    def shutdown(self) -> None:
        """Drop what has not started, wait for what has."""
        self._pool.shutdown(cancel_futures=True)
