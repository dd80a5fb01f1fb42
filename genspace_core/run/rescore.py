"""Scoring the stored scenes of a run again, with another metric or a changed one. Makes no picture."""

from __future__ import annotations

from pathlib import Path

from genspace_core.errors import InputError
from genspace_core.plugins.config import Resolved
from genspace_core.run.engine import locked
from genspace_core.run.export import write_scores
from genspace_core.run.identity import plugin_key
from genspace_core.run.judging import score_with
from genspace_core.run.layout import DATABASE
from genspace_core.run.plan import lacks_source
from genspace_core.run.provenance import describe_plugin, export_provenance, merge_metrics
from genspace_core.run.reader import StoredRun, is_run, source_path
from genspace_core.run.scene_codec import scene_from_bytes
from genspace_core.run.store import Store
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
    key = plugin_key("metric", metric.identity())
    judge = metric.build()
    scored = 0
    if not is_run(directory):
        raise InputError(f"{directory}: not a run directory; a run has a {DATABASE}")
    with locked(directory), Store(directory / DATABASE, write=True) as store:
        facts = store.facts()
        if facts is None:
            raise InputError(f"{directory}: the run was stopped before it began; repeat its command")
        with store.transaction():
            for row in list(store.progress(facts["reconstructor"]["key"])):
                data = None if row.scene_id is None else store.scene(row.scene_id)
                if row.scene_id is None or data is None or lacks_source(row):
                    continue
                image = directory / row.file if row.file else None
                before = None if row.before_id is None else store.scene(row.before_id)
                sample = store.sample(row.sample)
                evidence = Evidence(
                    scene=scene_from_bytes(data),
                    scene_before=None if before is None else scene_from_bytes(before),
                    image=image,
                    source=source_path(facts, sample),
                )
                score = score_with(judge, metric.name, sample, evidence)
                store.put_scores(row.scene_id, row.question, {key: score})
                scored += 1
        store.set_facts(merge_metrics(facts, facts | {"metrics": [describe_plugin(metric) | {"key": key}]}))
        write_scores(StoredRun(directory))
        export_provenance(directory, store)
    return scored
