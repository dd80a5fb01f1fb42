"""The two calls that an executor runs, in this process or another: make pictures, judge a picture.

Arguments and results are plain picklable data. A plugin is built once per process, on first use.
Nothing that goes wrong with one picture escapes as an exception: it is an outcome of that picture.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from genspace_core.errors import (
    Fatal,
    GenerationError,
    GenSpaceError,
    InputError,
    PluginError,
    Refused,
)
from genspace_core.files import write_atomically
from genspace_core.images import check_image, decode_image, image_digest, image_suffix, read_bytes, read_image
from genspace_core.interfaces import GeneratedImage, GenerationRequest
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import one_line, without_secrets
from genspace_core.run.retry import with_retries
from genspace_core.run.scene_codec import scene_from_bytes, scene_to_bytes
from genspace_core.run.store import PictureRow, SceneRow
from genspace_core.types import (
    Evidence,
    GenerationOutcome,
    ReconstructionOutcome,
    Sample,
    Scene,
    Score,
    assign_objects,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTask:
    """One picture to make. `stem` is its file without suffix, relative to the run directory."""

    key: str
    stem: str
    sample: Sample
    seed: int
    source: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTask:
    """One picture to rebuild (unless `scene` holds the result) and to score with each metric."""

    sample: Sample
    image: Path
    digest: str
    names: str
    question: str
    scene: bytes | None = None
    metrics: tuple[tuple[str, PluginRef], ...]
    """(metric key, how to build it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a judge task found; recorded by the process that owns the journal."""

    row: SceneRow
    question: str
    scores: dict[str, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a picture task made. `fatal` is set when nothing more can succeed."""

    row: PictureRow
    fatal: str | None = None


@cache
def _plugin(ref: PluginRef) -> Any:
    return ref.load().build()


def _describe(error: BaseException) -> str:
    """Say an error in one line without secrets; a plugin's own bug also says its type."""
    text = without_secrets(one_line(str(error))) or type(error).__name__
    return text if isinstance(error, GenSpaceError) else f"{type(error).__name__}: {text}"


def make_pictures(run: Path, generator: PluginRef, tasks: Sequence[PictureTask], durable: bool) -> list[Made]:
    """Generate a batch and put each finished picture on disk before reporting it.

    Args:
        run: the run directory.
        generator: how to build it.
        tasks: at most as many as the generator takes in one batch.
        durable: wait for the disk itself; for pictures that cost money.

    Raises:
        PluginError: the generator cannot be built.
        StorageError: a picture cannot be written.
    """
    plugin = _plugin(generator)
    requests = [
        GenerationRequest(
            task=task.sample.task,
            prompt=task.sample.prompt,
            seed=task.seed,
            source=None if task.source is None else read_image(task.source),
        )
        for task in tasks
    ]
    started = time.perf_counter()
    results = _generate(plugin, requests)
    seconds = (time.perf_counter() - started) / len(tasks)
    made = []
    for task, request, first in zip(tasks, requests, results, strict=True):
        result = _insist(plugin, request, first)
        made.append(_keep(run, task, result, seconds, durable))
    return made


def _generate(plugin: Any, requests: list[GenerationRequest]) -> list[GeneratedImage | Exception]:
    """One result per request, whatever the plugin does."""
    try:
        results = list(plugin.generate_batch(requests))
    except Exception as error:
        return [error] * len(requests)
    if len(results) != len(requests):
        fault = GenerationError(
            f"the generator answered {len(requests)} requests with {len(results)} results"
        )
        return [fault] * len(requests)
    return results


def _insist(plugin: Any, request: GenerationRequest, first: GeneratedImage | Exception) -> Any:
    """Give a request that failed in passing further attempts; anything else stands as it is."""
    pending = [first]

    def attempt() -> GeneratedImage:
        result = pending.pop() if pending else plugin.generate(request)
        if isinstance(result, Exception):
            raise result
        return result

    try:
        return with_retries(attempt)
    except Exception as error:
        return error


def _keep(run: Path, task: PictureTask, result: Any, seconds: float, durable: bool) -> Made:
    if isinstance(result, Exception):
        outcome = GenerationOutcome.REFUSED if isinstance(result, Refused) else GenerationOutcome.FAILED
        detail = _describe(result)
        row = PictureRow(key=task.key, outcome=outcome, detail=detail, info={}, seconds=seconds)
        return Made(row=row, fatal=detail if isinstance(result, Fatal) else None)
    try:
        check_image(result.data, "the generator's answer")
    except InputError as error:
        failed = PictureRow(
            key=task.key,
            outcome=GenerationOutcome.FAILED,
            detail=str(error),
            info=dict(result.info),
            cost=result.cost,
            seconds=seconds,
        )
        return Made(row=failed)
    file = task.stem + image_suffix(result.data)
    write_atomically(run / file, result.data, durable=durable)
    row = PictureRow(
        key=task.key,
        outcome=GenerationOutcome.OK,
        file=file,
        digest=image_digest(result.data),
        info=dict(result.info),
        cost=result.cost,
        seconds=seconds,
    )
    return Made(row=row)


def judge_picture(task: JudgeTask, reconstructor: PluginRef, reconstructor_key: str) -> Judged:
    """Rebuild one picture as a scene and score it.

    Raises:
        PluginError: a plugin cannot be built, or a metric breaks.
    """
    started = time.perf_counter()
    scene, outcome, detail = _rebuild(task, reconstructor)
    row = SceneRow(
        reconstructor=reconstructor_key,
        digest=task.digest,
        names=task.names,
        outcome=outcome,
        detail=detail,
        scene=None if scene is None else scene_to_bytes(scene),
        seconds=time.perf_counter() - started,
    )
    scores = {}
    if scene is not None:
        evidence = Evidence(scene=scene, image=task.image)
        scores = {key: _score(metric, task.sample, evidence) for key, metric in task.metrics}
    return Judged(row=row, question=task.question, scores=scores)


def _score(metric: PluginRef, sample: Sample, evidence: Evidence) -> Score:
    try:
        score: Score = _plugin(metric).score(sample, evidence)
    except GenSpaceError:
        raise
    except Exception as error:  # every picture would meet the same bug, so the run stops and says so
        raise PluginError(f"metric {metric.name} broke on sample {sample.id}: {_describe(error)}") from error
    return score


def _rebuild(task: JudgeTask, reconstructor: PluginRef) -> tuple[Scene | None, ReconstructionOutcome, str]:
    if task.scene is not None:
        scene = scene_from_bytes(task.scene)
    else:
        plugin = _plugin(reconstructor)
        try:
            data = read_bytes(task.image)
            if image_digest(data) != task.digest:
                raise InputError(  # noqa: TRY301  (joins the other ways a picture can be unreadable)
                    f"{task.image}: changed or damaged since it was made; delete it and repeat the command"
                )
            image = decode_image(data, str(task.image))
            scene = plugin.reconstruct(image, tuple(dict.fromkeys(task.sample.objects)))
        except Exception as error:
            return None, ReconstructionOutcome.FAILED, _describe(error)
    assignment = assign_objects(task.sample.objects, scene)
    return scene, assignment.outcome, assignment.detail
