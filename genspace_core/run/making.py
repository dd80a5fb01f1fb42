"""One of the two calls that an executor runs, in this process or another: make pictures.

Arguments and results are plain picklable data. A plugin is built once per process, on first use.
Nothing that goes wrong with one picture escapes as an exception: it is an outcome of that picture.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genspace_core.errors import Fatal, GenerationError, InputError, InvalidRequest, Refused
from genspace_core.files import write_atomically
from genspace_core.images import check_image, decode_image, image_digest, image_suffix, read_bytes
from genspace_core.interfaces import GeneratedImage, GenerationRequest
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error
from genspace_core.run.plan import facts_file
from genspace_core.run.records import PictureRow
from genspace_core.run.retry import with_retries
from genspace_core.run.slot import Slot
from genspace_core.types import GenerationOutcome, Sample


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
class Made:
    """What a picture task made. `fatal` is set when nothing more can succeed.

    `asked` is False where the generator was never called, since the picture to edit could not be read.
    """

    row: PictureRow
    fatal: str | None = None
    asked: bool = True


_GENERATOR = Slot()


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
    plugin = _GENERATOR.get(generator)
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
    detail = describe_error(result)
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
