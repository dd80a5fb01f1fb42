"""The two calls that an executor runs, in this process or another: make pictures, judge a picture.

Arguments and results are plain picklable data. A plugin is built once per process, on first use.
Nothing that goes wrong with one picture escapes as an exception: it is an outcome of that picture.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from genspace_core.errors import (
    Fatal,
    GenerationError,
    GenSpaceError,
    InputError,
    InvalidRequest,
    PluginError,
    ReconstructionError,
    Refused,
    StorageError,
)
from genspace_core.files import write_atomically
from genspace_core.images import check_image, decode_image, image_digest, image_suffix, read_bytes
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Metric
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import one_line, without_secrets
from genspace_core.run.plan import facts_file
from genspace_core.run.records import PictureRow, SceneRow
from genspace_core.run.retry import with_retries
from genspace_core.run.scene_codec import scene_from_bytes, scene_to_bytes
from genspace_core.types import (
    Evidence,
    GenerationOutcome,
    ReconstructionOutcome,
    Sample,
    Scene,
    Score,
    assign_objects,
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The source picture of an edit: where it is, and the digest it must have."""

    path: Path
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTask:
    """One picture to make. `stem` is its file without suffix, relative to the run directory."""

    key: str
    stem: str
    sample: Sample
    seed: int
    source: SourceFile | None = None


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
class Made:
    """What a picture task made. `fatal` is set when nothing more can succeed.

    `asked` is False where the generator was never called, since the picture to edit could not be read.
    """

    row: PictureRow
    fatal: str | None = None
    asked: bool = True


@lru_cache(maxsize=1)  # the next generator's weights take the place of this one's
def _generator(ref: PluginRef) -> Any:
    return ref.load().build()


@lru_cache(maxsize=1)
def _reconstructor(ref: PluginRef) -> Any:
    return ref.load().build()


@cache
def _metric(ref: PluginRef) -> Any:
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
    plugin = _generator(generator)
    made: dict[str, Made] = {}
    requests: list[tuple[PictureTask, GenerationRequest]] = []
    for task in tasks:
        try:
            requests.append((task, _request(task)))
        except InputError as error:
            made[task.key] = replace(_lost(task, error, 0.0), asked=False)
    started = time.perf_counter()
    results = _generate(plugin, [request for _, request in requests]) if requests else []
    seconds = (time.perf_counter() - started) / len(tasks)
    for (task, request), first in zip(requests, results, strict=True):
        result = _insist(plugin, request, first)
        made[task.key] = _keep(run, task, result, seconds, durable)
    return [made[task.key] for task in tasks]


def _request(task: PictureTask) -> GenerationRequest:
    """What the generator is told.

    Raises:
        InputError: the source picture is missing, unreadable, or not the one that the suite froze.
    """
    source = None
    if task.source is not None:
        data = read_bytes(task.source.path)
        if image_digest(data) != task.source.digest:
            raise InputError(
                f"{task.source.path}: not the source picture that the suite was made with; "
                "restore it, or build the suite again"
            )
        source = decode_image(data, str(task.source.path))
    return GenerationRequest(task=task.sample.task, prompt=task.sample.prompt, seed=task.seed, source=source)


def _generate(plugin: Any, requests: list[GenerationRequest]) -> list[Any]:
    """One result per request, whatever the plugin does."""
    try:
        results = list(plugin.generate_batch(requests))
    except (Exception, SystemExit) as error:
        return [error] * len(requests)
    if len(results) != len(requests):
        fault = GenerationError(
            f"the generator answered {len(requests)} requests with {len(results)} results"
        )
        return [fault] * len(requests)
    return results


def _insist(plugin: Any, request: GenerationRequest, first: Any) -> Any:
    """Give a request that failed in passing further attempts; anything else stands as it is."""
    pending = [first]

    def attempt() -> Any:
        result = pending.pop() if pending else plugin.generate(request)
        if isinstance(result, BaseException):
            raise result
        return result

    try:
        return with_retries(attempt)
    except (Exception, SystemExit) as error:
        return error


def _keep(run: Path, task: PictureTask, result: Any, seconds: float, durable: bool) -> Made:
    """Put a picture on disk, or say what it is instead of one."""
    if not isinstance(result, GeneratedImage):
        return _lost(task, result, seconds)
    info, cost = _plain(result.info), None if result.cost is None else float(result.cost)
    row = PictureRow(key=task.key, outcome=GenerationOutcome.FAILED, info=info, cost=cost, seconds=seconds)
    try:
        if not isinstance(result.data, bytes):
            raise InputError(f"the generator's answer holds {type(result.data).__name__}, not bytes")  # noqa: TRY301
        # What is paid for is decoded to the last pixel: a broken file must not look like a made picture.
        (decode_image if durable else check_image)(result.data, "the generator's answer")
    except InputError as error:
        return Made(row=replace(row, detail=str(error)))
    file = task.stem + image_suffix(result.data)
    if durable:
        facts = json.dumps({"cost": cost, "info": info, "prompt": task.sample.prompt}, ensure_ascii=False)
        write_atomically(facts_file(run / file), facts.encode(), durable=True)
    write_atomically(run / file, result.data, durable=durable)
    digest = image_digest(result.data)
    return Made(row=replace(row, outcome=GenerationOutcome.OK, file=file, digest=digest))


def _lost(task: PictureTask, result: Any, seconds: float) -> Made:
    if not isinstance(result, BaseException):
        result = GenerationError(f"the generator gave {type(result).__name__}, not a GeneratedImage")
    detail = _describe(result)
    row = PictureRow(
        key=task.key,
        outcome=GenerationOutcome.REFUSED if isinstance(result, Refused) else GenerationOutcome.FAILED,
        detail=detail,
        info={},
        seconds=seconds,
        final=isinstance(result, Refused | InvalidRequest),
    )
    return Made(row=row, fatal=detail if isinstance(result, Fatal) else None)


def _plain(info: Mapping[str, Any]) -> dict[str, Any]:
    """Make facts JSON-able, since no picture may be lost to them: numpy's numbers, or else the text."""

    def simple(value: Any) -> Any:
        return value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else str(value)

    plain: dict[str, Any] = json.loads(json.dumps({str(k): v for k, v in info.items()}, default=simple))
    return plain


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
        outcome, detail, data = ReconstructionOutcome.FAILED, _describe(error), None
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
            f"{task.image}: changed or damaged since it was made; delete it and repeat the command"
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
        raise PluginError(f"metric {name} broke on sample {sample.id}: {_describe(error)}") from None
    if not isinstance(score, Score):
        raise PluginError(f"metric {name} gave {type(score).__name__} for sample {sample.id}, not a Score")
    return score
