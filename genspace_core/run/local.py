"""The `local` executor: worker processes on this machine, or this process itself when there is one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Annotated, ParamSpec, TypeVar

from pydantic import Field

from genspace_core.interfaces import Executor, NotIdentity, PluginConfig, PluginSpec

P = ParamSpec("P")
R = TypeVar("R")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def default_workers() -> int:
    """As many as the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalConfig(PluginConfig):
    """Options of the local executor."""

    workers: Annotated[
        int, NotIdentity(), Field(ge=1, description="processes; 1 runs in this very process")
    ] = 1


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
    """A pool of spawned processes (fork would copy threads and GPU state into them)."""

    def __init__(self, workers: int) -> None:
        self.slots = workers
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker)
        self._started = False

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Queue the call for the next free process."""
        if not self._started:
            self._start()
        return self._pool.submit(function, *args, **kwargs)

    def _start(self) -> None:
        """Start every process now, deaf to Ctrl-C from birth: the parent alone answers it."""
        self._started = True
        with _interrupts_ignored(), _threads_limited(max(1, default_workers() // self.slots)):
            for _ in range(self.slots):
                self._pool.submit(os.getpid)

    def shutdown(self) -> None:
        """Drop queued calls and wait for running ones."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def _threads_limited(threads: int) -> Iterator[None]:
    """Let processes started in this block share the cores, not fight over them with a thread for each.

    Numerical libraries read these variables when they are loaded; what the user has set stands.
    """
    ours = {name: str(threads) for name in THREAD_VARIABLES if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def build(config: LocalConfig) -> Executor:
    """The executor for a number of workers."""
    return InlineExecutor() if config.workers == 1 else PoolExecutor(config.workers)


LOCAL: PluginSpec[Executor] = PluginSpec(
    interface=Executor,
    factory=build,
    config=LocalConfig,
    summary="Worker processes on this machine.",
)
