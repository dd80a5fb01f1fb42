"""The published layout: what is placed, what is left out, and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.pictures.trees import JPEG, PNG, ids, left_out, look, notes, plant, sample, suite


def test_a_number_is_written_with_two_digits_and_sorted_as_one(tmp_path):
    tree = {f"t2i/0/{n}.png": PNG for n in ("10", "2", "103", "cow_b")}
    plant(tmp_path, tree | {name.replace(".png", ".txt"): "<cow>" for name in tree})
    assert ids(look(tmp_path)) == ["t2i/0/02", "t2i/0/10", "t2i/0/103", "t2i/0/cow_b"]


def test_templates_are_sorted_as_numbers_and_text_to_image_comes_first(tmp_path):
    tree = {f"{folder}/0.{end}": PNG if end == "png" else "<cow>" for folder in
            ("imageedit/2", "imageedit_unedit/2", "t2i/3", "t2i/24") for end in ("png", "txt")}  # fmt: skip
    assert ids(look(plant(tmp_path, tree))) == ["t2i/3/00", "t2i/24/00", "edit/2/00"]


@pytest.mark.parametrize(
    "text", ["<man> <cat> ", "<man><cat>", "man, cat", "man; cat\n", "man\ncat\n", "\ufeff<Man>\t<CAT>"]
)
def test_names_in_the_ways_people_write_them(tmp_path, text):
    got = look(plant(tmp_path, {"t2i/14/0.png": PNG, "t2i/14/0.txt": text}))
    assert got.found[0].sample.objects == ("man", "cat")
    assert not got.remarks


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no object"),
        ("<> <>", "names no object"),
        ("<man> and <cat>", "mixes marked and other words"),
        ("<man>", r"template t2i/14 asks about 2 objects, and 1 is named \(man\)"),
        ("a, b, c", r"asks about 2 objects, and 3 are named"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a\0b, c", "is no name"),
        (b"x" * 5000, "longer than 4096 bytes"),
    ],
)
def test_names_that_do_not_do(tmp_path, text, why):
    got = look(plant(tmp_path, {"t2i/14/0.png": PNG, "t2i/14/0.txt": text}))
    assert not got.found
    assert set(left_out(got)) == {"t2i/14/0.png", "t2i/14/0.txt"}
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(left_out(got)["t2i/14/0.png"])


def test_two_of_one_name_where_sizes_are_compared(tmp_path):
    tree = {
        "t2i/28/0.png": PNG,
        "t2i/28/0.txt": "<car> <car>",
        "t2i/28/1.png": PNG,
        "t2i/28/1.txt": "<car> <bus>",
    }
    got = look(plant(tmp_path, tree))
    assert ids(got) == ["t2i/28/00"]
    assert "compares two objects of one name" in left_out(got)["t2i/28/1.png"]


@pytest.mark.parametrize(
    ("template", "names", "fits"),
    [
        (7, "<a>", True),
        (7, "<a> <b>", False),
        (8, "<a> <b>", True),
        (19, "<a>", False),
        (28, "<a>", True),
        (31, "<a> <a>", False),
        (32, "<a> <b>", True),
        (35, "<a> <b> <c>", True),
        (35, "<a>", False),
    ],
)
def test_how_many_objects_an_edit_has(tmp_path, template, names, fits):
    tree = {f"imageedit/{template}/0.png": PNG, f"imageedit/{template}/0.txt": names}
    tree |= {f"imageedit_unedit/{template}/0.png": PNG}
    assert bool(look(plant(tmp_path, tree)).found) == fits


def test_a_name_that_is_no_category_is_looked_for_all_the_same(tmp_path):
    got = look(plant(tmp_path, {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<zebras>"}))
    assert got.found[0].sample.objects == ("zebras",)
    assert notes(got) == {
        "t2i/0/0.txt": '"zebras" is none of the benchmark\'s categories, and is looked for as it stands; '
        'did you mean "zebra"?'
    }


# --- files that are not as they should be ------------------------------------------------------------


def test_a_picture_without_names_and_names_without_a_picture(tmp_path):
    got = look(plant(tmp_path, {"t2i/0/0.png": PNG, "t2i/0/1.txt": "<cow>", "t2i/0/2prompt.txt": "A cow."}))
    assert not got.found
    assert "has no .txt of its name beside it" in left_out(got)["t2i/0/0.png"]
    assert left_out(got)["t2i/0/1.txt"] == "belongs to a picture 01 that is not there"
    assert left_out(got)["t2i/0/2prompt.txt"] == "belongs to a picture 02 that is not there"


@pytest.mark.parametrize(("content", "why"), [(b"", "empty"), (b"<html>", "no picture")])
def test_what_is_no_picture(tmp_path, content, why):
    got = look(plant(tmp_path, {"t2i/0/0.png": content, "t2i/0/0.txt": "<cow>"}))
    assert not got.found
    assert why in left_out(got)["t2i/0/0.png"]
    assert left_out(got)["t2i/0/0.txt"] == "belongs to t2i/0/0.png, which is left out"


def test_suffixes_in_capitals_and_of_another_format(tmp_path):
    tree = {"t2i/0/0.PNG": JPEG, "t2i/0/1.JPEG": JPEG, "t2i/0/0.TXT": "<cow>", "t2i/0/1.txt": "<cow>"}
    got = look(plant(tmp_path, tree))
    assert ids(got) == ["t2i/0/00", "t2i/0/01"]
    assert notes(got) == {"t2i/0/0.PNG": "holds a JPEG picture and is read as one"}


def test_two_pictures_of_one_number(tmp_path):
    tree = {"t2i/0/0.png": PNG, "t2i/0/0.jpg": JPEG, "t2i/0/0.txt": "<cow>"}  # who can tell which is meant?
    tree |= {"t2i/0/1.png": PNG, "t2i/0/1.jpg": b"", "t2i/0/1.txt": "<cow>"}  # one can be read
    tree |= {"t2i/0/2.png": PNG, "t2i/0/02.png": PNG, "t2i/0/2.txt": "<cow>"}  # one number, written twice
    got = look(plant(tmp_path, tree))
    assert ids(got) == ["t2i/0/01"]
    said = left_out(got)
    assert "several pictures (t2i/0/0.jpg, t2i/0/0.png), so none is used; keep one" in said["t2i/0/0.png"]
    assert said["t2i/0/1.jpg"].startswith("empty")
    assert {"t2i/0/2.png", "t2i/0/02.png", "t2i/0/2.txt"} <= set(said)


def test_two_files_of_names(tmp_path):
    got = look(plant(tmp_path, {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<cow>", "t2i/0/00.txt": "<dog>"}))
    assert not got.found
    assert "several files (t2i/0/0.txt, t2i/0/00.txt) name its objects" in left_out(got)["t2i/0/0.png"]


def test_files_that_are_no_part_of_it(tmp_path):
    strange = {
        "README.md": "lies outside of t2i, imageedit, imageedit_unedit",
        "notes/0/0.png": "lies outside of",
        "t2i/0.png": "not in the folder of a template (t2i/0 to t2i/35)",
        "t2i/0/deep/0.png": "not in the folder of a template",
        "t2i/36/0.png": '"36" is no template; templates are 0 to 35',
        "t2i/04/0.png": '"04" is no template',
        "t2i/٣/0.png": "is no template",
        "t2i/front\n/0.png": '"front " is no template',
        "t2i/0/0.json": "neither a picture (0.png) nor names (0.txt) nor a prompt (0prompt.txt)",
        "t2i/0/my cow.png": "no name for a sample; rename it",
        "t2i/0/.0.png.swp": "hidden",
        ".git/config": "hidden",
        "__MACOSX/t2i/0/0.png": "macOS",
        "t2i/.DS_Store": "hidden",
    }
    got = look(plant(tmp_path, dict.fromkeys(strange, PNG) | {"t2i/1/0.png": PNG, "t2i/1/0.txt": "<cow>"}))
    assert ids(got) == ["t2i/1/00"]
    said = left_out(got)
    assert len(said) == len(strange)
    for file, why in strange.items():
        assert why in said[file.replace("\n", "\\n")]


def test_links(tmp_path):
    outside = plant(tmp_path / "outside", {"0.png": PNG, "0.txt": "<cow>"})
    root = plant(tmp_path / "root", {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<cow>", "t2i/1/0.txt": "<cow>"})
    links = {
        "t2i/1/0.png": root / "t2i/0/0.png",
        "t2i/0/1.png": outside / "0.png",
        "t2i/0/2.png": Path("nowhere"),
        "t2i/0/3.png": Path("3.png"),
        "t2i/2": outside,
        "t2i/3": root / "t2i",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    got = look(root)
    assert ids(got) == ["t2i/0/00", "t2i/1/00"]
    assert {name: text.split(",")[0] for name, text in left_out(got).items()} == {
        "t2i/0/1.png": "a link that leads out of the folder",
        "t2i/0/2.png": "a link that leads nowhere",
        "t2i/0/3.png": "a link that leads nowhere",
        "t2i/2": "a link that leads out of the folder",
        "t2i/3": "a link to a folder",
    }


def test_devices_and_pipes_are_not_opened(tmp_path):
    plant(tmp_path, {"t2i/0/0.txt": "<cow>"})
    os.mkfifo(tmp_path / "t2i/0/0.png")
    assert left_out(look(tmp_path))["t2i/0/0.png"] == "no regular file, so it is not read"


def test_a_file_and_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    tree = {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<cow>", "t2i/1/0.png": PNG}
    plant(tmp_path, tree)
    real_open, real_scandir = Path.open, os.scandir

    def refuse(path, *args):
        if path.name == "0.png":
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args)

    def closed(path):
        if Path(path).name == "1":
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "scandir", closed)
    from genspace_core.pictures.collect import collect

    got = collect(tmp_path, None)
    assert left_out(got)["t2i/0/0.png"] == "cannot be read (Permission denied)"
    assert left_out(got)["t2i/1"].startswith("the folder cannot be opened (Permission denied)")
    assert (got.files, got.used) == (2, 0)


# --- edits -------------------------------------------------------------------------------------------


def edit(template: int, names: str | None = "<cow>", before: str | None = "<cow>") -> dict[str, bytes | str]:
    tree: dict[str, bytes | str] = {
        f"imageedit/{template}/0.png": PNG,
        f"imageedit_unedit/{template}/0.jpg": JPEG,
    }
    if names is not None:
        tree[f"imageedit/{template}/0.txt"] = names
    if before is not None:
        tree[f"imageedit_unedit/{template}/0.txt"] = before
    return tree


def test_an_edit_without_names_takes_those_of_its_source_where_nothing_is_inserted(tmp_path):
    got = look(plant(tmp_path, edit(4, None) | edit(32, None, "<cow> <dog>") | edit(12, None)))
    assert [(f.sample.id, f.sample.objects) for f in got.found] == [
        ("edit/4/00", ("cow",)),
        ("edit/32/00", ("cow", "dog")),
    ]
    assert notes(got)["imageedit/4/0.png"] == (
        "has no .txt of its name beside it; its names are those of imageedit_unedit/4/0.txt"
    )
    assert "has no .txt of its name beside it" in left_out(got)["imageedit/12/0.png"]
    assert left_out(got)["imageedit_unedit/12/0.jpg"] == "belongs to imageedit/12/0.png, which is left out"


@pytest.mark.parametrize("source", [None, b"", b"<html>"])
def test_an_edit_without_a_source_is_left_out(tmp_path, source):
    tree = edit(4)
    del tree["imageedit_unedit/4/0.jpg"]
    if source is not None:
        tree["imageedit_unedit/4/0.png"] = source
    got = look(plant(tmp_path, tree))
    assert not got.found
    assert "its source" in left_out(got)["imageedit/4/0.png"]


def test_a_source_that_nothing_was_made_from(tmp_path):
    got = look(plant(tmp_path, {"imageedit_unedit/4/0.png": PNG, "imageedit_unedit/4/0.txt": "<cow>"}))
    assert left_out(got)["imageedit_unedit/4/0.png"] == "not used: imageedit/4 has no picture 00 made from it"
    assert got.used == 0


def test_a_text_to_image_picture_has_nothing_to_do_with_the_source_of_its_number(tmp_path):
    got = look(plant(tmp_path, edit(4) | {"t2i/4/0.png": b""}))
    assert ids(got) == ["edit/4/00"]
    assert list(left_out(got)) == ["t2i/4/0.png"]


def test_a_source_that_holds_something_else(tmp_path):
    got = look(plant(tmp_path, edit(12, "<cow> <chair>", "<dog>") | edit(4, "<cow>", "nonsense <")))
    assert ids(got) == ["edit/4/00", "edit/12/00"]
    assert notes(got)["imageedit_unedit/12/0.txt"] == "names dog before the edit, which asks about cow"
    assert "mixes marked and other words" in left_out(got)["imageedit_unedit/4/0.txt"]


def test_prompts(tmp_path):
    tree = edit(4) | {"imageedit/4/0prompt.txt": " Turn the cow.\n"}
    tree |= edit(5) | {"imageedit/5/0prompt.txt": b"\xff"}
    tree |= edit(6) | {"imageedit/6/0prompt.txt": "a", "imageedit/6/00prompt.txt": "b"}
    tree |= edit(7) | {"imageedit_unedit/7/0prompt.txt": "a"}
    got = look(plant(tmp_path, tree))
    assert [f.sample.prompt for f in got.found] == ["Turn the cow.", "", "", ""]
    assert len(left_out(got)) == 4


# --- with a suite ------------------------------------------------------------------------------------


def test_the_suites_samples_are_taken(tmp_path):
    asked = sample("t2i/0/00", "cow", prompt="A cow.")
    tree = {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<COW> ", "t2i/0/0prompt.txt": "Another."}
    got = look(plant(tmp_path, tree), suite(asked))
    assert got.found[0].sample is asked
    assert notes(got) == {
        "t2i/0/0prompt.txt": "is not the prompt of t2i/0/00 in the suite, which is the one kept"
    }


def test_names_may_be_missing_but_not_contradict(tmp_path):
    mine = suite(sample("t2i/0/00", "narwhal"), sample("t2i/0/01", "cow"))
    tree = {"t2i/0/0.png": PNG, "t2i/0/1.png": PNG, "t2i/0/1.txt": "<dog>", "t2i/0/2.png": PNG}
    got = look(plant(tmp_path, tree), mine)
    assert ids(got) == ["t2i/0/00"]
    assert notes(got) == {
        "t2i/0/0.png": "has no .txt of its name beside it; its names are those of the suite"
    }
    assert left_out(got)["t2i/0/1.png"] == "t2i/0/1.txt names dog, and t2i/0/01 of the suite asks about cow"
    assert left_out(got)["t2i/0/2.png"] == 'suite "mine" has no sample "t2i/0/02"'


def test_a_suites_own_source_serves_where_the_folder_has_none(tmp_path):
    home = plant(tmp_path / "suite", {"sources/a.png": PNG, "sources/b.png": b""})
    mine = suite(
        sample("edit/4/00", "cow", source="sources/a.png"),
        sample("edit/4/01", "cow", source="sources/b.png"),
        sample("edit/4/02", "cow", source="sources/c.png"),
        sample("edit/4/03", "cow", source="sources/a.png"),
        root=home,
    )
    tree = {f"imageedit/4/{n}.png": PNG for n in range(4)}
    tree |= {f"imageedit/4/{n}.txt": "<cow>" for n in range(4)} | {"imageedit_unedit/4/3.png": JPEG}
    root = plant(tmp_path / "mine", tree)
    got = look(root, mine)
    assert [(f.sample.id, f.source) for f in got.found] == [
        ("edit/4/00", home / "sources/a.png"),
        ("edit/4/03", root / "imageedit_unedit/4/3.png"),
    ]
    assert left_out(got)["imageedit/4/1.png"].startswith("the suite's source picture sources/b.png is empty")
    assert "sources/c.png" in left_out(got)["imageedit/4/2.png"]
