"""Leaderboards as text for documents (Markdown) and machines (CSV, JSON)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from genspace_core.analysis import Leaderboard, Row
from genspace_core.report.labels import (
    COUNT_LABELS,
    NOTHING,
    SUB_DOMAIN_LABELS,
    any_preserved,
    legend,
    marked,
    money,
    percent,
    shown_counts,
    with_interval,
)

JSON_FORMAT = 1
"""Version of the JSON and CSV layouts; raised when a field changes its meaning or goes away."""


def markdown(board: Leaderboard) -> str:
    """Two tables, scores in percent and counts of pictures, then the notes."""
    grouped, preserved = len(board.groups) > 1, any_preserved(board.rows)
    beside = ["When found", "Preserved"] if preserved else ["When found"]
    head = ["", "Generator", "Overall", *beside, *SUB_DOMAIN_LABELS.values(), "All found"]
    scores = [
        [
            NOTHING if row.rank is None else str(row.rank),
            marked(row),
            with_interval(row.summary.means),
            percent(row.summary.means.score_reconstructed),
            *([percent(row.summary.means.preservation)] if preserved else []),
            *(percent(d.means.score) for d in row.summary.sub_domains),
            percent(row.summary.counts.detection_rate),
        ]
        for row in board.rows
    ]
    counts = shown_counts([row.summary.counts for row in board.rows])
    count_head = ["Generator", *(COUNT_LABELS[name].capitalize() for name in counts), "Cost"]
    pictures = [
        [marked(row), *(str(getattr(row.summary.counts, name)) for name in counts), money(row.summary)]
        for row in board.rows
    ]
    if grouped:
        head.insert(1, "Group")
        for line, row in zip(scores, board.rows, strict=True):
            line.insert(1, row.group)
    blocks = [
        _markdown_table(head, scores, left={"Generator", "Group"}),
        f"{legend(board.rows)} {_made_with(board)}".rstrip(),
        "Pictures:",
        _markdown_table(count_head, pictures, left={"Generator"}),
    ]
    if board.notes:
        blocks.append("\n".join(f"- {_escaped(note)}" for note in board.notes))
    return "\n\n".join(blocks) + "\n"


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
    }
    for part in row.summary.sub_domains:
        record[part.name] = part.means.score
        record[f"{part.name}_half_width"] = part.means.half_width
        record[f"{part.name}_preservation"] = part.means.preservation
    record["detection_rate"] = row.summary.counts.detection_rate
    record |= {name: getattr(row.summary.counts, name) for name in COUNT_LABELS}
    return record | {
        "images_per_prompt": row.summary.images_per_prompt,
        "cost_usd": row.summary.cost,
        "pictures_with_known_cost": row.summary.priced,
        "suite": setup.suite,
        "suite_digest": setup.suite_digest,
        "reconstructor": setup.reconstructor.name,
        "reconstructor_version": setup.reconstructor.version,
        "reconstructor_key": setup.reconstructor.key,
        "metric": setup.metric.name,
        "metric_version": setup.metric.version,
        "metric_key": setup.metric.key,
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
        "images_per_prompt": summary.images_per_prompt,
        "cost_usd": summary.cost,
        "pictures_with_known_cost": summary.priced,
        "sub_domains": {
            part.name: {
                "dimension": part.dimension,
                **asdict(part.means),
                "detection_rate": part.counts.detection_rate,
                "counts": _counts(part.counts),
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


def _made_with(board: Leaderboard) -> str:
    """The set-up in words where there is one only; otherwise the notes say it."""
    return f"Made with {board.rows[0].setup}." if len(board.groups) == 1 else ""


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: set[str]) -> str:
    rule = ["---" if title in left else "--:" for title in head]
    lines = [head, rule, *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: names of runs and models are anybody's."""
    for mark in ("\\", "|", "<", "*", "`", "[", "_"):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
