"""Wrong commands and hostile surroundings: one clear line, a non-zero exit, nothing lost."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genspace_core.cli import doctor
from genspace_core.cli.main import app

ROW = {
    "task": "t2i/0",
    "objects": [{"points": [[0, 0, 3], [0, 1, 3]], "rotation": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}],
}


def one_line_error(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that a command failed as a command should: exit status, one line, no traceback."""
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    assert sum(line.startswith("error:") for line in done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "-g", "perfetc"], ["perfetc", 'did you mean "perfect"']),
        (["run", "-g", "perfect", "-r", "fidutial"], ["fiducial"]),
        (["run", "-g", "perfect", "-m", "spatail"], ["spatial"]),
        (["run", "-g", "perfect", "-s", "genspace-t21"], ["genspace-t2i"]),
        (["run", "-g", "perfect", "-s", "no/such.jsonl"], ["no/such.jsonl", "no such file"]),
        (["leaderboard", "nowhere"], ["nowhere", "no such folder"]),
        (["report", "nowhere", "-o", "x.html"], ["nowhere"]),
        (["score", "nowhere.jsonl", "--metric", "paper"], ["nowhere.jsonl"]),
        (["suite", "show", "t2i/14/99"], ["t2i/14/99"]),
        (["plugins", "show", "nothing"], ["nothing"]),
    ],
)
def test_a_wrong_name_is_one_line_with_a_fix(genspace, arguments, words):
    one_line_error(genspace(*arguments), *words)


def test_an_empty_folder_is_not_a_run(genspace, tmp_path):
    (tmp_path / "empty").mkdir()
    one_line_error(genspace("leaderboard", "empty"), "empty", "not a run")
    one_line_error(genspace("score", "empty", "--metric", "paper"), "empty")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[generators.mine]\nplugin = "blockwrld"\n', ["blockworld", "generators.mine"]),
        ('[generators.mine]\nplugin = "blockworld"\nmodell = "perfect"\n', ["modell", "model"]),
        ('[generators.mine]\nplugin = "blockworld"\nmodel = "perfekt"\n', ["perfekt", "perfect"]),
        ('[generator.mine]\nplugin = "blockworld"\n', ["generators"]),
        ('[generators.mine\nplugin = "blockworld"\n', ["line 1"]),
    ],
)
def test_a_typo_in_plugins_toml_is_one_line(genspace, tmp_path, text, words):
    (tmp_path / "plugins.toml").write_text(text)
    one_line_error(genspace("run", "-g", "mine", "--dry-run"), "plugins.toml", *words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task": "t2i/99"}, ["t2i/99"]),
        ({"task": "video/1"}, ["video/1"]),
        (
            {"objects": [{"points": [[0, 0, float("nan")]], "rotation": ROW["objects"][0]["rotation"]}]},
            ["NaN"],
        ),
        ({"objects": [{"points": [[0, 0, 1]], "rotation": [[2, 0, 0], [0, 1, 0], [0, 0, 1]]}]}, ["rotation"]),
        ({"objects": []}, ["objects"]),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_scored(genspace, tmp_path, change, words):
    rows = [ROW, {**ROW, **change}, ROW]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = genspace("score", "rows.jsonl", "--metric", "paper", "--output", "out.jsonl")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "rows.jsonl" in done.stderr
    assert "2" in done.stderr
    for word in words:
        assert word in done.stderr
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert ["value" in line for line in written] == [True, False, True]


def test_a_full_disk_is_one_line(genspace, tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROW) + "\n")
    one_line_error(genspace("score", "rows.jsonl", "--metric", "paper", "--output", "/dev/full"), "/dev/full")


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_disk_that_fills_during_a_run_loses_nothing(genspace):
    """The kernel refuses to let files grow: first the journal cannot, later everything can."""
    run = ["run", "-g", "perfect", "--limit", "12", "-w", "1", "-o", "runs"]
    one_line_error(genspace(*run, before=small_files), "runs/perfect")
    done = genspace(*run)
    assert done.returncode == 0, done.stderr


def test_a_place_that_cannot_be_written_is_one_line(genspace, tmp_path):
    one_line_error(genspace("run", "-g", "perfect", "--limit", "1", "-o", "/proc/nowhere"), "/proc/nowhere")
    (tmp_path / "file").write_text("")
    one_line_error(genspace("run", "-g", "perfect", "--limit", "1", "-o", "file"), "file")


def test_a_read_only_folder_is_one_line(genspace, tmp_path):
    folder = Path("/sys") if os.geteuid() == 0 else tmp_path / "locked"  # root may write anywhere else
    folder.mkdir(mode=0o555, exist_ok=True)
    one_line_error(genspace("run", "-g", "perfect", "--limit", "1", "-o", folder / "runs"), str(folder))


def test_a_damaged_picture_is_named_and_mended_by_repeating(genspace, tmp_path):
    run = ["run", "-g", "perfect", "--limit", "4", "-w", "1", "-o", "runs"]
    assert genspace(*run).returncode == 0
    scores = (tmp_path / "runs/perfect/scores.jsonl").read_bytes()
    picture = next((tmp_path / "runs/perfect/images").rglob("*.png"))
    picture.write_bytes(picture.read_bytes()[:5000])
    for journal in (tmp_path / "runs/perfect").glob("run.db*"):
        journal.unlink()  # so that every picture must be looked at again
    done = genspace(*run)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs/perfect/scores.jsonl").read_bytes() == scores


def test_heavy_packages_are_not_imported_for_help_and_listing(command, tmp_path):
    heavy = ("torch", "cv2", "diffusers", "transformers", "openai", "scipy", "numpy")
    for arguments in (["--help"], ["plugins"]):
        script = (
            "import sys; from genspace_core.cli.main import app\n"
            f"try: app({arguments!r})\nexcept SystemExit: pass\n"
            f"print('HEAVY', [m for m in {heavy!r} if m in sys.modules])"
        )
        done = subprocess.run(
            [command[0], "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_everything_has_help_that_teaches(genspace):
    for arguments in (["run"], ["leaderboard"], ["report"], ["score"], ["suite"], ["plugins"], ["doctor"]):
        done = genspace(*arguments, "--help")
        assert done.returncode == 0
        assert len(done.stdout) > 300, arguments


def test_output_for_machines_is_json(genspace):
    done = genspace("run", "-g", "perfect", "--limit", "2", "-w", "1", "--json", "-o", "runs")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert done.stderr == ""
    assert json.loads(genspace("leaderboard", "runs", "--format", "json").stdout)
    assert json.loads(genspace("plugins", "--json").stdout)
    assert json.loads(genspace("suite", "stats", "--json").stdout)


def test_the_report_is_one_self_contained_page(genspace, tmp_path):
    models = ["-g", "perfect", "-g", "random"]
    assert genspace("run", *models, "--limit", "6", "-w", "1", "-o", "runs").returncode == 0
    assert genspace("report", "runs", "-o", "report.html").returncode == 0
    page = Path(tmp_path / "report.html").read_text()
    assert "data:image/" in page
    assert "<script src" not in page
    assert "<link" not in page


def test_doctor_finds_a_working_installation(genspace):
    done = genspace("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scores 100.0" in done.stdout


@pytest.mark.parametrize("works", [True, False])
def test_doctor_tells_machines_what_it_found(monkeypatch, works):
    """Plugins and the rig itself are used in the test above."""
    monkeypatch.setattr(doctor, "_plugins", lambda: iter(()))
    scores = {"perfect": 1.0 if works else 0.5, "frontal": 0.0}
    monkeypatch.setattr(doctor, "_rig_scores", lambda model, *_: {2: scores[model]})
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == (0 if works else 1)
    told = json.loads(done.stdout)
    assert told["works"] is works
    assert [each["what"] for each in told["findings"] if not each["works"]] == (
        [] if works else ["calibration rig, perfect"]
    )
