"""One run from its command to its results: locked, planned, carried out, exported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from genspace_core.errors import StorageError
from genspace_core.files import TEMPORARY_SUFFIX, storage_errors
from genspace_core.interfaces import Executor
from genspace_core.run.adopt import adopt_sources
from genspace_core.run.export import write_scores
from genspace_core.run.flow import Flow
from genspace_core.run.judge_flow import Troubles
from genspace_core.run.layout import ANSWERS, CALLS, DATABASE, IMAGES, LOCK_FILE, STAGES, SUITE_FILE
from genspace_core.run.observer import Observer
from genspace_core.run.plan import (
    RunSpec,
    Todo,
    check_spec,
    count_todo,
    reconcile,
    take_in_given,
)
from genspace_core.run.provenance import (
    describe_run,
    describe_session,
    export_provenance,
    merge_metrics,
    now,
)
from genspace_core.run.reader import StoredRun
from genspace_core.run.stocktaking import count_lost_calls
from genspace_core.run.store import Store
from genspace_core.suite.canonical import canonical_line
from genspace_core.suite.io import write_suite

__all__ = ["Observer", "Troubles", "execute", "locked", "preview"]


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a run directory against a second writer.

    Raises:
        StorageError: it cannot be written, or another process is writing in it.
    """
    lock = FileLock(directory / LOCK_FILE, timeout=0)
    with storage_errors(directory):
        try:
            lock.acquire()
        except Timeout:
            raise StorageError(
                f"{directory}: another genspace run is writing here; wait for it, or stop it"
            ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _opened(spec: RunSpec) -> Iterator[Store]:
    """Lock the run directory, made if needed, write the plan and clear what a kill left over."""
    directory = spec.directory
    with storage_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    durable = spec.capabilities.network  # what costs money is worth waiting for the disk
    with locked(directory), Store(directory / DATABASE, write=True, durable=durable) as store:
        clear_leftovers(directory)
        _set_plan(store, spec)
        reconcile(store, spec)
        take_in_given(store, spec)
        adopt_sources(store, spec)
        yield store


def clear_leftovers(directory: Path) -> None:
    """Take away what a kill left half written. Only for whoever holds the run's lock.

    Raises:
        StorageError: it cannot be taken away.
    """
    with storage_errors(directory):
        for leftover in (
            *directory.glob(f".*{TEMPORARY_SUFFIX}"),
            *(directory / IMAGES).rglob(f".*{TEMPORARY_SUFFIX}"),
            *(directory / STAGES).rglob(f".*{TEMPORARY_SUFFIX}"),
            *(directory / CALLS).rglob(f".*{TEMPORARY_SUFFIX}"),
            *(directory / ANSWERS).rglob(f".*{TEMPORARY_SUFFIX}"),
        ):
            leftover.unlink(missing_ok=True)


def _set_plan(store: Store, spec: RunSpec) -> None:
    samples = {sample.id: canonical_line(sample) for sample in spec.suite}
    store.set_plan(spec.rows(), samples, merge_metrics(store.facts(), describe_run(spec)))


def preview(spec: RunSpec) -> Todo:
    """Count what a run would do, without writing anything.

    Raises:
        InputError: the run could not succeed.
        StorageError: the run directory's journal cannot be read.
    """
    check_spec(spec)
    with Store.snapshot(spec.directory / DATABASE) as store:
        _set_plan(store, spec)
        reconcile(store, spec)
        take_in_given(store, spec)
        adopt_sources(store, spec)
        return count_todo(store, spec)


def execute(spec: RunSpec, executor: Executor, observer: Observer) -> Troubles:
    """Carry out what is left of a run. Stopping at any moment loses nothing that was finished.

    Returns:
        what failed technically; repeating the command tries those again.

    Raises:
        InputError: the run could not succeed; nothing was made.
        StorageError: the run directory cannot be written.
        GeneratorStopped: the generator said that nothing more can succeed, or too many failed in a row.
        GenSpaceError: a plugin broke, or a worker process died.
    """
    check_spec(spec)
    with _opened(spec) as store:
        lost = count_lost_calls(store, spec)
        if spec.budget is not None:
            spec.budget.take_stock(spec.directory, store)
        todo = count_todo(store, spec)
        observer.begin(spec, todo)
        if lost:
            observer.lost(lost, spec.prices.most)
        try:
            troubles = _carry_out(spec, executor, observer, store) if todo.any else Troubles()
        except BaseException:
            with suppress(StorageError):  # the error that stopped the run is the one to tell
                _export(spec, store)
            raise
        _export(spec, store)
        return troubles


def _carry_out(spec: RunSpec, executor: Executor, observer: Observer, store: Store) -> Troubles:
    flow = Flow(spec, executor, observer, store)
    with session(store, flow.where(), flow.facts):
        return flow.run()


@contextmanager
def session(
    store: Store,
    about: Mapping[str, Any] | None = None,
    at_end: Callable[[], Mapping[str, Any]] = dict,
) -> Iterator[None]:
    """What is recorded in the block was made now, with these packages.

    Args:
        store: open to be written.
        about: what else to say of it.
        at_end: what is known only then.
    """
    started = time.perf_counter()
    store.begin_session(now(), describe_session() | dict(about or {}))
    try:
        yield
    finally:
        with suppress(StorageError):
            seconds = round(time.perf_counter() - started, 3)
            store.end_session({"finished": now(), "seconds": seconds, **at_end()})


def _export(spec: RunSpec, store: Store) -> None:
    write_suite(spec.suite, spec.directory / SUITE_FILE, force=True)
    write_scores(StoredRun(spec.directory))
    export_provenance(spec.directory, store)
