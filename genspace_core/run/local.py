"""The `local` executor: worker processes on this machine, or this process itself when there is one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, ParamSpec, TypeVar

from pydantic import Field

from genspace_core.interfaces import Executor, NotIdentity, PluginConfig, PluginSpec
from genspace_core.run.processes import Processes

P = ParamSpec("P")
R = TypeVar("R")


class LocalConfig(PluginConfig):
    """Options of the local executor."""

    workers: Annotated[
        int,
        NotIdentity(),
        Field(ge=1, description="processes; 1, without makers, runs in this very process"),
    ] = 1
    makers: Annotated[
        int,
        NotIdentity(),
        Field(ge=0, description="further processes that only make pictures; 0: the workers make them too"),
    ] = 0


class InlineExecutor(Executor):
    """Runs each call at once, in this process: no start-up cost, and a debugger can step in."""

    slots = 1

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run the call now; the future is already done."""
        future: Future[R] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self) -> None:
        """Nothing to free."""


class PoolExecutor(Executor):
    """Processes for everything, or some that make pictures beside those that judge them.

    A generator that allows fewer calls at once than there are workers gets that many processes of its own
    too, so that it is built in no more of them.
    """

    def __init__(self, workers: int, makers: int = 0) -> None:
        self.slots = workers
        self._most_makers = makers
        self._workers = Processes(workers, self._lanes)
        self._makers: Processes | None = None

    def _lanes(self) -> int:
        return 1 if self._makers is None else 2

    def lane(self, name: str, slots: int | None = None) -> Executor:
        """The makers for "make", where there are any, and the workers for all else."""
        if name != "make":
            return self
        most = self._most_makers or self.slots
        size = most if slots is None else min(most, slots)
        shared = not size or (size == self.slots and not self._most_makers)
        if self._makers is not None and (shared or size != self._makers.slots):
            self._makers.shutdown()
            self._makers = None
        if shared:
            return self
        if self._makers is None:
            self._makers = Processes(size, self._lanes)
        return self._makers

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Queue the call for the next free worker."""
        return self._workers.submit(function, *args, **kwargs)

    def shutdown(self) -> None:
        """Drop queued calls and wait for running ones."""
        self._workers.shutdown()
        if self._makers is not None:
            self._makers.shutdown()


def build(config: LocalConfig) -> Executor:
    """The executor for a number of workers and makers."""
    if config.workers == 1 and not config.makers:
        return InlineExecutor()
    return PoolExecutor(config.workers, config.makers)


LOCAL: PluginSpec[Executor] = PluginSpec(
    interface=Executor,
    factory=build,
    config=LocalConfig,
    summary="Worker processes on this machine.",
)
