"""GenEval's layout: whose picture is it?"""

from __future__ import annotations

import json

import pytest

from genspace_core.errors import InputError
from genspace_core.pictures.collect import collect
from tests.pictures.trees import JPEG, PNG, ids, left_out, look, notes, plant, sample, suite

MINE = suite(
    sample("t2i/0/00", "cow", prompt="A photo of  one cow."),
    sample("t2i/0/01", "dog", prompt="A photo of one dog."),
    sample("t2i/0/02", "cat", prompt="Twice."),
    sample("t2i/0/03", "fox", prompt="Twice."),
)


def folder(number: str, metadata: object, *pictures: str) -> dict[str, bytes | str]:
    text = metadata if isinstance(metadata, str | bytes) else json.dumps(metadata) + "\n"
    return {f"{number}/metadata.jsonl": text} | {f"{number}/samples/{name}": PNG for name in pictures}


def test_by_id_by_prompt_and_by_number(tmp_path):
    tree = folder("00000", {"id": "t2i/0/03", "prompt": "Anything."}, "0000.png")
    tree |= folder("00001", {"tag": "x", "prompt": " A photo of one  cow. "}, "0010.png", "0002.png")
    tree |= folder("00002", {"tag": "x"}, "0000.png")
    got = look(plant(tmp_path, tree), MINE)
    assert got.layout == "geneval"
    assert [(f.sample.id, f.image.relative_to(tmp_path).as_posix(), f.image_index) for f in got.found] == [
        ("t2i/0/00", "00001/samples/0002.png", 0),
        ("t2i/0/00", "00001/samples/0010.png", 1),
        ("t2i/0/02", "00002/samples/0000.png", 0),
        ("t2i/0/03", "00000/samples/0000.png", 0),
    ]
    assert not got.remarks


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"id": "t2i/0/99", "prompt": "A photo of one dog."}, 'suite "mine" has no sample "t2i/0/99"'),
        ({"prompt": "A photo of one yak."}, "has no sample of the prompt"),
        ({"prompt": "Twice."}, "has 2 samples of the prompt"),
        ({"tag": "x"}, 'neither "id" nor "prompt", and suite "mine" no sample at 00007'),
        ("[]", "00007/metadata.jsonl is not one JSON object"),
        ("{}\n{}", "is not one JSON object"),
        ("[" * 100_000, "is not one JSON object"),
        (b"\xff", "is of no use: not UTF-8"),
    ],
)
def test_what_cannot_be_placed(tmp_path, metadata, why):
    got = look(plant(tmp_path, folder("00007", metadata, "0000.png")), MINE)
    assert not got.found
    assert set(left_out(got)) == {"00007/metadata.jsonl", "00007/samples/0000.png"}
    assert why in left_out(got)["00007/samples/0000.png"]


def test_extra_and_broken_files(tmp_path):
    tree = folder("00000", {"prompt": "A photo of one cow."}, "0000.png", "0001.png", "0002.png")
    tree |= {"00000/samples/0001.png": b"", "00000/samples/0002.png": JPEG, "00000/samples/notes.txt": "x"}
    tree |= {"00000/grid.png": PNG, "grid.png": PNG, "00001/samples/0000.png": PNG, "x/samples/0000.png": PNG}
    tree |= folder("00002", {"prompt": "A photo of one dog."})
    got = look(plant(tmp_path, tree), MINE)
    assert [(f.image.name, f.image_index) for f in got.found] == [("0000.png", 0), ("0002.png", 1)]
    assert notes(got) == {"00000/samples/0002.png": "holds a JPEG picture and is read as one"}
    said = left_out(got)
    assert said["00000/samples/0001.png"].startswith("empty")
    assert said["00001/samples/0000.png"] == "there is no 00001/metadata.jsonl that says what was asked"
    assert said["00002/metadata.jsonl"] == "there is no picture that can be read in 00002/samples"
    for extra in ("00000/grid.png", "grid.png", "x/samples/0000.png", "00000/samples/notes.txt"):
        assert "so it is not read" in said[extra]


def test_two_folders_of_one_sample(tmp_path):
    tree = folder("00000", {"prompt": "A photo of one cow."}, "0000.png")
    tree |= folder("00001", {"id": "t2i/0/00"}, "0000.png")
    got = look(plant(tmp_path, tree), MINE)
    assert ids(got) == ["t2i/0/00"]
    assert (
        left_out(got)["00001/samples/0000.png"] == "folder 00000 has the pictures of sample t2i/0/00 already"
    )


def test_edits_take_the_suites_sources(tmp_path):
    home = plant(tmp_path / "suite", {"a.png": PNG})
    mine = suite(
        sample("edit/4/00", "cow", source="a.png"), sample("edit/4/01", "cow", source="b.png"), root=home
    )
    tree = folder("0", {"id": "edit/4/00"}, "0.png") | folder("1", {"id": "edit/4/01"}, "0.png")
    got = look(plant(tmp_path / "mine", tree), mine)
    assert [(f.sample.id, f.source) for f in got.found] == [("edit/4/00", home / "a.png")]
    assert "source picture b.png" in left_out(got)["1/samples/0.png"]


def test_it_needs_a_suite(tmp_path):
    plant(tmp_path, folder("00000", {"prompt": "A cow."}, "0000.png"))
    with pytest.raises(InputError, match="say whose questions the pictures answer: --suite NAME"):
        collect(tmp_path, None)
