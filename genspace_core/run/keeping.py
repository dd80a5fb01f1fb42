"""From what a generator gave to what the journal says: a picture on disk, or the reason why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

from genspace_core.errors import Fatal, GenerationError, InputError, InvalidRequest, Refused, ResultLost
from genspace_core.files import write_atomically
from genspace_core.images import check_image, decode_image, image_digest, image_suffix, read_bytes
from genspace_core.interfaces import GeneratedImage, GenerationRequest
from genspace_core.plugins.wording import describe_error, without_secrets
from genspace_core.run.plan import facts_file
from genspace_core.run.records import Bill, PictureRow
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

    Attributes:
        row: for the journal.
        fatal: why nothing more can succeed, if so.
        telling: a failure says something of the next picture; not one of the picture to edit, or a result
            that is gone.
        open: what was paid for can still be had: its slip stays.
        bill: what attempts cost beside the picture's price.
    """

    row: PictureRow
    fatal: str | None = None
    telling: bool = True
    open: bool = False
    bill: Bill = field(default_factory=Bill)


def request_for(task: PictureTask) -> GenerationRequest:
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


def keep(run: Path, task: PictureTask, result: Any, seconds: float, durable: bool) -> Made:
    """Put a picture on disk, or say what it is instead of one.

    Args:
        run: the run directory.
        task: what was to be made.
        result: what came of it.
        seconds: it took.
        durable: it may have cost money: look at every pixel, keep the facts beside it, wait for the disk.

    Raises:
        StorageError: it cannot be written.
    """
    if not isinstance(result, GeneratedImage):
        return lost(task, result, seconds)
    info, cost = plain(result.info), plain_cost(result.cost)
    row = PictureRow(key=task.key, outcome=GenerationOutcome.FAILED, info=info, cost=cost, seconds=seconds)
    try:
        if not isinstance(result.data, bytes):
            raise InputError(f"the generator's answer holds {type(result.data).__name__}, not bytes")  # noqa: TRY301
        # What is paid for is decoded to the last pixel: a broken file must not look like a made picture.
        (decode_image if durable else check_image)(result.data, "the generator's answer")
    except InputError as error:
        unknown = durable and cost is None
        return Made(row=replace(row, detail=str(error)), bill=Bill(lost=int(unknown)))
    file = task.stem + image_suffix(result.data)
    if durable:
        facts = {"cost": cost, "info": info, "prompt": task.sample.prompt, "answer": _simple(result.answer)}
        text = json.dumps(facts, ensure_ascii=False)
        write_atomically(facts_file(run / file), text.encode(), durable=True)
    write_atomically(run / file, result.data, durable=durable)
    digest = image_digest(result.data)
    return Made(row=replace(row, outcome=GenerationOutcome.OK, file=file, digest=digest))


def lost(task: PictureTask, result: Any, seconds: float) -> Made:
    """There is no picture: say why.

    Args:
        task: what was to be made.
        result: the exception, or whatever else the generator gave.
        seconds: it took.
    """
    if not isinstance(result, BaseException):
        result = GenerationError(f"the generator gave {type(result).__name__}, not a GeneratedImage")
    detail = describe_error(result)
    told = result if isinstance(result, GenerationError) else GenerationError("")
    row = PictureRow(
        key=task.key,
        outcome=GenerationOutcome.REFUSED if isinstance(result, Refused) else GenerationOutcome.FAILED,
        detail=detail,
        info={} if told.answer is None else {"answer": _simple(told.answer)},
        seconds=seconds,
        final=isinstance(result, Refused | InvalidRequest),
        refusal=(result.reason or "refused") if isinstance(result, Refused) else None,
    )
    # A lost result is no fault of the next picture, and its slip goes: repeating makes it anew.
    return Made(
        row=row,
        fatal=detail if isinstance(result, Fatal) else None,
        telling=not isinstance(result, ResultLost),
    )


def plain(info: Mapping[str, Any]) -> dict[str, Any]:
    """Make facts JSON-able, since no picture may be lost to them: numpy's numbers, or else the text."""
    simple: dict[str, Any] = _simple(info)
    return simple


def plain_cost(cost: Any) -> float | None:
    """US dollars as a plugin tells them; None where that is no such number."""
    try:
        value = float(cost)
    except (TypeError, ValueError):
        return None
    return value if isfinite(value) and value >= 0 else None


def _simple(value: Any) -> Any:
    """Whatever a plugin tells is kept; but not a key that it quotes by mistake, nor half a character."""
    text = json.dumps(_named(value), default=_told, ensure_ascii=False)
    return _redacted(json.loads(text.encode("utf-8", "replace").decode()))


def _redacted(value: Any) -> Any:
    """Texts without keys; numbers are as they were, whatever digits they have."""
    if isinstance(value, dict):
        return {without_secrets(name): _redacted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_redacted(one) for one in value]
    return without_secrets(value) if isinstance(value, str) else value


def _named(value: Any) -> Any:
    """With texts for the names of tables, as JSON has them."""
    if isinstance(value, Mapping):
        return {str(name): _named(one) for name, one in value.items()}
    return [_named(one) for one in value] if isinstance(value, list | tuple) else value


def _told(value: Any) -> Any:
    return value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else str(value)
