"""Manifests: the same rows in every format, and every row that cannot be placed is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from genspace_core.errors import InputError
from genspace_core.pictures.collect import collect
from genspace_core.suite.build import build_t2i
from tests.pictures.trees import JPEG, PNG, check_account, ids, left_out, look, notes, plant, sample, suite

ROWS = [
    {"image": "a.png", "template": "14", "names": "man, cat", "prompt": "A man, a cat."},
    {"image": "b.png", "template": "t2i/20", "names": "<man> <cat>", "targets": '{"distance": 0.5}'},
    {"image": "c.png", "template": "edit/4", "names": '["cow"]', "source": "a.png", "bystanders": "dog"},
    {"image": "d.png", "template": "14", "names": "man, cat", "task": "t2i"},
]
PICTURES = {"a.png": PNG, "b.png": JPEG, "c.png": PNG, "d.png": PNG}


def write(path: Path, rows: list[dict]) -> Path:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".csv":
        buffer = io.StringIO(newline="")
        writer = csv.DictWriter(buffer, columns)
        writer.writeheader()
        writer.writerows(rows)
        path.write_text("\ufeff" + buffer.getvalue(), encoding="utf-8", newline="")
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    elif path.suffix == ".jsonl":
        path.write_text(lines)
    else:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist([dict.fromkeys(columns) | row for row in rows]), path)
    return path


NAMES = ["manifest.csv", "manifest.jsonl", "manifest.jsonl.gz", "manifest.parquet"]


@pytest.mark.parametrize("name", NAMES)
def test_every_format(tmp_path, name):
    write(plant(tmp_path, PICTURES) / name, ROWS)
    got = look(tmp_path)
    assert got.layout == "manifest"
    assert (got.files, got.used) == (5, 5)
    assert [(f.sample.id, f.sample.objects, f.image.name, dict(f.sample.targets)) for f in got.found] == [
        ("t2i/14/00", ("man", "cat"), "a.png", {}),
        ("t2i/14/01", ("man", "cat"), "d.png", {}),
        ("t2i/20/00", ("man", "cat"), "b.png", {"distance": 0.5}),
        ("edit/4/00", ("cow",), "c.png", {}),
    ]
    edited = got.found[-1]
    assert (edited.source, edited.sample.source) == (tmp_path / "a.png", "a.png")
    assert edited.sample.bystanders == ("dog",)
    assert got.found[0].sample.prompt == "A man, a cat."
    assert notes(got) == {"b.png": "holds a JPEG picture and is read as one"}


@pytest.mark.parametrize("name", ["manifest.jsonl", "manifest.parquet"])
def test_cells_that_are_more_than_texts(tmp_path, name):
    row = {"image": "a.png", "template": 20, "names": ["man", "cat"], "targets": {"distance": 1}}
    write(plant(tmp_path, PICTURES) / name, [row, row | {"image": "d.png", "targets": {"distance": None}}])
    got = look(tmp_path)
    assert [dict(f.sample.targets) for f in got.found] == [{"distance": 1.0}, {}]


def test_a_manifest_in_any_folder_gives_account_of_what_it_names(tmp_path):
    plant(tmp_path, {"here/x.txt": "not asked", "there/a.png": PNG, "there/b.png": b""})
    rows = [
        {"image": "../there/a.png", "template": 0, "names": "cow"},
        {"image": str(tmp_path / "there/b.png"), "template": 0, "names": "cow"},
    ]
    got = collect(write(tmp_path / "here/mine.jsonl", rows), None)
    assert [f.image for f in got.found] == [tmp_path / "there/a.png"]
    assert got.root == tmp_path / "here"
    check_account(got, {"mine.jsonl", str(tmp_path / "there/a.png"), str(tmp_path / "there/b.png")})


def test_a_folder_is_accounted_for_whole(tmp_path):
    write(plant(tmp_path, PICTURES | {"deep/e.png": PNG, ".f": ""}) / "manifest.csv", ROWS)
    got = look(tmp_path)
    assert left_out(got) == {
        "deep/e.png": "not named in manifest.csv, so it is not read",
        ".f": "hidden, so it is not read",
    }


def test_ids_of_a_suite(tmp_path):
    mine = suite(sample("t2i/14/00", "man", "cat"), sample("t2i/0/07", "cow"))
    rows = [
        {"image": "a.png", "id": "t2i/0/07"},
        {"image": "b.png", "id": "t2i/0/07"},
        {"image": "c.png", "id": "t2i/14/00", "names": "cat, man"},
        {"image": "d.png", "id": "t2i/14/00", "template": 15},
        {"image": "d.png", "id": "t2i/9/99"},
        {"image": "d.png"},
    ]
    got = look(write(plant(tmp_path, PICTURES) / "manifest.csv", rows).parent, mine)
    assert [(f.sample.id, f.image.name, f.image_index) for f in got.found] == [
        ("t2i/0/07", "a.png", 0),
        ("t2i/0/07", "b.png", 1),
    ]
    said = left_out(got)
    assert said["manifest.csv:4"] == "names cat, man, and t2i/14/00 of the suite asks about man, cat"
    assert "is of template t2i/14" in said["manifest.csv:5"]
    assert said["manifest.csv:6"] == 'suite "mine" has no sample "t2i/9/99"'
    assert said["manifest.csv:7"] == 'needs "id", or "template" and "names"'
    assert said["c.png"] == "left out with manifest.csv:4"


def test_questions_of_a_suite_without_ids(tmp_path):
    mine = suite(
        sample("t2i/14/00", "man", "cat", prompt="One."),
        sample("t2i/14/01", "man", "cat", prompt="Two."),
        sample("t2i/0/00", "cow"),
    )
    rows = [
        {"image": "a.png", "template": 14, "names": "man, cat", "prompt": "Two. "},
        {"image": "b.png", "template": 14, "names": "man, cat"},
        {"image": "c.png", "template": 0, "names": "<Cow>"},
        {"image": "d.png", "template": 0, "names": "<dog>"},
    ]
    got = look(write(plant(tmp_path, PICTURES) / "manifest.jsonl", rows).parent, mine)
    assert ids(got) == ["t2i/0/00", "t2i/14/01"]
    assert "has 2 samples of t2i/14 with man, cat" in left_out(got)["manifest.jsonl:2"]
    assert "has no sample of t2i/0 with dog" in left_out(got)["manifest.jsonl:4"]


def test_a_suites_sources(tmp_path):
    home = plant(tmp_path / "suite", {"s.png": PNG})
    mine = suite(
        sample("edit/4/00", "cow", source="s.png"), sample("edit/4/01", "cow", source="t.png"), root=home
    )
    rows = [
        {"image": "a.png", "id": "edit/4/00"},
        {"image": "b.png", "id": "edit/4/01", "source": "d.png"},
        {"image": "c.png", "id": "edit/4/01"},
    ]
    folder = plant(tmp_path / "mine", PICTURES)
    got = look(write(folder / "manifest.jsonl", rows).parent, mine)
    assert [(f.sample.id, f.source) for f in got.found] == [
        ("edit/4/00", home / "s.png"),
        ("edit/4/01", folder / "d.png"),
    ]
    assert "source picture t.png" in left_out(got)["manifest.jsonl:3"]


def test_own_ids(tmp_path):
    row = {"image": "a.png", "id": "my/cow", "template": 0, "names": "cow"}
    rows = [row, row | {"image": "b.png"}, row | {"image": "c.png", "names": "dog"}, row | {"id": "../x"}]
    got = look(write(plant(tmp_path, PICTURES) / "manifest.jsonl", rows).parent)
    assert [(f.sample.id, f.image_index) for f in got.found] == [("my/cow", 0), ("my/cow", 1)]
    assert "an earlier row asks something else by the id my/cow" in left_out(got)["manifest.jsonl:3"]
    assert '"id" is "../x"' in left_out(got)["manifest.jsonl:4"]


GOOD = {"image": "a.png", "template": 14, "names": ["man", "cat"]}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"image": None}, 'key "image" is null; allowed: the path of a picture'),
        ({"image": 3}, '"image" is 3'),
        ({"image": "none.png"}, 'image "none.png": no such file'),
        ({"image": "a\0.png"}, "no such file"),
        ({"image": "x" * 5000}, "no such file"),
        ({"image": "."}, "no such file"),
        ({"image": "empty.png"}, 'image "empty.png": empty'),
        ({"image": "text.png"}, 'image "text.png": no picture'),
        ({"image": "out.png"}, "leads out of the folder"),
        (
            {"template": 36},
            'key "template" is 36; allowed: a whole number from 0 to 35, or a text like "t2i/14"',
        ),
        ({"template": 1.5}, '"template" is 1.5'),
        ({"template": True}, '"template" is true'),
        ({"template": None}, 'needs "template" and "names"'),
        ({"task": "video"}, 'key "task" is "video"; allowed: "t2i" or "edit"'),
        ({"task": "edit", "template": "t2i/14"}, 'its task says "edit", but its template says "t2i"'),
        ({"names": "man"}, "asks about 2 objects, and 1 is named"),
        ({"names": [1, 2]}, "[1, 2] is no list of names"),
        ({"names": "[man"}, '"[man" is no list of names'),
        ({"names": {"a": 1}}, '{"a": 1} is no list of names'),
        ({"targets": {"distance": 1.0}}, 'key "targets" names "distance"; t2i/14 takes none'),
        ({"targets": "[1]"}, '"targets" is "[1]"'),
        ({"targets": {"x": "1"}}, "allowed: finite numbers by name"),
        ({"targets": {"x": 10**400}}, "allowed: finite numbers by name"),
        ({"prompt": 5}, 'key "prompt" is 5; allowed: a text'),
        ({"bystanders": ["cat"]}, '"cat" is among its names and its bystanders'),
        ({"task": "edit"}, "there is no source picture"),
        ({"task": "edit", "source": "none.png"}, 'source "none.png": no such file'),
    ],
)
def test_rows_that_cannot_be_placed(tmp_path, change, why):
    root = plant(tmp_path / "root", PICTURES | {"empty.png": b"", "text.png": b"text"})
    (root / "out.png").symlink_to(plant(tmp_path / "out", {"x.png": PNG}) / "x.png")
    got = look(write(root / "manifest.jsonl", [GOOD | change, GOOD | {"image": "d.png"}]).parent)
    assert [f.image.name for f in got.found] == ["d.png"]
    assert why in left_out(got)["manifest.jsonl:1"]


def test_a_number_does_not_hang_on_the_files_of_other_rows(tmp_path):
    rows = [GOOD | {"image": "none.png"}, GOOD | {"image": "a.png"}]
    got = look(write(plant(tmp_path, PICTURES) / "manifest.jsonl", rows).parent)
    assert ids(got) == ["t2i/14/01"]


def test_lines_that_cannot_be_read(tmp_path):
    lines = [json.dumps(GOOD), "{", "[]", '{"image": "a.png", "image": "b.png"}', "", json.dumps(GOOD)]
    plant(tmp_path, PICTURES | {"manifest.jsonl": "\n".join(lines)})
    got = look(tmp_path)
    assert len(got.found) == 2
    assert [r.path for r in got.remarks if ":" in r.path] == [f"manifest.jsonl:{n}" for n in (2, 3, 4)]


def test_a_csv_row_with_too_many_cells(tmp_path):
    plant(
        tmp_path, PICTURES | {"manifest.csv": "image,template,names\na.png,14,man,cat\nb.png,14,man; cat\n"}
    )
    got = look(tmp_path)
    assert left_out(got)["manifest.csv:2"] == "has 4 cells and the first row 3; quote what has commas"
    assert [f.image.name for f in got.found] == ["b.png"]


def test_columns_that_mean_nothing_are_told_once(tmp_path):
    write(plant(tmp_path, PICTURES) / "manifest.csv", [GOOD | {"names": "man, cat", "Seed": 1, "cfg": 2}] * 2)
    got = look(tmp_path)
    assert notes(got) == {"manifest.csv": "columns that mean nothing here, and are ignored: cfg, seed"}


def test_columns_are_known_in_any_spelling(tmp_path):
    plant(tmp_path, PICTURES | {"manifest.csv": "Image, TEMPLATE ,names\n a.png , 14 ,man; cat\n"})
    assert ids(look(tmp_path)) == ["t2i/14/00"]


def test_an_edits_targets_are_those_of_its_template(tmp_path):
    row = {"image": "a.png", "source": "b.png", "template": "edit/20", "names": "cow"}
    rows = [row | {"targets": {"move": 2}}, row | {"targets": {"distance": 2}}]
    got = look(write(plant(tmp_path, PICTURES) / "manifest.jsonl", rows).parent)
    assert [dict(f.sample.targets) for f in got.found] == [{"move": 2.0}]
    assert left_out(got)["manifest.jsonl:2"] == 'key "targets" names "distance"; edit/20 takes move'


def test_a_source_that_nobody_needs(tmp_path):
    got = look(
        write(
            plant(tmp_path, PICTURES) / "manifest.jsonl", [GOOD | {"task": "t2i", "source": "b.png"}]
        ).parent
    )
    assert notes(got) == {"manifest.jsonl:1": "has a source picture, which a t2i question does not use"}
    assert "b.png" in left_out(got)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("manifest.csv", "path,prompt\n", 'needs the columns "image" and "id", .* it has: path, prompt'),
        ("manifest.csv", "", "it has: none"),
        ("manifest.jsonl", '{"image": "a.png"}', "it has: image"),
        ("manifest.csv", "image,id\n", "say of which suite they are: --suite NAME"),
        ("manifest.csv", "image,Image,id\n", 'two columns are called "image"'),
        ("manifest.csv", b"image,\xff\n", "not UTF-8 text"),
        ("manifest.csv", 'image,template,names\n"a"b,1,2\n', "manifest.csv, row 2: not CSV"),
        ("manifest.jsonl.gz", gzip.compress(b"{}\n" * 999, mtime=0)[:40], "gzip file is damaged"),
        ("manifest.parquet", b"PAR1", "not a Parquet file that can be read"),
    ],
)
def test_manifests_that_cannot_be_read(tmp_path, name, content, why):
    plant(tmp_path, {name: content})
    with pytest.raises(InputError, match=why) as error:
        collect(tmp_path, None)
    assert "\n" not in str(error.value)


def test_parquet_without_pyarrow_names_the_fix(tmp_path, monkeypatch):
    import sys

    from genspace_core.errors import PluginError

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    plant(tmp_path, {"manifest.parquet": b"PAR1"})
    with pytest.raises(PluginError, match=r'pip install "genspace-core\[parquet\]"'):
        collect(tmp_path, None)


def test_a_large_suite_by_id(tmp_path):
    rows = [{"image": "a.png", "id": s.id} for s in build_t2i()]
    got = look(write(plant(tmp_path, {"a.png": PNG}) / "manifest.jsonl", rows).parent, build_t2i())
    assert [f.sample for f in got.found] == list(build_t2i())
