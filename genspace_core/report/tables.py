"""Leaderboards for machines (CSV, JSON), and the formats there are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from genspace_core.analysis import Leaderboard, Row
from genspace_core.report.labels import COUNT_LABELS
from genspace_core.report.markdown import markdown

JSON_FORMAT = 1
"""Version of the JSON and CSV layouts; raised when a field changes its meaning or goes away."""


def csv_text(board: Leaderboard) -> str:
    """One line per run, raw numbers (shares of 1); empty where there is none."""
    records = [_record(row) for row in board.rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def json_text(board: Leaderboard) -> str:
    """Everything, templates included, with raw numbers (shares of 1)."""
    document = {
        "format": JSON_FORMAT,
        "comparable": len(board.groups) == 1,
        "notes": board.notes,
        "groups": {letter: asdict(rows[0].setup) for letter, rows in board.groups.items()},
        "rows": [_document(row) for row in board.rows],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMATS: Final[Mapping[str, Callable[[Leaderboard], str]]] = MappingProxyType(
    {"md": markdown, "csv": csv_text, "json": json_text}
)


def render(board: Leaderboard, form: str) -> str:
    """A leaderboard as "md", "csv" or "json"."""
    return FORMATS[form](board)


def _record(row: Row) -> dict[str, Any]:
    """A run's line of the CSV."""
    means, setup = row.summary.means, row.setup
    record: dict[str, Any] = {
        "group": row.group,
        "rank": row.rank,
        "generator": row.generator,
        "run": row.run,
        "finished": str(row.summary.counts.finished).lower(),
        "overall": means.score,
        "overall_half_width": means.half_width,
        "overall_reconstructed": means.score_reconstructed,
        "pass_rate": means.pass_rate,
        "pass_rate_reconstructed": means.pass_rate_reconstructed,
        "preservation": means.preservation,
        "overall_with_refused": means.score_with_refused,
    }
    for part in row.summary.sub_domains:
        record[part.name] = part.means.score
        record[f"{part.name}_half_width"] = part.means.half_width
        record[f"{part.name}_preservation"] = part.means.preservation
        record[f"{part.name}_with_refused"] = part.means.score_with_refused
        record[f"{part.name}_refused"] = part.counts.refused
    record["detection_rate"] = row.summary.counts.detection_rate
    record |= {name: getattr(row.summary.counts, name) for name in COUNT_LABELS}
    refusals = row.summary.refusals
    return record | {
        "refusal_reasons": json.dumps(refusals, ensure_ascii=False) if refusals else None,
        "images_per_prompt": row.summary.images_per_prompt,
        **_paid(row),
        "suite": setup.suite,
        "suite_digest": setup.suite_digest,
        "reconstructor": setup.reconstructor.name,
        "reconstructor_version": setup.reconstructor.version,
        "reconstructor_key": setup.reconstructor.key,
        "metric": setup.metric.name,
        "metric_version": setup.metric.version,
        "metric_key": setup.metric.key,
    }


def _paid(row: Row) -> dict[str, float | int | None]:
    """What is known of a run's cost, in US dollars."""
    return {
        "cost_usd": row.summary.cost,
        "pictures_with_known_cost": row.summary.priced,
        "cost_per_picture_usd": row.summary.cost_per_picture,
        "charged_usd": row.bill.charged,
        "uncertain_usd": row.bill.uncertain,
        "lost_calls": row.bill.lost_calls,
        "judging_usd": row.bill.judging,
    }


def _document(row: Row) -> dict[str, Any]:
    """A run's part of the JSON."""
    summary = row.summary
    return {
        "group": row.group,
        "rank": row.rank,
        "generator": row.generator,
        "run": row.run,
        "finished": summary.counts.finished,
        "overall": asdict(summary.means),
        "detection_rate": summary.counts.detection_rate,
        "counts": _counts(summary.counts),
        "refusal_rate": summary.counts.refusal_rate,
        "refusals": summary.refusals,
        "images_per_prompt": summary.images_per_prompt,
        **_paid(row),
        "sub_domains": {
            part.name: {
                "dimension": part.dimension,
                **asdict(part.means),
                "detection_rate": part.counts.detection_rate,
                "counts": _counts(part.counts),
                "refusal_rate": part.counts.refusal_rate,
                "refusals": part.refusals,
                "templates": [
                    {
                        "task": t.task,
                        "template": t.template,
                        **asdict(t.means),
                        "detection_rate": t.counts.detection_rate,
                        "counts": _counts(t.counts),
                    }
                    for t in part.templates
                ],
            }
            for part in summary.sub_domains
        },
    }


def _counts(counts: Any) -> dict[str, int]:
    return {name: getattr(counts, name) for name in COUNT_LABELS}
