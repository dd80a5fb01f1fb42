"""One of the two calls that an executor runs, in this process or another: judge pictures.

Arguments and results are plain picklable data. A plugin is built once per process, on first use.
Nothing that goes wrong with one picture escapes as an exception: it is an outcome of that picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from genspace_core.errors import (
    ConfigError,
    GenSpaceError,
    InputError,
    PluginError,
    ReconstructionError,
    StorageError,
)
from genspace_core.images import decode_image, image_digest, read_bytes
from genspace_core.interfaces import RGB, Metric, Reconstructor
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error
from genspace_core.run.records import SceneRow
from genspace_core.run.scene_codec import scene_from_bytes, scene_to_bytes
from genspace_core.run.slot import Slot
from genspace_core.types import Evidence, ReconstructionOutcome, Sample, Scene, Score, assign_objects

# What no picture will get past: the run stops, instead of counting every picture as unreadable.
STOPPING = (StorageError, PluginError, ConfigError)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTask:
    """One picture to rebuild (unless `scene` holds the result) and to score with each metric.

    `source` and `before` are an edit's source picture and its scene, None where it could not be rebuilt.
    """

    sample: Sample
    image: Path
    digest: str
    names: str
    question: str
    scene: bytes | None = None
    source: Path | None = None
    before: bytes | None = None
    metrics: tuple[tuple[str, PluginRef], ...]
    """(metric key, how to build it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a judge task found; recorded by the process that owns the journal.

    `row` is None when the scene was stored before and only scores are new.
    """

    row: SceneRow | None
    question: str
    scores: dict[str, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBatch:
    """What became of tasks that were judged together.

    Attributes:
        judged: one for each, in order.
        work: by stage of the reconstructor, how many results were computed, and how many found kept.
    """

    judged: list[Judged]
    work: dict[str, tuple[int, int]]


_RECONSTRUCTOR = Slot()


@cache
def built_metric(ref: PluginRef) -> Any:
    """A metric, built once in a process.

    Raises:
        PluginError: it cannot be built.
    """
    return ref.load().build()


def judge_pictures(
    tasks: Sequence[JudgeTask], reconstructor: PluginRef, reconstructor_key: str, stages: Path
) -> JudgedBatch:
    """Rebuild pictures as scenes, together, and score them.

    Args:
        tasks: at most as many to be rebuilt as the reconstructor takes at once.
        reconstructor: how to build it.
        reconstructor_key: key of its identity.
        stages: folder of the run where it may keep intermediate results.

    Raises:
        PluginError: a plugin cannot be built or cannot work, or a metric breaks.
        StorageError: something cannot be kept.
    """
    to_rebuild = [task for task in tasks if task.scene is None]
    started = time.perf_counter()
    scenes, work = _rebuilt(to_rebuild, reconstructor, stages) if to_rebuild else ([], {})
    rebuilt = iter(scenes)
    seconds = (time.perf_counter() - started) / max(1, len(to_rebuild))
    judged = [
        _judged(task, next(rebuilt), reconstructor_key, seconds)
        if task.scene is None
        else Judged(row=None, question=task.question, scores=_scores(task, scene_from_bytes(task.scene)))
        for task in tasks
    ]
    return JudgedBatch(judged=judged, work=work)


def _judged(task: JudgeTask, scene: Scene | Exception, reconstructor_key: str, seconds: float) -> Judged:
    data: bytes | None = None
    scores: dict[str, Score] = {}
    if isinstance(scene, Scene):
        assignment = assign_objects(task.sample.objects, scene)
        outcome, detail = assignment.outcome, assignment.detail
        data, scores = scene_to_bytes(scene), _scores(task, scene)
    else:  # one picture's trouble is that picture's outcome
        outcome, detail = ReconstructionOutcome.FAILED, describe_error(scene)
    row = SceneRow(
        reconstructor=reconstructor_key,
        digest=task.digest,
        names=task.names,
        outcome=outcome,
        detail=detail,
        scene=data,
        seconds=seconds,
    )
    return Judged(row=row, question=task.question, scores=scores)


def _rebuilt(
    tasks: Sequence[JudgeTask], ref: PluginRef, stages: Path
) -> tuple[list[Scene | Exception], dict[str, tuple[int, int]]]:
    """A scene for each picture, or what went wrong with it; and the work of each stage."""
    plugin: Reconstructor = _RECONSTRUCTOR.get(ref)
    plugin.keep_in(stages)
    plugin.work()  # what was told of an earlier batch, had it ended in an error
    pictures = [_attempt(_picture, task) for task in tasks]
    there = [i for i, picture in enumerate(pictures) if not isinstance(picture, Exception)]
    names = [tuple(dict.fromkeys((*tasks[i].sample.objects, *tasks[i].sample.bystanders))) for i in there]
    results: list[Scene | Exception] = list(pictures)
    if there:
        scenes = _attempt(plugin.reconstruct_batch, [pictures[i] for i in there], names)
        if isinstance(scenes, Exception):
            scenes = [scenes] * len(there)
        for i, scene in zip(there, scenes, strict=True):
            results[i] = _checked(scene)
    return results, dict(plugin.work())


def _attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """The result, or the exception that is this picture's outcome; those that stop a run escape."""
    try:
        return function(*arguments)
    except STOPPING:
        raise
    except (Exception, SystemExit) as error:
        return error if isinstance(error, Exception) else ReconstructionError(describe_error(error))


def _checked(scene: Any) -> Scene | Exception:
    if isinstance(scene, STOPPING):
        raise scene
    if isinstance(scene, Scene | Exception):
        return scene
    return ReconstructionError(f"the reconstructor gave {type(scene).__name__}, not a Scene")


def _picture(task: JudgeTask) -> RGB:
    data = read_bytes(task.image)
    if image_digest(data) != task.digest:
        raise InputError(
            f"{task.image}: not the picture that was recorded; restore it, or delete it, and repeat the "
            "command"
        )
    return decode_image(data, str(task.image))


def _scores(task: JudgeTask, scene: Scene) -> dict[str, Score]:
    before = None if task.before is None else scene_from_bytes(task.before)
    evidence = Evidence(image=task.image, source=task.source, scene=scene, scene_before=before)
    return {key: score_with(built_metric(ref), ref.name, task.sample, evidence) for key, ref in task.metrics}


def score_with(metric: Metric, name: str, sample: Sample, evidence: Evidence) -> Score:
    """Score one picture.

    Raises:
        GenSpaceError: the metric breaks; every picture would meet the same bug, so the run stops.
    """
    try:
        score = metric.score(sample, evidence)
    except GenSpaceError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"metric {name} broke on sample {sample.id}: {describe_error(error)}") from None
    if not isinstance(score, Score):
        raise PluginError(f"metric {name} gave {type(score).__name__} for sample {sample.id}, not a Score")
    return score
