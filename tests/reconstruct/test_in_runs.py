"""`staged` in a run, through the command: pictures of somebody's, rebuilt by fake stages in batches."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.commands import genspace

pytestmark = pytest.mark.slow

COUNT = 7
FOUND = [1.0] * COUNT  # A is closer, as asked ...
FOUND[3] = 0.0  # ... but in the dark picture nothing is found

TABLES = """
[detectors.fake4]
plugin = "fake"
calls = "{calls}"
batch = 4
fails = "{fails}"
[depth_estimators.fake3]
plugin = "fake"
calls = "{calls}"
batch = 3
[reconstructors.mine]
plugin = "staged"
detector = "fake4"
depth = "fake3"
camera = {{ plugin = "fake", calls = "{calls}" }}
orientation = {{ plugin = "fake", calls = "{calls}" }}
"""


@pytest.fixture
def scored(stage_package: Path, tmp_path: Path):
    """Run `genspace score` on COUNT pictures, dog left at 2 m and cat right at 3 m; one is dark."""
    (tmp_path / "pictures").mkdir()
    rows = ["image,template,names"]
    for i in range(COUNT):
        image = np.full((96, 128, 3), 20 if i == 3 else 220, np.uint8)
        image[30:70, 10 + i : 40 + i] = (255, 0, 0) if i != 3 else (90, 0, 0)
        image[40:64, 80:104] = (0, 0, 255) if i != 3 else (0, 0, 90)
        Image.fromarray(image).save(tmp_path / "pictures" / f"{i}.png")
        rows.append(f'{i}.png,16,"dog, cat"')
    (tmp_path / "pictures" / "manifest.csv").write_text("\n".join(rows) + "\n")

    def run(fails: str = "", *more: str):
        tables = TABLES.format(calls=tmp_path / "calls.txt", fails=fails)
        (tmp_path / "plugins.toml").write_text(tables)
        command = ["score", "pictures/manifest.csv", "-r", "mine", "--plugins", "plugins.toml"]
        command += more or ("-w", "1")
        return genspace(*command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(stage_package)})

    run.folder = tmp_path
    return run


def calls(folder: Path) -> dict[str, int]:
    lines = (folder / "calls.txt").read_text().splitlines()
    return {name: lines.count(name) for name in sorted(set(lines))}


def scores(folder: Path) -> list[float]:
    lines = (folder / "runs" / "manifest" / "scores.jsonl").read_text().splitlines()
    return [row["value"] for row in map(json.loads, lines) if row.get("value") is not None]


def test_pictures_are_rebuilt_in_batches_and_only_once(scored):
    first = scored()
    assert first.returncode == 0, first.stderr
    assert "fake/depth is under CC BY-NC 4.0: no commercial use" in first.stderr
    assert scores(scored.folder) == FOUND
    assert calls(scored.folder) == dict.fromkeys(("camera", "depth", "detector", "orientation"), COUNT)
    again = scored()
    assert again.returncode == 0
    assert calls(scored.folder)["depth"] == COUNT


def test_workers_change_nothing(scored):
    assert scored("", "-w", "2").returncode == 0
    assert scores(scored.folder) == FOUND


def test_one_pictures_failure_is_that_pictures(scored):
    done = scored("dark")
    assert done.returncode == 1
    assert "1 pictures failed" in done.stderr
    assert "detector fake4: ValueError: too dark" in done.stderr
    assert scores(scored.folder) == [1.0] * (COUNT - 1)


@pytest.mark.parametrize(
    ("fault", "says"), [("build", "pip install fake"), ("device", "sees no such device")]
)
def test_a_stage_that_cannot_start_stops_the_run_in_one_line(scored, fault, says):
    done = scored(fault)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if says in line]) == 1
    assert "pictures failed" not in done.stderr  # that would be one line a picture, and a score of 0
    assert scored().returncode == 0  # and the command can be repeated when it is mended
