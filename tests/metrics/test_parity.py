"""`paper` against the answers of the public implementation, through the command."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "geometry_public.jsonl.gz"


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    with gzip.open(DATA, "rt") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    output = tmp_path_factory.mktemp("scores") / "scores.jsonl"
    command = [sys.executable, "-m", "genspace_core", "score", str(DATA), "--metric", "paper"]
    subprocess.run([*command, "--output", str(output)], check=True)
    return [json.loads(line) for line in output.read_text().splitlines()]


def test_every_row_has_its_score_in_order(rows: list[dict], scores: list[dict]) -> None:
    assert len(rows) == 4864
    assert [score["task"] for score in scores] == [row["task"] for row in rows]
    assert {row["task"] for row in rows} == {f"{task}/{n}" for task in ("t2i", "edit") for n in range(36)}


def test_values_within_1e_9(rows: list[dict], scores: list[dict]) -> None:
    worst = max(abs(score["value"] - row["score"]) for row, score in zip(rows, scores, strict=True))
    assert worst < 1e-9


def test_passed_equal(rows: list[dict], scores: list[dict]) -> None:
    wrong = [row["task"] for row, score in zip(rows, scores, strict=True) if row["check"] != score["passed"]]
    assert wrong == []


def test_every_score_says_what_was_measured(scores: list[dict]) -> None:
    for score in scores:
        assert not score["undecidable"]
        assert score["measurements"]
        product = 1.0
        for measurement in score["measurements"]:
            assert set(measurement) == {
                "constraint", "value", "unit", "target", "tolerance", "score", "satisfied",
            }  # fmt: skip
            product *= measurement["score"]
        assert score["passed"] == all(measurement["satisfied"] for measurement in score["measurements"])
        assert score["value"] == pytest.approx(1.0 if score["passed"] else product, abs=1e-12)
