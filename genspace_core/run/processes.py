"""Processes on this machine, started when first used, each with its part of the cores and the GPUs."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from genspace_core.interfaces import Executor
from genspace_core.run.gpus import VISIBLE, share_of, visible_gpus

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event

P = ParamSpec("P")
R = TypeVar("R")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def default_workers() -> int:
    """As many as the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes(Executor):
    """Spawned processes (fork would copy threads and GPU state into them).

    Several of them on a machine with several GPUs see one GPU each, dealt out in turn.
    """

    def __init__(self, slots: int, lanes: Callable[[], int]) -> None:
        """Set up; nothing is started yet.

        Args:
            slots: how many processes.
            lanes: tells, when they start, how many such pools share the cores evenly, this one included.
        """
        self.slots = slots
        self._lanes = lanes
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Queue the call for the next free process."""
        pool = self._pool or self._start()
        return pool.submit(function, *args, **kwargs)

    def _start(self) -> ProcessPoolExecutor:
        """Start every process now, deaf to Ctrl-C from birth: the parent alone answers it.

        None of them takes a call before all are started: the pool starts no more than it has calls for.
        """
        context = get_context("spawn")
        all_started = context.Event()
        gpus = visible_gpus() if self.slots > 1 else ()
        deal = (context.Value("i", 0), gpus) if len(gpus) > 1 else None
        self._pool = pool = ProcessPoolExecutor(
            self.slots, mp_context=context, initializer=_start_worker, initargs=(deal, all_started)
        )
        threads = max(1, default_workers() // (self.slots * self._lanes()))
        try:
            with _interrupts_ignored(), _threads_limited(threads):
                for _ in range(self.slots):
                    pool.submit(os.getpid)
        finally:
            all_started.set()
        return pool

    def shutdown(self) -> None:
        """Drop queued calls and wait for running ones."""
        if self._pool is not None:
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


def _start_worker(deal: tuple[Synchronized[int], tuple[str, ...]] | None, all_started: Event) -> None:
    """Leave Ctrl-C to the parent, do not outlive it when it is killed, and take a GPU before one is used.

    Args:
        deal: how many processes took one before, and what there is to take; None to see what the parent sees.
        all_started: set when no more processes are about to be started.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if deal is not None:
        taken, gpus = deal
        with taken.get_lock():
            number, taken.value = taken.value, taken.value + 1
        os.environ[VISIBLE] = share_of(number, gpus)
    all_started.wait()


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
