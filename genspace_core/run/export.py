"""scores.jsonl: every outcome and score of a run, one line each, the same bytes for the same results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from genspace_core.files import atomic_file
from genspace_core.run.layout import SCORES_FILE
from genspace_core.run.results import Result, RunResults


def score_lines(run: RunResults) -> Iterator[dict[str, Any]]:
    """One JSON-able line per picture and metric; one with `metric` None where there is no score."""
    for result in run:
        about = _about(result)
        if not result.scores:
            yield about | {"metric": None}
        for metric in run.metrics:
            if metric in result.scores:
                yield about | {"metric": metric} | _strict(asdict(result.scores[metric]))


def _strict(score: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: a measurement without a finite value is null. What only edits have is left out."""
    if score["preservation"] is None:
        del score["preservation"], score["kept"]
    for measurement in (*score["measurements"], *score.get("kept", ())):
        if not isfinite(measurement["value"]):
            measurement["value"] = None
    return score


def _about(result: Result) -> dict[str, Any]:
    return {
        "sample": result.sample.id,
        "image": result.image_index,
        "sub_domain": result.sample.sub_domain,
        "template": result.sample.template,
        "generation": result.generation,
        "generation_detail": result.generation_detail,
        **({} if result.refusal is None else {"refusal": result.refusal}),
        "reconstruction": result.reconstruction,
        "reconstruction_detail": result.reconstruction_detail,
    }


def write_scores(run: RunResults) -> Path:
    """Write scores.jsonl into the run directory.

    Raises:
        StorageError: it cannot be written.
    """
    path = run.directory / SCORES_FILE
    with atomic_file(path) as file:
        for line in score_lines(run):
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    return path
