"""The six blockworld models, through the command: each shows its fault where it belongs, nowhere else."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import pytest

from tests.commands import genspace

pytestmark = pytest.mark.slow

PER_TEMPLATE = {"perfect": 2, "frontal": 1, "egocentric": 1, "unitless": 4, "forgetful": 2, "random": 2}
"""More of the models that are right, or leave something out, by chance."""
FRONT = {0, 4, 32}
SIDE_AND_BACK = {1, 2, 3, 5, 6, 7, 33, 34, 35}
POSE = {"camera_pose", "object_pose", "complex_pose"}
RELATION = {"intrinsic", "allocentric", "egocentric"}
MEASUREMENT = {"object_distance", "camera_distance", "object_size"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """A folder with a run of each model."""
    out = tmp_path_factory.mktemp("runs")
    for number in set(PER_TEMPLATE.values()):
        models = [("-g", model) for model, asked in PER_TEMPLATE.items() if asked == number]
        options = ["--per-template", number, "--seed", "7", "-o", out, "-w", "1"]
        genspace("run", *itertools.chain(*models), *options, cwd=out, check=True, timeout=600)
    return out


@pytest.fixture(scope="module")
def scores(runs):
    """Lines of scores.jsonl by model."""
    return {model: read(runs / model / "scores.jsonl") for model in PER_TEMPLATE}


def dropped(run: Path) -> set[str]:
    """Samples from whose pictures the model says it left something out."""
    query = "SELECT plan.sample, pictures.info FROM plan JOIN pictures ON pictures.key = plan.picture"
    rows = sqlite3.connect(run / "run.db").execute(query)
    return {sample for sample, info in rows if json.loads(info)["dropped"]}


def read(path: Path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def mean(lines, **where) -> float:
    """Mean value of the lines whose template / sub_domain is in the given sets."""
    chosen = [line["value"] for line in lines if all(line[key] in values for key, values in where.items())]
    assert chosen
    return fmean(chosen)


def by_sub_domain(lines) -> dict[str, float]:
    values = defaultdict(list)
    for line in lines:
        values[line["sub_domain"]].append(line["value"])
    return {name: fmean(v) for name, v in values.items()}


def test_perfect_is_perfect(scores):
    lines = scores["perfect"]
    assert len(lines) == 36 * PER_TEMPLATE["perfect"]
    assert min(by_sub_domain(lines).values()) >= 0.99
    assert fmean(line["reconstruction"] == "ok" for line in lines) >= 0.99


def test_frontal_fails_side_and_back_views_only(scores):
    lines = scores["frontal"]
    assert mean(lines, template=FRONT) >= 0.95
    assert mean(lines, template=SIDE_AND_BACK) <= 0.05
    for name in RELATION | MEASUREMENT:
        assert mean(lines, sub_domain={name}) >= 0.95


def test_egocentric_fails_the_left_and_right_of_others_only(scores):
    lines = scores["egocentric"]
    assert mean(lines, sub_domain={"egocentric"}) >= 0.95
    assert mean(lines, template={14, 15}) <= 0.10
    assert mean(lines, template=set(range(36)) - {14, 15}) >= 0.95


def test_unitless_fails_measurements_only(scores):
    lines = scores["unitless"]
    for name in POSE | RELATION:
        assert mean(lines, sub_domain={name}) >= 0.95
    for name in MEASUREMENT:
        assert mean(lines, sub_domain={name}) <= 0.45


def test_forgetful_loses_exactly_what_it_dropped(scores, runs):
    lost = [line for line in scores["forgetful"] if line["reconstruction"] == "object_missing"]
    kept = [line for line in scores["forgetful"] if line["reconstruction"] == "ok"]
    assert len(lost) + len(kept) == 36 * PER_TEMPLATE["forgetful"]
    assert {line["sample"] for line in lost} == dropped(runs / "forgetful")
    assert 0.1 < len(lost) / (len(lost) + len(kept)) < 0.5
    assert {line["value"] for line in lost} == {0.0}
    assert fmean(line["value"] for line in kept) >= 0.99


def test_random_is_at_chance(scores):
    assert fmean(by_sub_domain(scores["random"]).values()) <= 0.35
