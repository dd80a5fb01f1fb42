"""One of the two calls that an executor runs, in this process or another: judge a picture.

Arguments and results are plain picklable data. A plugin is built once per process, on first use.
Nothing that goes wrong with one picture escapes as an exception: it is an outcome of that picture.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from genspace_core.errors import GenSpaceError, InputError, PluginError, ReconstructionError, StorageError
from genspace_core.images import decode_image, image_digest, read_bytes
from genspace_core.interfaces import Metric
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error
from genspace_core.run.records import SceneRow
from genspace_core.run.scene_codec import scene_from_bytes, scene_to_bytes
from genspace_core.types import Evidence, ReconstructionOutcome, Sample, Scene, Score, assign_objects


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


@lru_cache(maxsize=1)
def _reconstructor(ref: PluginRef) -> Any:
    return ref.load().build()


@cache
def _metric(ref: PluginRef) -> Any:
    return ref.load().build()


def judge_picture(task: JudgeTask, reconstructor: PluginRef, reconstructor_key: str) -> Judged:
    """Rebuild one picture as a scene and score it.

    Raises:
        PluginError: a plugin cannot be built, or a metric breaks.
    """
    before = None if task.before is None else scene_from_bytes(task.before)
    evidence = Evidence(image=task.image, source=task.source, scene_before=before)
    if task.scene is not None:
        evidence = replace(evidence, scene=scene_from_bytes(task.scene))
        return Judged(row=None, question=task.question, scores=_scores(task, evidence))
    started = time.perf_counter()
    scene, row = None, None
    try:
        scene, data = _rebuild(task, reconstructor)
    except StorageError:
        raise
    except (Exception, SystemExit) as error:  # one picture's trouble is that picture's outcome
        outcome, detail, data = ReconstructionOutcome.FAILED, describe_error(error), None
    else:
        assignment = assign_objects(task.sample.objects, scene)
        outcome, detail = assignment.outcome, assignment.detail
    row = SceneRow(
        reconstructor=reconstructor_key,
        digest=task.digest,
        names=task.names,
        outcome=outcome,
        detail=detail,
        scene=data,
        seconds=time.perf_counter() - started,
    )
    scores = {} if scene is None else _scores(task, replace(evidence, scene=scene))
    return Judged(row=row, question=task.question, scores=scores)


def _rebuild(task: JudgeTask, reconstructor: PluginRef) -> tuple[Scene, bytes]:
    plugin = _reconstructor(reconstructor)
    data = read_bytes(task.image)
    if image_digest(data) != task.digest:
        raise InputError(
            f"{task.image}: not the picture that was recorded; restore it, or delete it, and repeat the "
            "command"
        )
    names = tuple(dict.fromkeys((*task.sample.objects, *task.sample.bystanders)))
    scene = plugin.reconstruct(decode_image(data, str(task.image)), names)
    if not isinstance(scene, Scene):
        raise ReconstructionError(f"the reconstructor gave {type(scene).__name__}, not a Scene")
    return scene, scene_to_bytes(scene)


def _scores(task: JudgeTask, evidence: Evidence) -> dict[str, Score]:
    return {key: score_with(_metric(ref), ref.name, task.sample, evidence) for key, ref in task.metrics}


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
