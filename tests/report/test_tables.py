"""Leaderboards as text: exact snapshots of a tiny case, and widths."""

import csv
import io
import json

import pytest
from rich.console import Console

from genspace_core.analysis import build_leaderboard
from genspace_core.analysis.questions import QUESTIONS
from genspace_core.report import print_leaderboard, render
from genspace_core.report.labels import COUNT_LABELS, SUB_DOMAIN_LABELS
from genspace_core.report.terminal import WIDE
from genspace_core.suite.subdomains import SUB_DOMAINS, TEMPLATE_COUNT
from genspace_core.types import GenerationOutcome, ReconstructionOutcome
from tests.analysis.fakes import FakeRun, full, full_edits, lost, scored, unmade


@pytest.fixture
def board():
    tiny = [
        scored(0, 0, 1.0, cost=0.5),
        scored(0, 1, 0.5, cost=0.5),
        lost(12, 0, ReconstructionOutcome.OBJECT_MISSING),
        unmade(12, 1, GenerationOutcome.REFUSED),
    ]
    return build_leaderboard([FakeRun("tiny|model", tiny), FakeRun("steady", full(1.0))])


MARKDOWN = r"""
|  | Generator | Overall | When found | Camera pose | Object pose | Complex pose | Intrinsic | Allocentric | Egocentric | Object distance | Camera distance | Object size | All found |
| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
| 1 | steady | 100.0 ±0.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 |
| 2 | tiny\|model \* | 37.5 | 75.0 | 75.0 | – | – | – | 0.0 | – | – | – | – | 66.7 |

Scores in percent, ± is the 95 % interval. When found: over pictures with every object found, as published results are averaged. Made with suite genspace-t2i 1 (dddddddd), reconstructor fiducial, metric spatial.

Pictures:

| Generator | Planned | Refused | Failed | Made | Object missing | Wrong count | Unreadable | All found | Undecidable | Scored | Passed | Cost |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
| steady | 72 | 0 | 0 | 72 | 0 | 0 | 0 | 72 | 0 | 72 | 72 | – |
| tiny\|model \* | 4 | 1 | 0 | 3 | 1 | 0 | 0 | 2 | 0 | 3 | 1 | ≥ $1.00 |

- \* tiny\|model has scores in 2 of 9 sub-domains; its overall is the mean of those.
- tiny\|model: 1 of 4 pictures were never made (1 refused, 0 failed) and are not in its scores.
- The runs planned different numbers of pictures (4, 72), so their prompts differ.
"""  # noqa: E501


def test_markdown(board):
    assert render(board, "md") == MARKDOWN.lstrip()


def test_csv(board):
    steady, tiny = csv.DictReader(io.StringIO(render(board, "csv")))
    assert tiny["generator"] == "tiny|model"
    half_width = float(tiny.pop("camera_pose_half_width"))
    assert half_width == pytest.approx(1.959964 * 0.25)  # 1 and 0.5: s**2 / n = 0.0625
    assert {k: v for k, v in tiny.items() if v != ""} == {
        "group": "A",
        "rank": "2",
        "generator": "tiny|model",
        "run": "model",
        "finished": "true",
        "overall": "0.375",
        "overall_reconstructed": "0.75",
        "pass_rate": "0.25",
        "pass_rate_reconstructed": "0.5",
        "camera_pose": "0.75",
        "allocentric": "0.0",
        "detection_rate": str(2 / 3),
        **dict.fromkeys(COUNT_LABELS, "0"),
        "planned": "4",
        "refused": "1",
        "generated": "3",
        "object_missing": "1",
        "reconstructed": "2",
        "scored": "3",
        "passed": "1",
        "images_per_prompt": "1",
        "cost_usd": "1.0",
        "pictures_with_known_cost": "2",
        "suite": "genspace-t2i 1",
        "suite_digest": "d" * 64,
        "reconstructor": "fiducial",
        "metric": "spatial",
    }
    assert (steady["rank"], steady["overall"], steady["cost_usd"]) == ("1", "1.0", "")


def test_json_says_everything(board):
    document = json.loads(render(board, "json"))
    assert document["format"] == 1
    assert document["comparable"] is True
    assert len(document["notes"]) == 3
    steady, tiny = document["rows"]
    assert tiny["overall"]["score"] == 0.375
    assert tiny["overall"]["half_width"] is None
    assert list(steady["sub_domains"]) == list(SUB_DOMAINS)
    assert [t["template"] for t in steady["sub_domains"]["complex_pose"]["templates"]] == [32, 33, 34, 35]
    assert tiny["sub_domains"]["allocentric"]["templates"][0]["counts"]["object_missing"] == 1


def test_machines_are_told_what_cannot_be_compared():
    board = build_leaderboard([FakeRun("a", full(1.0)), FakeRun("b", full(0.5), suite_digest="e" * 64)])
    document = json.loads(render(board, "json"))
    assert document["comparable"] is False
    assert document["groups"]["B"]["suite_digest"] == "e" * 64
    assert [row["group"] for row in csv.DictReader(io.StringIO(render(board, "csv")))] == ["A", "B"]
    assert "| 1 | B | b |" in render(board, "md")


def shown(board, width):
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        print_leaderboard(board, console)
    return capture.get()


@pytest.mark.parametrize("width", [40, 60, 80, 117, 118, 120, 200])
def test_terminal_shows_every_number_at_any_width(width):
    runs = [FakeRun(f"a-model-with-a-long-name-{i}", full(1 - i / 8)) for i in range(6)]
    text = shown(build_leaderboard(runs), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for i in range(6):
        assert text.count(f"{100 - 12.5 * i:.1f}") >= 10  # overall and nine sub-domains


@pytest.mark.parametrize("width", [60, 120])
def test_terminal_shows_the_score_when_found_beside_the_overall(board, width):
    text = shown(board, width)
    assert "when" in text.lower()
    lines = text.splitlines()
    tiny = next(line for line in lines if ("tiny|model *" in line if width > 100 else "Overall" in line))
    if width > 100:
        assert tiny.split()[3:5] == ["37.5", "75.0"]
    else:
        assert "37.5" in tiny
        assert "75.0" in next(line for line in lines if "When found" in line)


def test_terminal_takes_names_as_they_are(board):
    runs = [FakeRun("[red]x[/red]", full(1.0))]
    assert "[red]x[/red]" in shown(build_leaderboard(runs), 120)


def test_terminal_marks_groups_and_unfinished_runs():
    runs = [FakeRun("a", full(1.0)), FakeRun("b", [*full(0.5), unmade(0, 9, None)], suite_digest="e" * 64)]
    for width in (60, 120):
        text = shown(build_leaderboard(runs), width)
        assert "Group B: suite" in text.replace("\n", " ")
        assert "b *" in text
        assert "not made" in text.lower()


def test_every_question_and_sub_domain_has_a_label():
    assert list(SUB_DOMAIN_LABELS) == list(SUB_DOMAINS)
    assert all(len(texts) == len(set(texts)) == TEMPLATE_COUNT for texts in QUESTIONS.values())


@pytest.fixture
def edits():
    return build_leaderboard([FakeRun(generator="mover", results=full_edits(0.5, 0.125))])


def test_preservation_is_in_every_format_where_there_is_one(edits, board):
    assert "| Preserved |" in render(edits, "md")
    assert " 12.5 |" in render(edits, "md")
    (row,) = csv.DictReader(io.StringIO(render(edits, "csv")))
    assert (row["preservation"], row["camera_pose_preservation"]) == ("0.125", "0.125")
    (row,) = json.loads(render(edits, "json"))["rows"]
    assert row["overall"]["preservation"] == 0.125
    assert row["sub_domains"]["egocentric"]["preservation"] == 0.125
    assert row["sub_domains"]["egocentric"]["templates"][0]["preservation"] == 0.125
    for width in (80, 120):
        assert "12.5" in shown(edits, width)
        assert "no part of the score" in " ".join(shown(edits, width).split())
        assert "no part of the score" not in " ".join(shown(board, width).split())
    assert "reserved" not in render(board, "md")


@pytest.mark.parametrize("width", [40, 60, 80, 117, 118, 120, 200])
def test_terminal_shows_every_number_at_any_width_with_preservation_too(width):
    runs = [FakeRun(f"a-model-with-a-long-name-{i}", full_edits(1 - i / 8, i / 8)) for i in range(6)]
    text = shown(build_leaderboard(runs), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    if width < WIDE:
        assert all(f"{12.5 * i:.1f}" in text for i in range(6))
        return
    for i in range(6):
        line = next(line for line in text.splitlines() if line.startswith(f"{i + 1} "))
        score = f"{100 - 12.5 * i:.1f}"
        assert line.split()[2:] == [score, "±0.0", score, f"{12.5 * i:.1f}", *[score] * 9, "100.0"]


@pytest.mark.parametrize("width", [60, 120])
def test_terminal_keeps_both_tasks_of_one_generator_apart(width):
    edits = FakeRun("m", full_edits(0.5, 0.125), suite="genspace-edit 1", suite_digest="e" * 64)
    lines = shown(build_leaderboard([FakeRun("m", full(0.75)), edits]), width).splitlines()
    if width < WIDE:
        assert any(line.split() == ["A1.", "m", "B1.", "m"] for line in lines)
        assert any(line.split() == ["Preserved", "–", "12.5"] for line in lines)
        return
    assert sum(line.strip() == "Group B" for line in lines) == 2  # of the scores and of the pictures
    of_m = [line.split()[2:6] for line in lines if line.startswith("1 m")]
    assert of_m == [["75.0", "±0.0", "75.0", "–"], ["50.0", "±0.0", "50.0", "12.5"]]


def test_no_preservation_leaves_its_cells_empty(board):
    assert {line["preservation"] for line in csv.DictReader(io.StringIO(render(board, "csv")))} == {""}
    assert json.loads(render(board, "json"))["rows"][0]["overall"]["preservation"] is None
