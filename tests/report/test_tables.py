"""Leaderboards as text: exact snapshots of a tiny case, and widths."""

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from genspace_core.analysis import build_leaderboard
from genspace_core.analysis.bill import Bill
from genspace_core.analysis.questions import QUESTIONS
from genspace_core.report import print_leaderboard, render
from genspace_core.report.labels import COUNT_LABELS, SUB_DOMAIN_LABELS
from genspace_core.report.terminal import WIDE
from genspace_core.suite.subdomains import SUB_DOMAINS, TEMPLATE_COUNT
from genspace_core.types import ReconstructionOutcome
from tests.analysis.fakes import FakeRun, edited, full, full_edits, lost, refused, scored, unmade


@pytest.fixture
def board():
    tiny = [
        scored(0, 0, 1.0, cost=0.5),
        scored(0, 1, 0.5, cost=0.5),
        lost(12, 0, ReconstructionOutcome.OBJECT_MISSING),
        refused(12, 1, "no_image"),
    ]
    return build_leaderboard([FakeRun("tiny|model", tiny), FakeRun("steady", full(1.0))])


MARKDOWN = r"""
|  | Generator | Overall | When found | With refused | Camera pose | Object pose | Complex pose | Intrinsic | Allocentric | Egocentric | Object distance | Camera distance | Object size | All found |
| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
| 1 | steady | 100.0 ±0.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 |
| 2 | tiny\|model \* | 37.5 | 75.0 | 37.5 | 75.0 | – | – | – | 0.0 | – | – | – | – | 66.7 |

Scores in percent, ± is the 95 % interval. When found: over pictures with every object found, as published results are averaged. With refused: as overall, but a refused picture counts 0; every other score leaves refused pictures out. Made with suite genspace-t2i 1 (dddddddd), reconstructor fiducial, metric spatial.

Pictures:

| Generator | Planned | Refused | Failed | Made | Object missing | Wrong count | Unreadable | All found | Undecidable | Scored | Passed | Cost | Cost each |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
| steady | 72 | 0 | 0 | 72 | 0 | 0 | 0 | 72 | 0 | 72 | 72 | – | – |
| tiny\|model \* | 4 | 1 | 0 | 3 | 1 | 0 | 0 | 2 | 0 | 3 | 1 | ≥ $1.00 | $0.500 |

Refused, in percent of the pictures that were made or refused:

| Generator | Overall | Camera pose | Object pose | Complex pose | Intrinsic | Allocentric | Egocentric | Object distance | Camera distance | Object size | Reasons, with the number of pictures |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |
| tiny\|model \* | 25.0 | 0.0 | – | – | – | 50.0 | – | – | – | – | no\_image 1 |

- \* tiny\|model has scores in 2 of 9 sub-domains; its overall is the mean of those.
- tiny\|model: 1 of 4 pictures were never made (1 refused, 0 failed) and are not in its scores.
- The runs planned different numbers of pictures (4, 72), so their prompts differ.
"""  # noqa: E501


def test_markdown(board):
    assert render(board, "md") == MARKDOWN.lstrip()


def test_csv(board):
    facts = {"cost_usd": 1.5, "judging_usd": 0.25, "uncertain_usd": 0.12, "lost_calls": 3}
    rows = [replace(row, bill=Bill.of(facts)) if row.rank == 2 else row for row in board.rows]
    steady, tiny = csv.DictReader(io.StringIO(render(replace(board, rows=tuple(rows)), "csv")))
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
        "overall_with_refused": "0.375",
        "pass_rate": "0.25",
        "pass_rate_reconstructed": "0.5",
        "camera_pose": "0.75",
        "camera_pose_with_refused": "0.75",
        "allocentric": "0.0",
        "allocentric_with_refused": "0.0",
        **{f"{name}_refused": "0" for name in SUB_DOMAINS},
        "allocentric_refused": "1",
        "detection_rate": str(2 / 3),
        **dict.fromkeys(COUNT_LABELS, "0"),
        "planned": "4",
        "refused": "1",
        "generated": "3",
        "object_missing": "1",
        "reconstructed": "2",
        "scored": "3",
        "passed": "1",
        "refusal_reasons": '{"no_image": 1}',
        "images_per_prompt": "1",
        "cost_usd": "1.0",
        "pictures_with_known_cost": "2",
        "cost_per_picture_usd": "0.5",
        "charged_usd": "1.5",
        "uncertain_usd": "0.12",
        "lost_calls": "3",
        "judging_usd": "0.25",
        "suite": "genspace-t2i 1",
        "suite_digest": "d" * 64,
        "reconstructor": "fiducial",
        "metric": "spatial",
    }
    assert (steady["rank"], steady["overall"], steady["cost_usd"]) == ("1", "1.0", "")
    assert (steady["cost_per_picture_usd"], steady["refusal_reasons"], steady["charged_usd"]) == ("", "", "")


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
    assert tiny["overall"]["score_with_refused"] == 0.375
    assert (tiny["refusals"], tiny["refusal_rate"]) == ({"no_image": 1}, 0.25)
    allocentric = tiny["sub_domains"]["allocentric"]
    assert (allocentric["refusals"], allocentric["refusal_rate"]) == ({"no_image": 1}, 0.5)
    assert (allocentric["score_with_refused"], allocentric["counts"]["refused"]) == (0.0, 1)
    assert steady["refusals"] == steady["sub_domains"]["allocentric"]["refusals"] == {}
    assert (tiny["cost_usd"], tiny["cost_per_picture_usd"], tiny["judging_usd"]) == (1.0, 0.5, None)


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


def vendors(count=3, *, edits=False):
    """Models behind APIs: some pictures refused, some not made yet, some not judged yet, all paid for."""
    runs = []
    for i in range(count):
        made = [
            (edited(t, n, 0.5, 0.125, cost=0.04) if edits else scored(t, n, 0.5, cost=0.04))
            for t in range(36)
            for n in range(3)
        ]
        turned_down = [refused(t, 3, "IMAGE_SAFETY", cost=0.01) for t in range(i, 36, 2)]
        unfinished = [
            unmade(35, 5, None),
            scored(35, 6, 0.0, scores={}),
            scored(35, 7, 0.0, scores={}, reconstruction=None),
        ]
        runs.append(FakeRun(f"a-vendor-with-a-long-name-{i}", [*made, *turned_down, *unfinished]))
    return runs


@pytest.mark.parametrize("edits", [False, True], ids=["t2i", "edit"])
@pytest.mark.parametrize("width", [40, 60, 80, 117, 118, 120, 140, 200])
def test_terminal_loses_nothing_of_a_paid_and_unfinished_run(width, edits):
    """With every column there can be: a table that does not fit loses its last ones without a word."""
    text = shown(build_leaderboard(vendors(edits=edits)), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = " ".join(text.split())
    for cost in ("≥ $4.50", "≥ $4.49"):  # 108 at 0.04, and 18 or 17 refused ones at 0.01
        assert cost in words
    assert words.count("$0.042") == 3
    assert words.count("IMAGE_SAFETY 18") == 2
    assert words.count("IMAGE_SAFETY 17") == 1
    if width >= WIDE:
        lines = [line.split() for line in text.splitlines()]
        assert any(line[-2:] == ["scored", "passed"] for line in lines)
        row = next(line for line in lines if line[-3:] == ["0", "108", "0"])
        assert row[-14:-3] == ["129", "1", "18", "0", "110", "1", "0", "0", "0", "109", "2"]


@pytest.mark.parametrize("width", [60, 120])
def test_terminal_tells_refusals_by_sub_domain_and_reason(board, width):
    lines = shown(board, width).splitlines()
    assert "  tiny|model: no_image 1" in [line.rstrip() for line in lines]
    if width < WIDE:
        start = next(i for i, line in enumerate(lines) if line.startswith("Refused, %"))
        shares = [line.split() for line in lines[start:]]
        assert ["Overall", "25.0"] in shares
        assert ["Allocentric", "50.0"] in shares
        assert ["Camera", "pose", "0.0"] in shares
    else:
        start = next(i for i, line in enumerate(lines) if line.startswith("Refused, %"))
        row = next(line.split() for line in lines[start:] if line.startswith("tiny|model"))
        assert row == ["tiny|model", "*", "25.0", "0.0", "–", "–", "–", "50.0", "–", "–", "–", "–"]


def test_nothing_is_said_of_refusals_and_cost_where_there_are_none():
    board = build_leaderboard([FakeRun("a", [replace(r, cost=0.0) for r in full(1.0)])])
    for text in (shown(board, 60), shown(board, 120), render(board, "md")):
        assert "with refused" not in text.lower()
        assert "made or refused" not in text
        assert " each" not in text


def test_refusals_of_groups_are_told_apart():
    runs = [FakeRun("m", [*full(1.0), refused(0, 9)]), FakeRun("m", [*full(0.5), refused(4, 9, "text")])]
    runs[1].suite_digest = "e" * 64
    board = build_leaderboard(runs)
    for width in (60, 120):
        text = shown(board, width)
        assert "m (group A): moderation_blocked 1" in text
        assert "m (group B): text 1" in text
    markdown = render(board, "md").splitlines()
    assert sum(line.startswith("| A | m | 1.4 |") for line in markdown) == 1
    assert sum(line.startswith("| B | m | 1.4 |") for line in markdown) == 1


def test_a_vendors_words_are_taken_as_they_are():
    said = ["[red]a|b[/red]", "*story* " * 40, *(f"reason {i}" for i in range(9))]
    results = [
        *full(1.0),
        *(refused(0, 10 + i, word) for i, word in enumerate(said)),
        refused(0, 40, said[1]),
    ]
    board = build_leaderboard([FakeRun("m", results)])
    text = " ".join(shown(board, 200).split())
    assert "[red]a|b[/red] 1" in text
    assert "… 2, [red]" in text  # most frequent first, and cut
    assert "5 other reasons 5" in text
    assert r"\[red]a\|b\[/red] 1" in render(board, "md")
    (row,) = json.loads(render(board, "json"))["rows"]
    assert row["refusals"][said[1]] == 2
    (line,) = csv.DictReader(io.StringIO(render(board, "csv")))
    assert json.loads(line["refusal_reasons"]) == row["refusals"]
