"""Editing through the command: sources are built and frozen, each model shows its fault where it belongs."""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from PIL import Image

from genspace_core.suite.io import read_suite
from tests.commands import GENSPACE, genspace
from tests.end_to_end.test_bad_input import one_line_error

pytestmark = pytest.mark.slow

PER_TEMPLATE = 1
MODELS = ("perfect", "lazy", "overdo", "egocentric", "collateral")
ALONE = ["-w", "1"]
DISTANCES = {"object_distance", "camera_distance"}

call = partial(genspace, cwd=Path(), check=True)


@pytest.fixture(scope="module")
def edits(tmp_path_factory) -> Path:
    """A frozen suite."""
    out = tmp_path_factory.mktemp("edits") / "suite"
    call("suite", "build-edit", "-g", "perfect", "-o", out, "--per-template", PER_TEMPLATE, *ALONE)
    return out


@pytest.fixture(scope="module")
def runs(edits, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    models = [word for model in MODELS for word in ("-g", model)]
    call("run", "-s", edits, *models, "-o", out, "-m", "spatial", "-m", "paper", *ALONE)
    return out


def read(path: Path, metric: str = "spatial"):
    return [line for text in path.read_text().splitlines() if (line := json.loads(text))["metric"] == metric]


def by_sub_domain(lines, key="value") -> dict[str, float]:
    values = defaultdict(list)
    for line in lines:
        values[line["sub_domain"]].append(line[key])
    assert len(values) == 9
    return {name: fmean(v) for name, v in values.items()}


def preserved(lines) -> float:
    return fmean(line["preservation"] for line in lines)


# --- what each model shows -----------------------------------------------------------------------


def test_perfect_does_as_asked_and_nothing_else(runs):
    lines = read(runs / "perfect" / "scores.jsonl")
    assert len(lines) == 36 * PER_TEMPLATE
    assert min(by_sub_domain(lines).values()) >= 0.98
    assert min(by_sub_domain(lines, "preservation").values()) >= 0.98


def test_lazy_does_nothing_and_harms_nothing(runs):
    lines = read(runs / "lazy" / "scores.jsonl")
    assert max(by_sub_domain(lines).values()) <= 0.05
    assert {line["preservation"] for line in lines} == {1.0}


def test_overdo_fails_distances_only(runs):
    found = by_sub_domain(read(runs / "overdo" / "scores.jsonl"))
    assert max(found[name] for name in DISTANCES) <= 0.05
    assert min(score for name, score in found.items() if name not in DISTANCES) >= 0.98


def test_egocentric_fails_the_left_and_right_of_others_only(runs):
    lines = read(runs / "egocentric" / "scores.jsonl")
    mirrored = [line["value"] for line in lines if line["template"] in {13, 14}]
    assert max(mirrored) <= 0.05
    assert fmean(line["value"] for line in lines if line["template"] not in {13, 14}) >= 0.98


def test_collateral_keeps_its_score_and_loses_preservation(runs):
    lines = read(runs / "collateral" / "scores.jsonl")
    assert min(by_sub_domain(lines).values()) >= 0.95
    perfect = by_sub_domain(read(runs / "perfect" / "scores.jsonl"), "preservation")
    kept = by_sub_domain(lines, "preservation")
    assert all(kept[name] <= perfect[name] - 0.25 for name in kept), kept


def test_paper_has_no_preservation_and_its_own_opinion(runs):
    lines = read(runs / "perfect" / "scores.jsonl", "paper")
    assert len(lines) == 36 * PER_TEMPLATE
    assert not any("preservation" in line for line in lines)
    assert not any(line["passed"] for line in lines if line["template"] in {25, 26})  # a published fault


def test_the_board_and_the_page_show_preservation(runs, tmp_path):
    board = json.loads(call("leaderboard", runs, "--format", "json").stdout)
    rows = {row["generator"]: row for row in board["rows"]}
    assert rows["lazy"]["overall"]["preservation"] == 1.0
    assert rows["lazy"]["overall"]["score"] <= 0.05
    page = tmp_path / "report.html"
    call("report", runs, "-o", page)
    text = page.read_text("utf-8")
    assert "<figcaption>before</figcaption>" in text
    assert "no part of the score" in text


def test_the_sources_are_rebuilt_once_for_all(runs, tmp_path):
    """Not again for a second model, and not even for the first: the run that made them has their scenes."""
    assert sources_to_rebuild(suite_of(runs), runs) == 0
    assert sources_to_rebuild(suite_of(runs), tmp_path / "elsewhere") == 0
    shutil.copytree(suite_of(runs), tmp_path / "copy", ignore=shutil.ignore_patterns("build"))
    assert sources_to_rebuild(tmp_path / "copy", tmp_path / "elsewhere") == 36 * PER_TEMPLATE


def sources_to_rebuild(suite: Path, out: Path) -> int:
    done = call("run", "-s", suite, "-g", "perfect", "-o", out, "--dry-run", "--json")
    return json.loads(done.stdout)["runs"][0]["sources"]["to_rebuild"]


def suite_of(runs: Path) -> Path:
    return Path(json.loads((runs / "perfect" / "run.json").read_text())["suite"]["root"])


# --- freezing ------------------------------------------------------------------------------------


def test_the_frozen_suite_holds_its_pictures(edits):
    suite = read_suite(edits)
    assert len(suite) == 36 * PER_TEMPLATE
    for sample in suite:
        assert sha256((edits / sample.source).read_bytes()).hexdigest() == sample.source_sha256
    facts = json.loads((edits / "sources.json").read_text())
    assert facts["suite"]["digest"] == suite.digest
    assert facts["settings"]["generator"]["name"] == "perfect"
    assert facts["left_out"] == {}
    assert set(facts["attempts"]) == {sample.id for sample in suite}


def test_building_again_changes_nothing(edits):
    before = (edits / "suite.jsonl").read_bytes()
    done = call("suite", "build-edit", "-g", "perfect", "-o", edits, "--per-template", PER_TEMPLATE, "--json")
    assert json.loads(done.stdout)["suite"]["samples"] == 36 * PER_TEMPLATE
    assert (edits / "suite.jsonl").read_bytes() == before


def test_other_settings_do_not_mix(edits):
    done = call(
        "suite", "build-edit", "-g", "perfect", "-o", edits, "--seed", "5", "--limit", "2", check=False
    )
    one_line_error(done, "another seed", "--force")
    assert len(read_suite(edits)) == 36 * PER_TEMPLATE


def test_a_killed_build_goes_on(tmp_path):
    """kill -9 in the midst of it; the same command ends in the same suite as one that was not killed."""

    build = ["suite", "build-edit", "-g", "perfect", "--limit", "16", *ALONE, "-o"]
    process = subprocess.Popen(
        [GENSPACE, *build, tmp_path / "a"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    images = tmp_path / "a" / "build" / "run" / "images"
    limit = time.monotonic() + 60
    while time.monotonic() < limit and len(list(images.rglob("*.png"))) < 5:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "a" / "suite.jsonl").exists()
    for out in ("a", "b"):
        call(*build, tmp_path / out)
    assert read_suite(tmp_path / "a") == read_suite(tmp_path / "b")


def test_sources_that_do_not_fit_are_made_again_or_left_out(tmp_path):
    """`frontal` never shows the back: "move the camera to the front" has no question to ask."""
    out = tmp_path / "frontal"
    done = call(
        "suite", "build-edit", "-g", "frontal", "-o", out, "--per-template", "1", "--attempts", "2", "-w", "2"
    )
    facts = json.loads((out / "sources.json").read_text())
    left_out = {int(sample.split("/")[1]) for sample in facts["left_out"]}
    assert {0, 4, 32} <= left_out
    assert all(
        "is there already" in facts["left_out"][s] for s in facts["left_out"] if s.startswith("edit/0/")
    )
    assert len(read_suite(out)) == 36 - len(left_out)
    assert "left out" in done.stderr


def test_a_plan_of_sources_makes_none(tmp_path):
    done = call(
        "suite", "build-edit", "-g", "perfect", "-o", tmp_path / "x", "--limit", "9", "--dry-run", "--json"
    )
    plan = json.loads(done.stdout)
    assert plan["pictures"]["to_make"] == 9
    assert plan["most_cost_usd"] == 0
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "-s", "genspace-edit", "-g", "perfect"], ["no source pictures", "build-edit"]),
        (["suite", "build-edit", "-g", "lazy", "-o", "x"], ["lazy", "edits pictures only"]),
        (["suite", "build-edit", "-g", "perfetc", "-o", "x"], ["perfetc", "perfect"]),
        (["run", "-s", "EDITS", "-g", "frontal"], ["frontal", "cannot do edit"]),
        (["run", "-g", "lazy"], ["lazy", "cannot do t2i"]),
    ],
)
def test_wrong_commands_are_one_line(edits, tmp_path, arguments, words):
    arguments = [str(edits) if word == "EDITS" else word for word in arguments]
    one_line_error(call(*arguments, cwd=tmp_path, check=False), *words)
    assert list(tmp_path.iterdir()) == []


# --- sources as they come ------------------------------------------------------------------------


def as_rgba(image: Image.Image) -> bytes:
    return saved(image.convert("RGBA"), "PNG")


def as_16_bit_grey(image: Image.Image) -> bytes:
    return saved(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG")


def as_cmyk(image: Image.Image) -> bytes:
    return saved(image.convert("CMYK"), "JPEG", quality=95)


def turned_by_exif(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned a quarter to the right
    return saved(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)


def animated(image: Image.Image) -> bytes:
    other = Image.new("RGB", image.size, "black")
    return saved(image, "PNG", save_all=True, append_images=[other], duration=100)


def smaller(image: Image.Image) -> bytes:
    return saved(image.resize((640, 640), Image.Resampling.LANCZOS), "PNG")


def saved(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


SEEN = {"rgba": as_rgba, "cmyk": as_cmyk, "exif": turned_by_exif, "animated": animated, "smaller": smaller}
REFUSED = {
    "wide": (lambda image: saved(image.resize((900, 600)), "PNG"), "square"),
    "grey": (as_16_bit_grey, ""),  # read as a viewer shows it, where no side has a colour: nothing to edit
    "empty": (lambda image: b"", "empty"),
    "html": (lambda image: b"<html>gone</html>", "not a picture"),
    "cut": (lambda image: saved(image, "PNG")[:5000], "damaged or cut short"),
}


@pytest.fixture(scope="module")
def odd_sources(edits, tmp_path_factory) -> Path:
    """The frozen suite with sources of other modes and sizes, and some that are none, one of each."""
    folder = tmp_path_factory.mktemp("odd") / "suite"
    shutil.copytree(edits, folder, ignore=shutil.ignore_patterns("build"))
    lines = (folder / "suite.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines[1:]]
    chosen = [row for row in rows if row["template"] in {4, 5, 17, 18}]  # turning, and adding to a side
    kept = []
    changes = SEEN | {name: change for name, (change, _) in REFUSED.items()}
    for row, (name, change) in zip(itertools.cycle(chosen), changes.items(), strict=False):
        with Image.open(folder / row["source"]) as image:
            data = change(image.convert("RGB"))
        odd = {"id": f"odd/{name}", "source": f"sources/{name}.png"}
        (folder / odd["source"]).write_bytes(data)
        kept.append(row | odd)
    gone = chosen[-1] | {"id": "odd/gone", "source": "sources/gone.png"}
    for row in (*kept, gone):
        row.pop("source_sha256", None)
    whole = [row for row in rows if row["template"] in {20, 21}]
    text = "".join(json.dumps(row) + "\n" for row in (*kept, gone, *whole))
    (folder / "suite.jsonl").write_text(text)
    return folder


def test_sources_of_any_mode_are_seen_or_refused_and_harm_no_other(odd_sources, tmp_path):
    done = call("run", "-s", odd_sources, "-g", "perfect", "-o", tmp_path, *ALONE, check=False)
    assert done.returncode == 1  # some edits could not be made
    assert "Traceback" not in done.stderr
    lines = {}
    for text in (tmp_path / "perfect" / "scores.jsonl").read_text().splitlines():
        line = json.loads(text)
        lines[line["sample"]] = line
    names = [name.partition("/")[2] for name in lines if name.startswith("odd/")]
    assert {*names} == {*SEEN, *REFUSED, "gone"}
    for name in SEEN:
        line = lines[f"odd/{name}"]
        assert line["generation"] == "ok", line
        assert line["value"] >= 0.95, line
    for name in names:
        if name in REFUSED:
            line = lines[f"odd/{name}"]
            assert line["generation"] == "failed", line
            assert REFUSED[name][1] in line["generation_detail"]
    assert lines["odd/gone"]["generation"] == "failed"
    assert "gone.png" in lines["odd/gone"]["generation_detail"]
    for sample, line in lines.items():
        if not sample.startswith("odd/"):
            assert line["value"] >= 0.95, line
