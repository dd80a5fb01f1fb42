"""Scoring the stored scenes of a run again, with another metric or a changed one. Makes no picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from genspace_core.plugins.config import Resolved
from genspace_core.run.engine import locked
from genspace_core.run.export import write_scores
from genspace_core.run.identity import plugin_key
from genspace_core.run.layout import DATABASE, SUITE_FILE
from genspace_core.run.provenance import describe_plugin, write_run_file
from genspace_core.run.reader import StoredRun
from genspace_core.run.scene_codec import scene_from_bytes
from genspace_core.run.store import Store
from genspace_core.suite.io import read_suite
from genspace_core.types import Evidence


def score_run(directory: Path, metric: Resolved) -> int:
    """Score every stored scene of a run, and write its scores.jsonl anew.

    Args:
        directory: a run directory.
        metric: added to the run's metrics, in place of one of the same name.

    Returns:
        the number of pictures scored.

    Raises:
        InputError: not a run directory.
        StorageError: it cannot be written, or a run is writing to it.
    """
    run = StoredRun(directory)
    key = plugin_key("metric", metric.identity())
    samples = {sample.id: sample for sample in read_suite(directory / SUITE_FILE)}
    judge = metric.build()
    scored = 0
    with locked(directory), Store(directory / DATABASE, write=True) as store, store.transaction():
        for row in list(store.progress(run.reconstructor_key)):
            data = None if row.scene_id is None else store.scene(row.scene_id)
            if row.scene_id is None or data is None:
                continue
            evidence = Evidence(
                scene=scene_from_bytes(data), image=directory / row.file if row.file else None
            )
            store.put_score(key, row.scene_id, row.question, judge.score(samples[row.sample], evidence))
            scored += 1
    _add_metric(directory, run.provenance, describe_plugin(metric) | {"key": key})
    write_scores(StoredRun(directory))
    return scored


def _add_metric(directory: Path, provenance: Any, metric: dict[str, Any]) -> None:
    kept = [m for m in provenance["metrics"] if m["name"] != metric["name"]]
    content = dict(provenance) | {"metrics": [*kept, metric]}
    write_run_file(directory, content)
