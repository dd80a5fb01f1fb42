"""One of the calls that an executor runs, in this process or another: make pictures.

Arguments and results are plain picklable data. A plugin is built once per process, on first use.
Nothing that goes wrong with one picture escapes as an exception: it is an outcome of that picture.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from genspace_core.errors import GenerationError, InputError
from genspace_core.interfaces import GenerationRequest
from genspace_core.plugins.config import PluginRef
from genspace_core.run.keeping import Made, PictureTask, keep, lost, request_for
from genspace_core.run.retry import with_retries
from genspace_core.run.slot import Slot

GENERATOR = Slot()


def make_pictures(run: Path, generator: PluginRef, tasks: Sequence[PictureTask]) -> list[Made]:
    """Generate a batch and put each finished picture on disk before reporting it.

    Args:
        run: the run directory.
        generator: how to build it.
        tasks: at most as many as the generator takes in one batch.

    Raises:
        PluginError: the generator cannot be built.
        StorageError: a picture cannot be written.
    """
    plugin = GENERATOR.get(generator)
    made: dict[str, Made] = {}
    requests: list[tuple[PictureTask, GenerationRequest]] = []
    for task in tasks:
        try:
            requests.append((task, request_for(task)))
        except InputError as error:
            made[task.key] = replace(lost(task, error, 0.0), telling=False)
    started = time.perf_counter()
    results = _generate(plugin, [request for _, request in requests]) if requests else []
    seconds = (time.perf_counter() - started) / len(tasks)
    for (task, request), first in zip(requests, results, strict=True):
        result = _insist(plugin, request, first)
        made[task.key] = keep(run, task, result, seconds, durable=False)
    return [made[task.key] for task in tasks]


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
