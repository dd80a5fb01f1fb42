"""`genspace score`: good rows scored, bad rows told, nothing lost."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.commands import genspace

GOOD = {
    "task": "t2i/0",
    "objects": [{"points": [[0, 0, 3], [0.2, 0.1, 3.1]], "rotation": [[0, 0, -1], [0, -1, 0], [-1, 0, 0]]}],
}
TWO = {"task": "t2i/16", "objects": [GOOD["objects"][0], {"points": [[0, 0, 5.0]], "rotation": None}]}

Score = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def score(tmp_path: Path) -> Score:
    return partial(genspace, "score", cwd=tmp_path)


def without(key: str, row: dict = GOOD) -> dict:
    return {name: value for name, value in row.items() if name != key}


def with_object(**changes: object) -> dict:
    return {"task": "t2i/0", "objects": [{**GOOD["objects"][0], **changes}]}


BAD = {
    "{": "not JSON (",
    '"text"': "not a JSON object; give",
    "[" * 100_000: "not JSON that can be read; give one object a line",
    json.dumps(without("task")): 'key "task" is missing; give "t2i/0" to',
    json.dumps({**GOOD, "task": "t2v/0"}): 'unknown task "t2v/0"; give "t2i/0" to "t2i/35"',
    json.dumps({**GOOD, "task": 7}): "unknown task 7; give",
    json.dumps({**GOOD, "task": "t2i/36"}): 'unknown template "t2i/36"; templates are 0 to 35',
    json.dumps({**GOOD, "task": "t2i/"}): 'unknown template "t2i/"; templates',
    json.dumps({**GOOD, "task": "t2i/1e1"}): 'unknown template "t2i/1e1"; templates',
    json.dumps({**GOOD, "task": "edit/20"}): 'key "before" is missing; edit/20 compares with',
    json.dumps({**GOOD, "task": "edit/20", "before": []}): '"before" holds 0 objects; give',
    json.dumps(
        {**GOOD, "task": "t2i/8"}
    ): "template t2i/8 takes 2 objects, not 1; give them in order A, B, C",
    json.dumps(without("objects")): 'key "objects" is missing; give the objects in order A, B, C',
    json.dumps({**GOOD, "objects": "A"}): '"objects" is not a list of objects; give',
    json.dumps({**GOOD, "objects": []}): '"objects" holds 0 objects; give',
    json.dumps({**GOOD, "objects": [{"rotation": None}]}): 'key "points" is missing in A; give n x 3',
    json.dumps({**GOOD, "objects": [{"points": [[0, 0, 3]]}]}): 'key "rotation" is missing in A; give 3 x 3',
    json.dumps(with_object(points=[[0, float("nan"), 3]])): "points of 'A' holds NaN or infinity",
    json.dumps(with_object(points=[[0, float("inf"), 3]])): "points of 'A' holds NaN or infinity",
    json.dumps(with_object(points=[[0, 10**400, 3]])): "points of A hold something that is not a number",
    json.dumps(with_object(points=[["0", "1", "3"]])): "points of A hold something that is not a number",
    json.dumps(with_object(points=[[0, None, 3]])): "points of A hold something that is not a number",
    json.dumps(with_object(points=[[0, 1, 3], [1, 2]])): "points of A are not an even table of numbers",
    json.dumps(with_object(points=[])): "points of A are empty; an object needs at least one",
    json.dumps(with_object(points=[0, 1, 3])): "points of 'A' must have shape n x 3, not 3",
    json.dumps(with_object(rotation=[[1, 0, 0], [0, 1, 0], [0, 0, 2]])): "rotation of 'A' is not a rotation",
    json.dumps(with_object(rotation=[[1, 0, 0], [0, 1, 0], [0, 0, -1]])): "mirrors (determinant -1)",
    json.dumps(with_object(rotation=[[1, 0], [0, 1]])): "rotation of 'A' must have shape 3 x 3, not 2 x 2",
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """One run over every bad row, each followed by a good one."""
    folder = tmp_path_factory.mktemp("mixed")
    source, output = folder / "rows.jsonl", folder / "scores.jsonl"
    source.write_text("".join(f"{line}\n{json.dumps(GOOD)}\n" for line in BAD))
    done = genspace("score", source, "--output", output, cwd=folder)
    return {
        "source": source,
        "code": done.returncode,
        "errors": done.stderr.splitlines(),
        "scores": [json.loads(line) for line in output.read_text().splitlines()],
    }


@pytest.mark.parametrize("index", range(len(BAD)), ids=[text[:30] for text in BAD.values()])
def test_a_bad_row_is_told_and_keeps_its_place(mixed: dict, index: int) -> None:
    row = mixed["scores"][2 * index]
    assert set(row) == {"task", "error"}
    assert list(BAD.values())[index] in row["error"]
    assert mixed["scores"][2 * index + 1]["passed"] is True


def test_the_first_ten_are_shown_and_the_rest_counted(mixed: dict) -> None:
    assert mixed["code"] == 1
    assert mixed["errors"][0].startswith(f"{mixed['source']}:1: not JSON (")
    assert mixed["errors"][9].startswith(f"{mixed['source']}:19: ")
    assert mixed["errors"][10] == "more wrong rows follow; the output has them all"
    bad, source = len(BAD), mixed["source"]
    ending = f"{bad} of {2 * bad} rows of {source} are wrong; the other {bad} are scored"
    assert mixed["errors"][-1] == f"error: {ending}"
    assert len(mixed["errors"]) == 13


def test_standard_output(score: Score, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(f"{json.dumps(GOOD)}\n\n{json.dumps(TWO)}")
    for options in ((), ("--output", "-")):
        done = score("rows.jsonl", *options)
        assert done.returncode == 0
        first, second = (json.loads(line) for line in done.stdout.splitlines())
        assert (first["task"], first["value"], second["task"]) == ("t2i/0", 1.0, "t2i/16")
        assert done.stderr == "2 rows scored by spatial: mean 1.0000, passed 100.0%\n"


def test_an_unknown_rotation_is_undecidable(score: Score, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(with_object(rotation=None)))
    done = score("rows.jsonl")
    assert json.loads(done.stdout)["undecidable"] is True
    assert done.stderr == "1 rows scored by spatial (1 undecidable, left out)\n"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "rows.jsonl: no such file or directory"),
        (lambda path: path.write_text(""), "rows.jsonl is empty; give one row a line"),
        (lambda path: path.write_text("\n \n"), "rows.jsonl is empty; give one row a line"),
        (lambda path: path.mkdir(), "holds no pictures that can be placed"),
    ],
)
def test_nothing_to_score(score: Score, tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    make(tmp_path / "rows.jsonl")
    done = score("rows.jsonl", *(() if (tmp_path / "rows.jsonl").is_dir() else ("-o", "scores.jsonl")))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert not (tmp_path / "scores.jsonl").exists()


def test_a_truncated_gzip_keeps_what_was_read(score: Score, tmp_path: Path) -> None:
    rows = b"".join(
        json.dumps({**GOOD, "pad": [i * 7919 % 10007 for i in range(n, n + 50)]}).encode() + b"\n"
        for n in range(400)
    )
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(rows)[:-2000])
    done = score("rows.jsonl.gz", "-o", "scores.jsonl")
    assert done.returncode == 1
    assert "the gzip file is damaged from here; copy it again" in done.stderr
    assert len((tmp_path / "scores.jsonl").read_text().splitlines()) > 100


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("/dev/full", "No space left on device"),
        ("/proc/nowhere/scores.jsonl", "No such file"),
        (".", "it is a folder"),
        ("rows.jsonl/scores.jsonl", ""),
    ],
)
def test_an_output_that_cannot_be_written(score: Score, tmp_path: Path, output: str, message: str) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(GOOD))
    done = score("rows.jsonl", "--output", output)
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot write ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.jsonl"]


def test_a_full_disk_behind_standard_output(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text((json.dumps(GOOD) + "\n") * 200)
    command = [sys.executable, "-m", "genspace_core", "score", "rows.jsonl"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "error: cannot write standard output: No space left on device\n"


def test_an_interrupted_output_leaves_the_old_one(score: Score, tmp_path: Path) -> None:
    (tmp_path / "scores.jsonl").write_text("old")
    (tmp_path / "rows.jsonl").write_text("")
    score("rows.jsonl", "-o", "scores.jsonl")
    assert (tmp_path / "scores.jsonl").read_text() == "old"


def test_the_row_in_the_documentation(score: Score, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")
    (tmp_path / "rows.jsonl").write_text(text.split("```json\n")[1].split("```")[0])
    assert json.loads(score("rows.jsonl").stdout)["value"] == 1.0


def test_unknown_metric(score: Score, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(GOOD))
    done = score("rows.jsonl", "--metric", "spacial")
    assert done.returncode == 1
    assert 'did you mean "spatial"?' in done.stderr
