"""Tables that others wrote become suites; what is wrong with one is said, and then nothing is written."""

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from genspace_core.cli.suite import app
from genspace_core.errors import GenSpaceError
from genspace_core.images import read_image
from genspace_core.suite.build import build_t2i
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.io import dump_suite, read_suite

GENSPACE = str(Path(sys.executable).parent / "genspace")
MAP = ("--map", "prompt=text", "--map", "objects=names", "--map", "template=kind")
ROW = {"text": "The chair is left of the dog.", "names": "dog, chair", "kind": 14}


def run(*args):
    result = CliRunner().invoke(app, ["import", *map(str, args)])
    assert result.exit_code == 0, result.output
    return result.stdout


def failure(*args):
    """The error's line, and the lines that are shown before it."""
    result = CliRunner().invoke(app, ["import", *map(str, args)])
    assert isinstance(result.exception, GenSpaceError), result.exception
    assert result.stdout == ""
    assert "\n" not in str(result.exception)
    return str(result.exception), result.stderr.splitlines()


def table(path, *rows):
    """A table of these rows, in the format that its name says."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, dict.fromkeys(key for row in rows for key in row))
            writer.writeheader()
            writer.writerows(rows)
    else:
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def imported(path, *options):
    """The only sample of a table."""
    out = path.parent / "out.jsonl"
    run(path, "--out", out, "--force", *options)
    (sample,) = read_suite(out)
    return sample


def picture(colour, format="PNG"):
    buffer = BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, format)
    return buffer.getvalue()


def edit_row(image, **others):
    return {"text": "Move the dog 1 m closer.", "names": "dog", "kind": 20, "image": image, **others}


# --- what rows may say ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.parquet"])
def test_a_foreign_table(tmp_path, name):
    rows = [ROW, {**ROW, "text": "Ω 'left', \"so\""}, {**ROW, "kind": 15}]
    out = tmp_path / "suite.jsonl"
    said = run(table(tmp_path / name, *rows), "--out", out, *MAP)
    suite = read_suite(out)
    assert said == f"wrote 3 samples to {out} (digest {suite.digest[:12]})\n"
    assert (suite.name, suite.version) == ("a", "1")
    assert [s.id for s in suite] == ["t2i/14/00", "t2i/14/01", "t2i/15/00"]
    assert [s.prompt for s in suite] == [row["text"] for row in rows]
    assert {(s.task, s.sub_domain, s.objects, s.source) for s in suite} == {
        ("t2i", "allocentric", ("dog", "chair"), None)
    }


@pytest.mark.parametrize(
    "cell",
    [
        ["hot dog", "chair"],
        '["hot dog", "chair"]',
        "['hot dog', 'chair']",
        "<hot dog> <chair>",
        "the <hot dog> beside the <chair>",
        "hot dog, chair",
        "hot dog;chair",
        " hot dog ; chair ",
        "hot dog\nchair\n",
    ],
)
def test_objects_as_people_write_them(tmp_path, cell):
    sample = imported(table(tmp_path / "a.jsonl", {**ROW, "names": cell}), *MAP)
    assert sample.objects == ("hot dog", "chair")


@pytest.mark.parametrize("cell", ["<dog>", "dog", ["dog"], ["dog", "dog"]])
def test_two_of_one_name_may_be_named_once(tmp_path, cell):
    sample = imported(table(tmp_path / "a.jsonl", {**ROW, "names": cell, "kind": 29}), *MAP)
    assert (sample.objects, sample.targets) == (("dog", "dog"), {"height": 0.2})


@pytest.mark.parametrize("marked", ["text", "prompt"])
def test_objects_marked_in_the_prompt(tmp_path, marked):
    row = {"text": "There is a <cow>. Set <chair> in front of <cow>.", "kind": 12}
    options = ("--map", "prompt=text", "--map", "template=kind")
    sample = imported(table(tmp_path / "a.jsonl", row), *options, "--map", f"objects={marked}")
    assert sample.objects == ("cow", "chair")
    assert sample.prompt == row["text"]
    message, _ = failure(tmp_path / "a.jsonl", "--out", tmp_path / "b.jsonl", *options)
    assert "objects=prompt" in message
    table(tmp_path / "a.jsonl", row, {**row, "text": "dog, chair"})
    _, lines = failure(
        tmp_path / "a.jsonl", "--out", tmp_path / "b.jsonl", *options, "--map", f"objects={marked}"
    )
    assert 'line 2: the prompt "dog, chair" marks no object' in lines[0]


@pytest.mark.parametrize("cell", [14, 14.0, "14", "14.0", " 14 ", "t2i/14"])
def test_templates_as_people_write_them(tmp_path, cell):
    assert imported(table(tmp_path / "a.jsonl", {**ROW, "kind": cell}), *MAP).template == 14


@pytest.mark.parametrize("cell", [36, -1, 14.5, "x", "edit/36", "video/1", True, None, [14], "٣"])
def test_templates_that_are_none(tmp_path, cell):
    path = table(tmp_path / "a.jsonl", {**ROW, "kind": cell})
    message, lines = failure(path, "--out", tmp_path / "b.jsonl", *MAP)
    assert message == f"{path}: 1 of 1 rows are wrong; nothing was written"
    assert lines == [
        f'{path}, line 1: key "template" is {json.dumps(cell, ensure_ascii=False)}; allowed: a whole number '
        'from 0 to 35, or a text like "t2i/14" or "edit/14"'
    ]


def test_own_columns_win_over_defaults(tmp_path):
    row = {
        "id": 7,
        "task": "t2i",
        "sub_domain": "object_distance",
        "template": 20,
        "prompt": "far apart",
        "objects": ["dog", "cat"],
        "targets": {"distance": 0.7, "height": None},
    }
    sample = imported(table(tmp_path / "a.parquet", row))
    assert (sample.id, sample.targets) == ("7", {"distance": 0.7})
    row.pop("targets")
    assert imported(table(tmp_path / "a.parquet", row)).targets == {"distance": 0.5}
    assert imported(table(tmp_path / "a.parquet", row), "--map", "id=").id == "t2i/20/00"


@pytest.mark.parametrize("template", load_edit_templates())
def test_an_edit_asks_for_its_templates_amounts(tmp_path, template):
    names = ["dog", "chair", "cat"][: template.counts[0]]
    row = edit_row(picture("red"), names=names, kind=f"edit/{template.number}")
    run(table(tmp_path / "a.parquet", row), "--out", tmp_path / "out", *MAP)
    (sample,) = read_suite(tmp_path / "out")
    assert (sample.task, sample.targets) == ("edit", template.targets)
    assert sample.sub_domain == template.sub_domain


@pytest.mark.parametrize(
    ("row", "options", "fault"),
    [
        ({"kind": "t2i/14"}, ("--task", "edit"), 'its template says "t2i", but --task says "edit"'),
        ({"task": "edit"}, ("--task", "t2i"), 'its task says "edit", but --task says "t2i"'),
        ({"task": "edit", "kind": "t2i/14"}, (), 'its task says "edit", but its template says "t2i"'),
        ({"task": "video"}, (), 'key "task" is "video"; allowed: "t2i" or "edit"'),
    ],
)
def test_a_task_that_is_said_in_two_ways(tmp_path, row, options, fault):
    path = table(tmp_path / "a.jsonl", {**ROW, **row})
    _, lines = failure(path, "--out", tmp_path / "b.jsonl", *MAP, *options)
    assert lines == [f"{path}, line 1: {fault}"]


def test_the_task_option_keeps_pictures_of_others_out(tmp_path):
    path = table(tmp_path / "a.parquet", {**ROW, "image": picture("red")})
    assert imported(path, *MAP, "--task", "t2i").source is None


def test_name_and_version(tmp_path):
    path = table(tmp_path / "a.csv", {**ROW, "suite": "theirs", "version": "7"})
    run(path, "--out", tmp_path / "1.jsonl", *MAP)
    run(path, "--out", tmp_path / "2.jsonl", *MAP, "--name", "ours", "--version", "8")
    told = [
        (read_suite(tmp_path / f"{k}.jsonl").name, read_suite(tmp_path / f"{k}.jsonl").version)
        for k in (1, 2)
    ]
    assert told == [("theirs", "7"), ("ours", "8")]
    table(path, {**ROW, "version": "1"}, {**ROW, "version": "2"})
    message, _ = failure(path, "--out", tmp_path / "3.jsonl", *MAP)
    assert 'column "version" holds "1" and "2"' in message
    assert "--version" in message
    run(path, "--out", tmp_path / "3.jsonl", *MAP, "--map", "version=")
    assert read_suite(tmp_path / "3.jsonl").version == "1"
    table(path, ROW)
    assert "not blank: --name" in failure(path, "--out", tmp_path / "4.jsonl", *MAP, "--name", " ")[0]


def test_json(tmp_path):
    path = table(tmp_path / "a.parquet", edit_row(picture("red")))
    told = json.loads(run(path, "--out", tmp_path / "out", *MAP, "--json"))
    suite = read_suite(tmp_path / "out")
    assert told == {
        "name": "a",
        "version": "1",
        "samples": 1,
        "pictures": 1,
        "digest": suite.digest,
        "out": str(tmp_path / "out"),
    }


# --- pictures ------------------------------------------------------------------------------------


def as_path(tmp_path, data):
    (tmp_path / "photo").write_bytes(data)
    return "photo"


SHAPES = {
    "bytes": lambda _, data: data,
    "struct": lambda _, data: {"bytes": data, "path": "wrong.bmp"},
    "struct of a path": lambda folder, data: {"bytes": None, "path": as_path(folder, data)},
    "path": as_path,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("format", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_pictures_are_written_byte_for_byte(tmp_path, shape, format, suffix):
    data = picture("red", format)
    path = table(tmp_path / "a.parquet", edit_row(SHAPES[shape](tmp_path, data)))
    assert "1 samples and 1 source pictures" in run(path, "--out", tmp_path / "out", *MAP)
    suite = read_suite(tmp_path / "out")
    (sample,) = suite
    assert (sample.id, sample.task) == ("edit/20/00", "edit")
    assert sample.source == f"sources/20/00{suffix}"
    assert sample.source_sha256 == sha256(data).hexdigest()
    assert (suite.root / sample.source).read_bytes() == data
    assert read_image(suite.root / sample.source).shape == (8, 8, 3)


def test_a_column_that_is_mapped_is_not_taken_for_its_name_too(tmp_path):
    row = edit_row(picture("red"))
    row["source"] = row.pop("image")
    run(table(tmp_path / "a.parquet", row), "--out", tmp_path / "out", *MAP, "--map", "image=source")
    assert [s.source for s in read_suite(tmp_path / "out")] == ["sources/20/00.png"]


def test_equal_pictures_share_a_file(tmp_path):
    red, blue = picture("red"), picture("blue")
    rows = [edit_row(data) for data in (red, blue, red)]
    run(table(tmp_path / "a.parquet", *rows), "--out", tmp_path / "out", *MAP)
    sources = [s.source for s in read_suite(tmp_path / "out")]
    assert sources == ["sources/20/00.png", "sources/20/01.png", "sources/20/00.png"]
    assert len(list((tmp_path / "out").rglob("*.png"))) == 2


def test_pictures_that_a_foreign_table_names(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(picture("red"))
    row = {**edit_row(None), "source": "photos/a.png"}
    row.pop("image")
    run(table(tmp_path / "a.csv", row), "--out", tmp_path / "out", *MAP, "--task", "edit")
    (sample,) = read_suite(tmp_path / "out")
    assert (sample.source, sample.source_sha256) == ("photos/a.png", sha256(picture("red")).hexdigest())
    assert (tmp_path / "out" / "photos" / "a.png").read_bytes() == picture("red")


WRONG_PICTURES = [
    (b"no picture", {}, 'key "image": not a picture that can be read'),
    (picture("red")[:60], {}, "the picture is damaged or cut short"),
    (b"", {}, "the file is empty"),
    (None, {}, 'key "image" is null; allowed: a picture\'s bytes'),
    ("gone.png", {}, 'key "image" is "gone.png"; '),
    (picture("red"), {"source_sha256": "0" * 64}, 'key "source_sha256" is "000'),
    (picture("red"), {"source": "../up.png"}, 'key "source" is "../up.png"; allowed: the path of a picture'),
    (picture("red"), {"source": "/abs.png"}, 'key "source" is "/abs.png"; allowed: the path of a picture'),
    (picture("red"), {"source": "suite.jsonl"}, 'key "source" is "suite.jsonl"; no picture can be stored'),
    (picture("red"), {"source": "ok.png"}, 'key "source" is "ok.png"; another row has another picture'),
]


@pytest.mark.parametrize(
    ("image", "others", "fault"), WRONG_PICTURES, ids=map(str, range(len(WRONG_PICTURES)))
)
def test_wrong_pictures(tmp_path, image, others, fault):
    good = edit_row(picture("blue"), source="ok.png", source_sha256=None)
    bad = {**good, "image": image, "source": "bad.png", **others}
    if isinstance(image, str):  # a column of paths
        (tmp_path / "blue").write_bytes(picture("blue"))
        good["image"] = "blue"
    path = table(tmp_path / "a.parquet", good, bad)
    _, lines = failure(path, "--out", tmp_path / "out", *MAP)
    (line,) = lines
    assert line.startswith(f"{path}, row 2: ")
    assert fault in line
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def test_pictures_need_a_folder(tmp_path):
    path = table(tmp_path / "a.parquet", edit_row(picture("red"), source="x.png"))
    message, _ = failure(path, "--out", tmp_path / "b.jsonl", *MAP)
    assert "--out FOLDER" in message
    run(path, "--out", tmp_path / "b.jsonl", *MAP, "--task", "edit", "--map", "image=")
    assert [s.source for s in read_suite(tmp_path / "b.jsonl")] == ["x.png"]


def test_bytes_are_never_shown(tmp_path):
    path = table(tmp_path / "a.parquet", edit_row({"bytes": picture("red"), "path": "0.png"}))
    size = len(picture("red"))
    options = ("--map", "objects=names", "--map", "template=kind")
    _, lines = failure(path, "--out", tmp_path / "out", *options, "--map", "prompt=txt")
    shown = [line for line in lines if line.startswith("  image")]
    assert shown == [
        f'  image  struct<bytes: binary, path: string>  {{"bytes": "({size} bytes)", "path": "0.png"}}'
    ]
    _, lines = failure(path, "--out", tmp_path / "out", *options, "--map", "prompt=image")
    assert lines == [
        f'{path}, row 1: key "prompt" is {{"bytes": "({size} bytes)", "path": "0.png"}}; '
        "allowed: a text that is not blank"
    ]


# --- the map -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_without_a_map_the_columns_are_shown(tmp_path, ending):
    path = table(tmp_path / f"a.{ending}", ROW)
    message, lines = failure(path, "--out", tmp_path / "b.jsonl")
    assert message.startswith(
        f'{path} has no column "prompt" or "objects" or "template"; say which to take: '
    )
    number, text = {"csv": ("text", "text"), "parquet": ("int64", "string")}.get(ending, ("number", "text"))
    rows = "" if ending == "csv" else " (1 rows)"
    assert [" ".join(line.split()) for line in lines] == [
        f"columns of {path}{rows}:",
        f"text {text} The chair is left of the dog.",
        f"names {text} dog, chair",
        f"kind {number} 14",
        f"example: genspace suite import {path} --out OUT "
        "--map prompt=COLUMN --map objects=COLUMN --map template=COLUMN",
    ]


def test_a_wrong_map_gets_a_hint(tmp_path):
    path = table(tmp_path / "a.csv", {"prompts": "x", "object": "dog", "template_id": 1})
    message, lines = failure(path, "--out", tmp_path / "b.jsonl", "--map", "prompt=promts")
    assert message == f'{path} has no column "promts" (--map prompt=promts); did you mean "prompts"?'
    assert lines[-1].endswith(" --map prompt=prompts --map objects=object --map template=template_id")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["prompt"], '--map prompt is not KEY=COLUMN; e.g. --map prompt="prompt"'),
        (["promt=text"], '--map promt=text: unknown key "promt" (did you mean "prompt"? allowed: id, task'),
        (["prompt=a", "prompt=b"], '--map gives two columns for "prompt"; give one'),
    ],
)
def test_maps_that_are_none(tmp_path, pairs, message):
    path = table(tmp_path / "a.csv", ROW)
    options = [word for pair in pairs for word in ("--map", pair)]
    assert failure(path, "--out", tmp_path / "b.jsonl", *options)[0].startswith(message)


def test_a_column_without_a_name_is_not_taken_for_none(tmp_path):
    path = table(tmp_path / "a.csv", {"": "0", **ROW, "id": "mine"})  # pandas writes its index so
    assert imported(path, *MAP).id == "mine"
    assert imported(path, *MAP, "--map", "id=").id == "t2i/14/00"


def test_columns_with_odd_names(tmp_path):
    row = {"a=b": "The dog.", "names, of all": "dog", "the.kind": 0}
    options = ("-m", "prompt=a=b", "-m", "objects=names, of all", "-m", "template=the.kind")
    for ending in ("jsonl", "csv", "parquet"):
        sample = imported(table(tmp_path / f"a.{ending}", row), *options)
        assert (sample.prompt, sample.objects, sample.template) == ("The dog.", ("dog",), 0)


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(("ending", "first"), [("jsonl", "line 1"), ("csv", "row 2"), ("parquet", "row 1")])
def test_wrong_rows_are_named_and_counted(tmp_path, ending, first):
    rows = [{**ROW, "kind": 99, "text": f"prompt {k}"} for k in range(23)]
    path = table(tmp_path / f"a.{ending}", *rows, ROW)
    message, lines = failure(path, "--out", tmp_path / "b.jsonl", *MAP)
    assert message == f"{path}: 23 of 24 rows are wrong; nothing was written"
    assert len(lines) == 11
    assert lines[0].startswith(f'{path}, {first}: key "template" is ')
    assert lines[-1] == "... and 13 more"
    assert not (tmp_path / "b.jsonl").exists()


def test_each_way_of_being_wrong(tmp_path):
    rows = [
        {**ROW, "text": None},
        {**ROW, "names": "dog"},
        {**ROW, "names": "[dog"},
        {**ROW, "id": "a b"},
        {**ROW, "id": "same"},
        {**ROW, "id": "same"},
        {**ROW, "sub_domain": "intrinsic"},
        {**ROW, "targets": "far"},
    ]
    path = table(tmp_path / "a.jsonl", *rows)
    with path.open("a") as file:
        file.write("\n{not json\n")
    _, lines = failure(path, "--out", tmp_path / "b.jsonl", *MAP)
    assert [line.removeprefix(f"{path}, ") for line in lines] == [
        'line 1: key "prompt" is null; allowed: a text that is not blank',
        'line 2: key "objects" is ["dog"]; template 14 asks about 2 objects',
        'line 3: key "objects" is "[dog"; allowed: a list of names that are not blank, e.g. ["dog", "chair"]',
        'line 4: key "id" is "a b"; allowed: letters, digits, "/", "-", "_" and "."; no part may be empty, '
        '"." or ".."',
        'line 6: id "same" is already used in line 5',
        'line 7: key "sub_domain" is "intrinsic"; template 14 belongs to allocentric',
        'line 8: key "targets" is "far"; allowed: finite numbers by name, e.g. {"distance": 1.5}',
        "line 10: is not JSON (Expecting property name enclosed in double quotes at column 2)",
    ]


def test_a_csv_row_of_another_length(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,names,kind\nThe dog, the chair,dog,14\n\nok,dog;cat,14\n")
    _, lines = failure(path, "--out", tmp_path / "b.jsonl", *MAP)
    assert lines == [f"{path}, row 2: has 4 cells and the first row 3; quote what has commas"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", 'has no column "prompt"'),
        ("a.csv", b"text,names,kind\n", "has no rows"),
        ("a.csv", b"text,text\n", 'two columns are called "text"'),
        ("a.csv", b'text,names,kind\n"open', "row 2: not CSV"),
        ("a.csv", b"text,names,kind\n\xff,dog,1\n", "not UTF-8 text"),
        ("a.jsonl", b"", 'has no column "prompt"'),
        ("a.jsonl.gz", gzip.compress(b"{}\n" * 1000, mtime=0)[:-9], "the gzip file is damaged"),
        ("a.parquet", b"PAR1 and no more", "not a Parquet file that can be read"),
        ("a.parquet", b"", "not a Parquet file that can be read"),
        ("a.txt", b"", "its name must end in .jsonl, .jsonl.gz, .csv, .parquet"),
    ],
    ids=map(str, range(10)),
)
def test_files_that_are_no_tables(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    said, _ = failure(tmp_path / name, "--out", tmp_path / "b.jsonl", *(MAP if b"text," in data else ()))
    assert said.startswith(str(tmp_path / name))
    assert message in said


@pytest.mark.parametrize("name", ["gone.jsonl", "gone.csv", "gone.parquet"])
def test_a_missing_file(tmp_path, name):
    message, _ = failure(tmp_path / name, "--out", tmp_path / "b.jsonl")
    assert message == f"{tmp_path / name}: no such file"


def test_a_parquet_that_breaks_off(tmp_path):
    path = table(tmp_path / "a.parquet", *[{**ROW, "text": os.urandom(500).hex()} for _ in range(200)])
    data = bytearray(path.read_bytes())
    data[4:400] = b"\xff" * 396
    path.write_bytes(data)
    assert "the file is damaged after row 0" in failure(path, "--out", tmp_path / "b.jsonl", *MAP)[0]


def test_an_export_that_was_cut_or_edited(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(dump_suite(build_t2i()).split(b"\n")[:-2]) + b"\n")
    message, _ = failure(path, "--out", tmp_path / "b.jsonl")
    assert "its samples (1799) do not match the header's digest" in message
    run(path, "--out", tmp_path / "b.jsonl", "--map", "prompt=prompt")
    assert len(read_suite(tmp_path / "b.jsonl")) == 1799


def test_parquet_needs_its_extra(tmp_path, monkeypatch):
    path = table(tmp_path / "a.parquet", ROW)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert 'pip install "genspace-core[parquet]"' in failure(path, "--out", tmp_path / "b.jsonl", *MAP)[0]


def test_the_core_starts_without_the_extras():
    code = (
        "import sys, genspace_core.cli.main, genspace_core.suite.exchange.exporting, "
        "genspace_core.suite.exchange.importing, genspace_core.suite.exchange.hub, "
        "genspace_core.tables.parquet_file; "
        "print(sorted({'pyarrow', 'huggingface_hub'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# --- what is there already -----------------------------------------------------------------------


def test_a_file_is_not_overwritten_unasked(tmp_path):
    path, out = table(tmp_path / "a.csv", ROW), tmp_path / "b.jsonl"
    out.write_text("precious")
    assert "--force" in failure(path, "--out", out, *MAP)[0]
    assert out.read_text() == "precious"
    run(path, "--out", out, *MAP, "--force")
    assert len(read_suite(out)) == 1


def test_a_folder_is_not_overwritten_unasked(tmp_path):
    path, out = table(tmp_path / "a.parquet", edit_row(picture("red"))), tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("precious")
    (out / "suite.jsonl").write_text("old")
    assert "not empty" in failure(path, "--out", out, *MAP)[0]
    assert (out / "suite.jsonl").read_text() == "old"
    run(path, "--out", out, *MAP, "--force")
    assert len(read_suite(out)) == 1
    found = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert found == ["notes.txt", "sources/20/00.png", "suite.jsonl"]
    (tmp_path / "file").touch()
    assert "is a file" in failure(path, "--out", tmp_path / "file", *MAP)[0]


def test_wrong_rows_leave_an_old_suite_alone(tmp_path):
    out = tmp_path / "out"
    run(table(tmp_path / "a.parquet", edit_row(picture("red"))), "--out", out, *MAP)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    bad = table(tmp_path / "b.parquet", edit_row(picture("blue")), edit_row(b"no picture"))
    failure(bad, "--out", out, *MAP, "--force")
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


# --- the command as it is typed ------------------------------------------------------------------


def test_the_command_says_it_in_lines(tmp_path):
    path = table(tmp_path / "a.csv", {**ROW, "kind": 77})
    command = [GENSPACE, "suite", "import", str(path), "--out", str(tmp_path / "b.jsonl"), *MAP]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"error: {path}: 1 of 1 rows are wrong; nothing was written"
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_stopped_import_leaves_nothing(tmp_path):
    noise = [Image.effect_noise((700, 700), 90 + k) for k in range(6)]
    data = []
    for image in noise:
        buffer = BytesIO()
        image.save(buffer, "PNG")
        data.append(buffer.getvalue())
    rows = [edit_row(data[k % 6] + b"%d" % k) for k in range(400)]  # what follows a PNG is not looked at
    path = table(tmp_path / "a.parquet", *rows)
    out = tmp_path / "out"
    command = [GENSPACE, "suite", "import", str(path), "--out", str(out), *MAP]
    for number in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        begun = time.monotonic()
        while not list(tmp_path.rglob("*.png")):
            assert process.poll() is None
            assert time.monotonic() - begun < 60
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode != 0
        assert "Traceback" not in said
        assert not out.exists()
        if number == signal.SIGINT:
            assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet"]
    subprocess.run(command, check=True, capture_output=True)
    assert len(read_suite(out)) == 400
