"""Ranking, what may be ranked together, and what a reader is told."""

from pathlib import Path

import pytest

from genspace_core.analysis import build_leaderboard, choose_metric
from genspace_core.analysis.bill import Bill, dollars
from genspace_core.errors import InputError
from genspace_core.types import GenerationOutcome
from tests.analysis.fakes import FakeRun, full, scored, undecidable, unmade


def names(board):
    return [(row.rank, row.label) for row in board.rows]


def test_best_first_and_ties_by_name():
    runs = [FakeRun("c", full(0.5)), FakeRun("b", full(0.75)), FakeRun("a", full(0.5))]
    board = build_leaderboard(runs)
    assert names(board) == [(1, "b"), (2, "a"), (3, "c")]
    assert board.notes == ()


def test_a_run_without_a_score_comes_last_without_a_rank():
    nothing = FakeRun("a", [unmade(t, 0, None) for t in range(36)])
    board = build_leaderboard([nothing, FakeRun("b", full(0.0, 1))])
    assert names(board) == [(1, "b"), (None, "a")]
    assert board.notes == ("* a is not finished: 0 of 36 pictures done.",)


def facts(reconstructor="1", metric="1"):
    return {
        "reconstructor": {
            "name": "fiducial",
            "key": "a" + reconstructor,
            "identity": {"version": reconstructor},
        },
        "metrics": [{"name": "spatial", "key": "b" + metric, "identity": {"version": metric}}],
    }


@pytest.mark.parametrize(
    "other",
    [
        {"suite_digest": "e" * 64},
        {"reconstructor": "staged"},
        {"provenance": facts(reconstructor="2")},
        {"provenance": facts(metric="2")},
    ],
    ids=["suite", "reconstructor", "its version", "metric's version"],
)
def test_runs_made_otherwise_are_not_ranked_together(other):
    runs = [
        FakeRun("a", full(0.25), provenance=facts()),
        FakeRun("b", full(0.5), **{"provenance": facts(), **other}),
        FakeRun("c", full(0.75), provenance=facts()),
    ]
    board = build_leaderboard(runs)
    assert [(r.group, r.rank, r.label) for r in board.rows] == [("A", 1, "c"), ("A", 2, "a"), ("B", 1, "b")]
    assert "do not compare scores between groups" in board.notes[0]
    assert (
        board.notes[1]
        == "Group A: suite genspace-t2i 1 (dddddddd), reconstructor fiducial 1 (a1), metric spatial 1 (b1)."
    )
    assert board.notes[2].startswith("Group B: ")


def test_two_runs_of_one_generator_are_told_apart():
    runs = [FakeRun("m", full(v), directory=Path(f"runs/seed{v}")) for v in (0, 1)]
    assert [row.label for row in build_leaderboard(runs).rows] == ["m (seed1)", "m (seed0)"]


def test_what_must_not_be_overlooked_is_said():
    results = [
        scored(0, 0, 1.0),
        undecidable(0, 1),
        unmade(0, 2, GenerationOutcome.REFUSED),
        unmade(0, 3, GenerationOutcome.FAILED),
        unmade(0, 4, None),
    ]
    board = build_leaderboard([FakeRun("a", results), FakeRun("b", full(0.5))])
    assert board.notes == (
        "* a is not finished: 4 of 5 pictures done.",
        "* a has scores in 1 of 9 sub-domains; its overall is the mean of those.",
        "a: 1 of 2 pictures could not be judged and are not in its scores.",
        "a: 2 of 5 pictures were never made (1 refused, 1 failed) and are not in its scores.",
        "The runs planned different numbers of pictures (5, 72), so their prompts differ.",
    )
    assert [row.final for row in board.rows] == [False, True]


PAID = [scored(0, n, 1.0, cost=0.25) for n in range(4)]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, []),
        ({"cost_usd": None, "judging_usd": None, "uncertain_usd": 0.0, "lost_calls": 0}, []),
        ({"cost_usd": 1.0}, []),
        ({"cost_usd": 1.0000001}, []),
        (
            {"cost_usd": 1.5},
            [
                "m: $0.50 more was charged in the run, for failed attempts or for pictures "
                "that are not counted here."
            ],
        ),
        (
            {"uncertain_usd": 0.12, "lost_calls": 3},
            ["m: up to $0.12 more may have been charged for 3 calls whose answer was lost."],
        ),
        (
            {"uncertain_usd": None, "lost_calls": 1},
            ["m: an unknown amount more may have been charged for 1 call whose answer was lost."],
        ),
        ({"uncertain_usd": 0.0, "lost_calls": 1}, []),  # of a server that costs nothing
        ({"judging_usd": 2.345}, ["m: judges cost $2.35 beside the pictures."]),
    ],
)
def test_what_was_paid_beside_the_pictures_is_said(facts, told):
    board = build_leaderboard([FakeRun("m", PAID, provenance=facts)])
    assert [note for note in board.notes if "sub-domains" not in note] == told


def test_an_amount_that_nobody_knows_is_not_0():
    def bill(**facts):
        return Bill.of(facts)

    assert bill().uncertain is None
    assert bill(uncertain_usd=None, lost_calls=2).uncertain is None
    assert bill(uncertain_usd=0.0, lost_calls=0).uncertain == 0.0
    assert bill(uncertain_usd=0.5, lost_calls=2) == Bill(uncertain=0.5, lost_calls=2)


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (72.1, 2, "$72.10"),
        (1234.5, 2, "$1,234.50"),
        (0.04, 3, "$0.040"),
        (0.134, 3, "$0.134"),
        (0.003, 2, "$0.0030"),
        (0.00039, 3, "$0.00039"),
        (0.0, 3, "$0.00"),
    ],
)
def test_small_amounts_keep_two_digits(amount, decimals, text):
    assert dollars(amount, decimals) == text


def test_metric_chosen():
    assert choose_metric(FakeRun(metrics=("paper", "spatial"))) == "spatial"
    assert choose_metric(FakeRun(metrics=("paper", "judge"))) == "paper"
    assert choose_metric(FakeRun(metrics=("paper", "spatial")), "paper") == "paper"
    with pytest.raises(
        InputError, match=r"runs/model: not scored with metric 'judge'; it has: paper, spatial"
    ):
        choose_metric(FakeRun(metrics=("paper", "spatial")), "judge")
    with pytest.raises(InputError, match="the run has no metric"):
        choose_metric(FakeRun(metrics=()))


def test_no_run_is_an_error():
    with pytest.raises(InputError, match="no run to show"):
        build_leaderboard([])
