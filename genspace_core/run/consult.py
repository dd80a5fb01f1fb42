"""Asking a judge about the pictures of a run, after the fact. Makes no picture, and rebuilds no scene."""

from __future__ import annotations

from pathlib import Path

from genspace_core.errors import InputError
from genspace_core.interfaces import Executor
from genspace_core.plugins.config import PluginRef, Resolved
from genspace_core.run.budget import Budget
from genspace_core.run.engine import clear_leftovers, locked, session
from genspace_core.run.export import write_scores
from genspace_core.run.judge_flow import JudgeFlow, Troubles
from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.layout import DATABASE
from genspace_core.run.observer import Observer
from genspace_core.run.plan import Todo, count_judging
from genspace_core.run.provenance import describe_plugin, export_provenance, merge_metrics
from genspace_core.run.reader import StoredRun, is_run
from genspace_core.run.stocktaking import count_lost_opinions
from genspace_core.run.store import Store


def consultation(directory: Path, judge: Resolved, budget: Budget | None = None) -> JudgeSpec:
    """What to ask.

    Args:
        directory: a run directory.
        judge: a metric that looks at pictures alone.
        budget: what it may cost.

    Raises:
        InputError: not a run directory.
        PluginError: the run's reconstructor is no longer installed.
    """
    if not is_run(directory):
        raise InputError(f"{directory}: not a run directory; a run has a {DATABASE}")
    run = StoredRun(directory)
    facts = run.provenance["reconstructor"]
    reconstructor = PluginRef("reconstructors", facts["plugin"], facts["config"], facts["name"]).load()
    return JudgeSpec(
        directory=directory, suite=run.asked(), reconstructor=reconstructor, metrics=(judge,), budget=budget
    )


def preview_consulting(spec: JudgeSpec) -> Todo:
    """Count what asking would do, without writing anything.

    Raises:
        StorageError: the journal cannot be read.
    """
    with Store(spec.directory / DATABASE, write=False) as store:
        return count_judging(store, spec)


def consult(spec: JudgeSpec, executor: Executor, observer: Observer) -> Troubles:
    """Have the opinions that are missing. Stopping at any moment loses nothing that was paid for.

    Args:
        spec: as `consultation` gives it.
        executor: where a judge on this machine runs.
        observer: told how it goes.

    Returns:
        what failed technically.

    Raises:
        JudgeStopped: the judge cannot go on, or the budget is used up.
        StorageError: the run directory cannot be written, or a run is writing to it.
    """
    (judge,) = spec.judges
    with locked(spec.directory), Store(spec.directory / DATABASE, write=True, durable=True) as store:
        clear_leftovers(spec.directory)
        lost = count_lost_opinions(store, spec)
        if spec.budget is not None:
            spec.budget.take_stock(spec.directory, store)
        todo = count_judging(store, spec)
        observer.begin_judging(judge.name, todo)
        if lost:
            observer.lost(lost, judge.capabilities.price_most or judge.capabilities.price)
        facts = store.facts() or {}
        about = describe_plugin(judge) | {"key": spec.metric_keys[judge.name]}
        store.set_facts(merge_metrics(facts, facts | {"metrics": [about]}))
        flow = JudgeFlow(spec, executor, observer, store)
        try:
            with session(store, {"judge": about} | flow.where(), flow.facts):
                return flow.run()
        finally:
            write_scores(StoredRun(spec.directory))
            export_provenance(spec.directory, store)
