"""Leaderboards as text for documents."""

from __future__ import annotations

from collections.abc import Sequence

from genspace_core.analysis import Leaderboard, Row
from genspace_core.report.labels import (
    BESIDE,
    COUNT_LABELS,
    NOTHING,
    REFUSED,
    SUB_DOMAIN_LABELS,
    any_priced,
    legend,
    marked,
    money,
    money_each,
    percent,
    reasons,
    shown_beside,
    shown_counts,
    with_interval,
    with_refusals,
)


def markdown(board: Leaderboard) -> str:
    """Tables of scores in percent, of counts of pictures and of refusals, then the notes."""
    grouped, beside, refused = len(board.groups) > 1, shown_beside(board.rows), with_refusals(board.rows)
    head = [
        "",
        "Generator",
        "Overall",
        *(BESIDE[name] for name in beside),
        *SUB_DOMAIN_LABELS.values(),
        "All found",
    ]
    scores = [
        [
            NOTHING if row.rank is None else str(row.rank),
            marked(row),
            with_interval(row.summary.means),
            *(percent(getattr(row.summary.means, name)) for name in beside),
            *(percent(d.means.score) for d in row.summary.sub_domains),
            percent(row.summary.counts.detection_rate),
        ]
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
        _markdown_pictures(board),
    ]
    if refused:
        blocks += [REFUSED, _markdown_refused(refused, grouped=grouped)]
    if board.notes:
        blocks.append("\n".join(f"- {_escaped(note)}" for note in board.notes))
    return "\n\n".join(blocks) + "\n"


def _markdown_pictures(board: Leaderboard) -> str:
    """What became of the pictures, and what they cost."""
    counts = shown_counts([row.summary.counts for row in board.rows])
    each = any_priced(board.rows)
    head = ["Generator", *(COUNT_LABELS[name].capitalize() for name in counts), "Cost"]
    lines = [
        [
            marked(row),
            *(str(getattr(row.summary.counts, name)) for name in counts),
            money(row.summary),
            *([money_each(row.summary)] if each else []),
        ]
        for row in board.rows
    ]
    return _markdown_table([*head, "Cost each"] if each else head, lines, left={"Generator"})


def _markdown_refused(rows: Sequence[Row], *, grouped: bool) -> str:
    """The share of refused pictures by sub-domain, and why they were."""
    head = ["Generator", "Overall", *SUB_DOMAIN_LABELS.values(), "Reasons, with the number of pictures"]
    lines = [
        [
            marked(row),
            percent(row.summary.counts.refusal_rate),
            *(percent(part.counts.refusal_rate) for part in row.summary.sub_domains),
            reasons(row.summary.refusals),
        ]
        for row in rows
    ]
    if grouped:
        head.insert(0, "Group")
        for line, row in zip(lines, rows, strict=True):
            line.insert(0, row.group)
    return _markdown_table(head, lines, left={"Group", "Generator", head[-1]})


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
