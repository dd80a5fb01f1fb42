"""`genspace score` of runs, and with metrics that misbehave."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

import pytest

from tests import commands

ROW = {"task": "t2i/0", "objects": [{"points": [[0, 0, 3]], "rotation": None}]}
METRICS = """
from genspace_core.interfaces import Metric, PluginSpec
from genspace_core.types import Score

class Nan(Metric):
    def score(self, sample, evidence):
        return Score(float("nan"), False)

class Bug(Metric):
    def score(self, sample, evidence):
        return {}["points"]

NAN = PluginSpec(interface=Metric, factory=lambda config: Nan())
BUG = PluginSpec(interface=Metric, factory=lambda config: Bug())
"""

Genspace = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def genspace(tmp_path_factory: pytest.TempPathFactory) -> Genspace:
    """The command, in a folder of its own, with two bad metrics installed."""
    site, work = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("work")
    (site / "bad_metrics.py").write_text(METRICS)
    info = site / "bad_metrics-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-metrics\nVersion: 1.0\n")
    points = "[genspace.metrics]\nnan = bad_metrics:NAN\nbug = bad_metrics:BUG\n"
    (info / "entry_points.txt").write_text(points)
    (work / "rows.jsonl").write_text(json.dumps(ROW))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return commands.genspace(*arguments, cwd=work, env={**os.environ, "PYTHONPATH": str(site)})

    return run


@pytest.fixture(scope="module")
def runs(genspace: Genspace) -> dict[str, float]:
    """Two runs, and what the leaderboard says of them under the metric of the paper."""
    models = ["-g", "perfect", "-g", "frontal"]
    done = genspace(
        "run", *models, "--limit", "6", "-w", "1", "-m", "spatial", "-m", "paper", "--out", "runs"
    )
    assert done.returncode == 0, done.stderr
    board = json.loads(genspace("leaderboard", "runs", "-m", "paper", "--format", "json").stdout)
    return {row["generator"]: row["overall"]["score"] for row in board["rows"]}


def test_every_run_of_a_folder_is_scored(genspace: Genspace, runs: dict[str, float]) -> None:
    done = genspace("score", "runs", "--metric", "paper")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split(" scored by paper: ")[0] for line in lines] == [
        "6 pictures of runs/frontal",
        "6 pictures of runs/perfect",
    ]
    for line, name in zip(lines, ("frontal", "perfect"), strict=True):
        assert f": mean {runs[name]:.4f}, passed " in line


def test_one_run_is_scored(genspace: Genspace, runs: dict[str, float]) -> None:
    done = genspace("score", "runs/perfect")
    assert done.stdout.startswith("6 pictures of runs/perfect scored by spatial: mean 1.0000, passed 100.0%")


@pytest.mark.parametrize(
    ("metric", "told"),
    [("nan", "between 0 and 1, not at nan"), ("bug", "metric bug broke on sample t2i/0")],
)
def test_a_bad_metric_is_one_line(genspace: Genspace, metric: str, told: str) -> None:
    done = genspace("score", "rows.jsonl", "--metric", metric)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_good_is_not_called_scored(genspace: Genspace) -> None:
    done = genspace("score", "rows.jsonl", "--metric", "nan")
    assert "0 rows scored" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: 1 of 1 rows of rows.jsonl are wrong")
