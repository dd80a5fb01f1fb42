"""The profile `light` as it is used, on tiny checkpoints: score pictures, repeat, swap the depth."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from genspace_core.cli.main import app

pytestmark = pytest.mark.slow

ADAPTERS = Path(__file__).parents[2] / "adapters"
STAGES = {"detector", "depth", "camera", "orientation"}
PICTURES = (("0", "dog"), ("16", "dog, cat"), ("20", "cat, dog"), ("24", "car"))
"""Templates of a pose, of what is nearer, of a distance and of one to the camera, with their objects."""

TABLES = """
[reconstructors.tiny]
extends = "light"
detector = "tiny"
depth = "tiny"
orientation = "tiny"

[detectors.tiny]
plugin = "grounding-dino"
checkpoint = "checkpoints/detector"
segmenter_checkpoint = "checkpoints/segmenter"
device = "cpu"
batch_size = {batch}
boxes_at_once = {batch}
box_threshold = 0
text_threshold = 0
min_confidence = 0
max_per_name = 1  # random boxes: as many as are asked for
min_mask_px = 1

[depth_estimators.tiny]
plugin = "depth-anything-v2"
checkpoint = "checkpoints/depth"
device = "cpu"
batch_size = {batch}

[depth_estimators.other]
plugin = "depth-pro"
checkpoint = "checkpoints/other-depth"
device = "cpu"
batch_size = {batch}

[orientation_estimators.tiny]
plugin = "orient-anything"
checkpoint = "checkpoints/orientation"
device = "cpu"
batch_size = {batch}
min_confidence = 0
"""


def _makers(adapter: str) -> ModuleType:
    """An adapter's own makers of tiny checkpoints; its tests are on no one's path."""
    path = ADAPTERS / adapter / "tests" / "tiny.py"
    spec = importlib.util.spec_from_file_location(f"{adapter}_tiny", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _save_checkpoints(folder: Path) -> None:
    detection, depth = _makers("detection"), _makers("depth")
    detection.save_grounding_dino(folder / "detector")
    detection.save_sam(folder / "segmenter")
    depth.depth_anything(folder / "depth")
    depth.depth_pro(folder / "other-depth")
    data = ADAPTERS / "orientation" / "tests" / "data"
    (folder / "orientation").mkdir()
    shutil.copy(data / "dino_weight_722.pt", folder / "orientation" / "dino_weight.pt")
    config = json.loads((data / "expected.json").read_text("utf-8"))["config"]
    (folder / "orientation" / "config.json").write_text(json.dumps(config), "utf-8")


def _save_pictures(folder: Path) -> None:
    """Two blots on noise: three of one size, which can be one batch, and one of another, which comes last."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    rows = ["image,template,names"]
    for i, (template, names) in enumerate(PICTURES):
        size = (64, 96) if i < 3 else (80, 72)
        image = rng.integers(90, 170, (*size, 3), dtype=np.uint8)
        image[20:44, 8:32] = (220, 40, 30)
        image[28:56, 40:64] = (30, 60, 220)
        Image.fromarray(image).save(folder / f"{i}.png")
        rows.append(f'{i}.png,{template},"{names}"')
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", "utf-8")


class Chain:
    """A folder with checkpoints and pictures, where commands are typed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, folder / "runs" / "manifest"
        _save_checkpoints(folder / "checkpoints")
        _save_pictures(folder / "pictures")
        self.first = self.score(batch=3)

    def genspace(self, *words: str) -> Result:
        """In this process, which has imported torch to make the checkpoints."""
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(app, [*words, "--plugins", "plugins.toml", "-w", "1"])

    def score(self, batch: int, out: str = "runs") -> Result:
        (self.folder / "plugins.toml").write_text(TABLES.format(batch=batch), "utf-8")
        return self.genspace("score", "pictures/manifest.csv", "-r", "tiny", "--out", out)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """After the first command; none may ask the hub."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # it may be imported already
        yield Chain(tmp_path_factory.mktemp("light"))


def _fine(done: Result) -> None:
    assert done.exit_code == 0, done.output + str(done.exception)
    assert "Traceback" not in done.stderr
    assert "failed" not in done.stderr


def _rows(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "scores.jsonl").read_text("utf-8").splitlines()]


def _scenes(run: Path) -> list[tuple[Any, ...]]:
    """All that is kept of what was rebuilt, with how long it took and in which session."""
    database = sqlite3.connect(run / "run.db")
    try:
        return database.execute("SELECT * FROM scenes ORDER BY id").fetchall()
    finally:
        database.close()


def _results(run: Path) -> dict[str, int]:
    """When each file of a result was written, by its path, which tells the stage and its identity."""
    folder = run / "stages"
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
    }


def test_every_picture_is_rebuilt_by_every_stage(chain: Chain) -> None:
    _fine(chain.first)
    rows = _rows(chain.run)
    assert [row["template"] for row in rows] == [int(template) for template, _ in PICTURES]
    assert [row["reconstruction"] for row in rows] == ["ok"] * len(PICTURES)
    stages = [Path(path).parts[0] for path in _results(chain.run)]
    assert {stage: stages.count(stage) for stage in stages} == dict.fromkeys(STAGES, len(PICTURES))
    # An angle, so the orientation reached the scene; the others are lengths, so masks and depth did.
    units = [[each["unit"] for each in row["measurements"]] for row in rows]
    assert "deg" in units[0]
    assert all("m" in of_picture for of_picture in units[1:])


def test_the_batch_size_is_no_reason_to_rebuild(chain: Chain) -> None:
    scenes, results = _scenes(chain.run), _results(chain.run)
    assert len(scenes) == len(results) / len(STAGES) == len(PICTURES)
    _fine(chain.score(batch=1))
    assert _scenes(chain.run) == scenes
    assert _results(chain.run) == results


def test_the_batch_size_changes_no_score(chain: Chain) -> None:
    _fine(chain.score(batch=1, out="alone"))
    alone = chain.folder / "alone" / "manifest"
    assert _results(alone).keys() == _results(chain.run).keys()
    for one, other in zip(_rows(alone), _rows(chain.run), strict=True):
        assert one["reconstruction"] == other["reconstruction"]
        assert one["value"] == pytest.approx(other["value"], abs=1e-3)
        measured = [[each["value"] for each in row["measurements"]] for row in (one, other)]
        assert measured[0] == pytest.approx(measured[1], rel=1e-3, abs=1e-3)


def test_a_swap_of_the_depth_detects_and_orients_nothing_anew(chain: Chain) -> None:
    done = chain.genspace("ablate", "runs/manifest", "--swap", "depth=other", "--json")
    _fine(done)
    (variant,) = json.loads(done.stdout)["variants"]
    (run,) = variant["runs"]
    work = run["work"]
    assert (variant["variant"], work["rebuilt"], work["failed"]) == ("depth=other", len(PICTURES), 0)
    assert work["stages"]["depth"] == {"computed": len(PICTURES), "kept": 0}
    for stage in ("detector", "orientation"):
        assert work["stages"][stage] == {"computed": 0, "kept": len(PICTURES)}
