"""Judging the pictures of a run with another reconstructor, beside what the run holds. Makes no picture.

Scenes and scores go into the run's journal under the key of the reconstructor that made them, so nothing
of the run itself changes, and what is there is not made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from genspace_core.errors import InputError
from genspace_core.interfaces import Executor
from genspace_core.plugins.config import PluginRef, Resolved
from genspace_core.run.adopt import adopt_sources
from genspace_core.run.engine import clear_leftovers, locked, session
from genspace_core.run.identity import plugin_key
from genspace_core.run.judge_flow import JudgeFlow, Troubles
from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.layout import DATABASE
from genspace_core.run.observer import Observer
from genspace_core.run.plan import Todo, count_judging
from genspace_core.run.provenance import describe_plugin
from genspace_core.run.reader import StoredRun
from genspace_core.run.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What judging a run with a variant took.

    Attributes:
        rebuilt: pictures rebuilt now, tried ones included.
        there: pictures whose scene was there already.
        sources: source pictures of edits rebuilt now.
        troubles: what failed technically.
        computed: results that each stage computed or tried to.
        kept: results that each stage found kept.
    """

    rebuilt: int
    there: int
    sources: int
    troubles: Troubles = field(default_factory=Troubles)
    computed: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)


def metrics_of(run: StoredRun) -> tuple[Resolved, ...]:
    """The metrics that a run was scored with.

    Raises:
        PluginError: one is no longer installed.
        InputError: one would give other scores by now.
    """
    found = []
    for facts in run.provenance["metrics"]:
        metric = PluginRef("metrics", facts["plugin"], facts["config"], facts["name"]).load()
        if plugin_key("metric", metric.identity()) != facts["key"]:
            raise InputError(
                f"{run.directory}: metric {metric.name} would give other scores by now than when it was "
                f"scored; first: genspace score {run.directory} --metric {metric.name}"
            )
        found.append(metric)
    return tuple(found)


def spec_of(run: StoredRun, reconstructor: Resolved) -> JudgeSpec:
    """The pictures of a run, to be judged with another reconstructor under the run's metrics.

    Raises:
        GenSpaceError: a metric of the run cannot be had as it was.
    """
    metrics = metrics_of(run)
    spec = JudgeSpec(directory=run.directory, suite=run.asked(), reconstructor=reconstructor, metrics=metrics)
    # A judge looks at the picture, whatever rebuilds it: there is nothing to ask it anew.
    return replace(spec, metrics=spec.scene_metrics)


def preview_judging(spec: JudgeSpec) -> Todo:
    """Count what judging would do, without writing anything.

    Raises:
        StorageError: the journal cannot be read.
    """
    with Store.snapshot(spec.directory / DATABASE) as store:
        adopt_sources(store, spec)
        return count_judging(store, spec)


def judge_again(spec: JudgeSpec, label: str, executor: Executor, observer: Observer) -> Work:
    """Rebuild and score what is not there yet. Stopping at any moment loses nothing that was finished.

    Args:
        spec: what is judged, and how.
        label: says which variant it is, in progress displays and in the journal.
        executor: where.
        observer: told how it goes.

    Raises:
        StorageError: the run directory cannot be written, or another process writes there.
        GenSpaceError: a plugin broke, or a worker process died.
    """
    with locked(spec.directory), Store(spec.directory / DATABASE, write=True) as store:
        clear_leftovers(spec.directory)
        adopt_sources(store, spec)
        todo = count_judging(store, spec)
        observer.begin_judging(label, todo)
        work = Work(rebuilt=todo.scenes, there=todo.scenes_done, sources=todo.sources)
        if not todo.any:
            return work
        about = {"variant": label, "reconstructor": describe_plugin(spec.reconstructor)}
        flow = JudgeFlow(spec, executor, observer, store)
        with session(store, about | flow.where()):
            flow.run()
        return Work(
            rebuilt=work.rebuilt,
            there=work.there,
            sources=work.sources,
            troubles=flow.troubles,
            computed=dict(flow.computed),
            kept=dict(flow.kept),
        )
