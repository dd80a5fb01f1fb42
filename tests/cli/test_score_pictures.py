"""`genspace score` on pictures that were made elsewhere, through the command."""

from __future__ import annotations

import csv
import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.commands import genspace

EXAMPLE = Path(__file__).parents[1] / "data" / "published_example"

ALONE = ("-r", "fiducial", "-w", "1")

call = partial(genspace, check=True)


def facts_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*")}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Pictures of two templates by the built-in model, and their samples."""
    folder = tmp_path_factory.mktemp("made")
    call("suite", "export", "two.jsonl", "--template", "0", "--template", "18", "--limit", "8", cwd=folder)
    call("run", "-s", "two.jsonl", "-g", "perfect", "-w", "1", cwd=folder)
    return folder


def pictures_of(made: Path):
    """(sample's row, its picture) of the run."""
    rows = [json.loads(line) for line in (made / "two.jsonl").read_text().splitlines()[1:]]
    images = made / "runs" / "perfect" / "images"
    for row in rows:
        (picture,) = (images / row["id"]).parent.glob(f"{row['id'].rpartition('/')[2]}-0.*.png")
        yield row, picture


@pytest.fixture
def published(made, tmp_path) -> Path:
    """The same pictures as the published repository lays them out."""
    folder = tmp_path / "pictures"
    for row, picture in pictures_of(made):
        place = folder / "t2i" / str(row["template"]) / f"{int(row['id'].rpartition('/')[2])}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, place)
        place.with_suffix(".txt").write_text(" ".join(f"<{name}>" for name in row["objects"]))
    return folder


def score_of(folder: Path, name: str) -> float:
    board = json.loads(call("leaderboard", "runs", "--format", "json", cwd=folder).stdout)
    (row,) = [row for row in board["rows"] if row["generator"] == name]
    return row["overall"]["score"]


def test_the_published_example_has_an_exact_account(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "example")
    before = facts_of(tmp_path / "example")
    done = call("score", "example", *ALONE, "--json", cwd=tmp_path)
    account = json.loads(done.stdout)["account"]
    assert (account["files"], account["used"], account["placed"]) == (13, 13, 4)
    assert [picture["sample"] for picture in account["pictures"]] == [
        "t2i/0/00", "t2i/32/00", "edit/4/00", "edit/12/00",
    ]  # fmt: skip
    assert [(r["path"], r["placed"]) for r in account["remarks"]] == [
        ("imageedit_unedit/4/0.png", True),
        ("imageedit_unedit/12/0.png", True),
    ]
    assert all("JPEG" in remark["text"] for remark in account["remarks"])
    assert facts_of(tmp_path / "example") == before
    assert json.loads((tmp_path / "runs" / "example" / "import.json").read_text()) == account
    results = [json.loads(line) for line in (tmp_path / "runs/example/scores.jsonl").read_text().splitlines()]
    assert [r["reconstruction"] for r in results] == ["object_missing"] * 4  # photographs have no markers
    assert results[0]["reconstruction_detail"] == "missing 1 man"


def test_pictures_score_as_they_did_where_they_were_made(published, tmp_path):
    done = call("score", "pictures", "-r", "fiducial", "--name", "mine", cwd=tmp_path)
    assert "8 pictures answer 8 questions" in done.stderr
    assert score_of(tmp_path, "mine") >= 0.98


def test_a_suite_gives_the_questions(published, made, tmp_path):
    (published / "t2i" / "0" / "49.png").write_bytes(b"")
    done = call("score", "pictures", *ALONE, "-s", made / "two.jsonl", cwd=tmp_path)
    assert "8 pictures answer 8 of the suite's 8 questions" in done.stderr
    assert "left out: t2i/0/49.png" in done.stderr
    assert score_of(tmp_path, "pictures") >= 0.98


def test_repeating_resumes_and_a_changed_picture_is_taken_in(published, tmp_path):
    call("score", "pictures", *ALONE, cwd=tmp_path)
    plan = json.loads(call("score", "pictures", *ALONE, "--dry-run", "--json", cwd=tmp_path).stdout)
    assert plan["run"]["scenes"] == {"to_rebuild": 0, "done": 8}
    first, second = sorted((published / "t2i" / "0").glob("*.png"))[:2]
    shutil.copy(first, second)
    plan = json.loads(call("score", "pictures", *ALONE, "--dry-run", "--json", cwd=tmp_path).stdout)
    assert plan["run"]["scenes"]["to_rebuild"] == 1  # another object is looked for in the same picture
    assert plan["run"]["pictures"]["to_make"] == 0


def test_another_metric_reads_the_stored_scenes(published, tmp_path):
    call("score", "pictures", *ALONE, "--name", "mine", cwd=tmp_path)
    done = call("score", "runs/mine", "--metric", "paper", cwd=tmp_path)
    assert "8 pictures of runs/mine scored by paper" in done.stdout


def test_genevals_layout(made, tmp_path):
    folder = tmp_path / "geneval"
    for number, (row, picture) in enumerate(pictures_of(made)):
        samples = folder / f"{number:05d}" / "samples"
        samples.mkdir(parents=True)
        (samples.parent / "metadata.jsonl").write_text(json.dumps({"tag": "x", "prompt": row["prompt"]}))
        shutil.copy(picture, samples / "0000.png")
    call("score", "geneval", *ALONE, "-s", made / "two.jsonl", cwd=tmp_path)
    assert score_of(tmp_path, "geneval") >= 0.98
    refused = call("score", "geneval", *ALONE, cwd=tmp_path, check=False)
    assert refused.returncode == 1
    assert "--suite" in refused.stderr


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_manifest(made, tmp_path, form):
    rows = []
    for row, picture in pictures_of(made):
        names = " ".join(f"<{name}>" for name in row["objects"])
        rows.append({"image": str(picture), "template": str(row["template"]), "names": names})
    rows.append({"image": "nowhere.png", "template": "0", "names": "<dog>"})
    path = tmp_path / f"mine.{form}"
    if form == "csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    elif form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    done = call("score", path, *ALONE, cwd=tmp_path)
    assert "left out: mine." in done.stderr
    assert "nowhere.png" in done.stderr
    assert score_of(tmp_path, "mine") >= 0.98


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score", "pictures"], ["--reconstructor NAME", "fiducial"]),
        (["score", "pictures", "-r", "fidutial"], ["fiducial"]),
        (["score", "pictures", "-r", "fiducial", "-s", "genspace-t21"], ["genspace-t2i"]),
        (["score", "pictures", "-r", "fiducial", "--out", "pictures"], ["only read", "--out"]),
        (["score", "empty", "-r", "fiducial"], ["empty", "t2i/0/0.png"]),
        (["score", "two.jsonl", "-r", "fiducial"], ["scenes, not pictures"]),
    ],
)
def test_wrong_commands_are_one_line(published, made, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    shutil.copy(made / "two.jsonl", tmp_path)
    done = call(*arguments, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert sum(line.startswith("error:") for line in done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "runs").exists()
