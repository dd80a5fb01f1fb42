"""The published repository's own example, made small: everything is placed, two files are misnamed."""

from __future__ import annotations

from pathlib import Path

from genspace_core.pictures.found import Remark
from genspace_core.suite.build import build_t2i
from tests.pictures.trees import ids, left_out, look

EXAMPLE = Path(__file__).parents[1] / "data" / "published_example"


def test_the_whole_account():
    got = look(EXAMPLE)
    assert got.layout == "published"
    assert got.root == EXAMPLE
    assert (got.files, got.used) == (13, 13)
    assert got.remarks == (
        Remark(path="imageedit_unedit/4/0.png", text="holds a JPEG picture and is read as one", placed=True),
        Remark(path="imageedit_unedit/12/0.png", text="holds a JPEG picture and is read as one", placed=True),
    )
    assert [(f.sample.id, f.sample.sub_domain, f.sample.objects) for f in got.found] == [
        ("t2i/0/00", "camera_pose", ("man",)),
        ("t2i/32/00", "complex_pose", ("man", "cat")),
        ("edit/4/00", "object_pose", ("man",)),
        ("edit/12/00", "allocentric", ("cow", "chair")),
    ]
    assert [(f.image, f.source, f.image_index) for f in got.found] == [
        (EXAMPLE / "t2i/0/0.png", None, 0),
        (EXAMPLE / "t2i/32/0.png", None, 0),
        (EXAMPLE / "imageedit/4/0.png", EXAMPLE / "imageedit_unedit/4/0.png", 0),
        (EXAMPLE / "imageedit/12/0.png", EXAMPLE / "imageedit_unedit/12/0.png", 0),
    ]
    assert [f.sample.source for f in got.found] == [
        None,
        None,
        "imageedit_unedit/4/0.png",
        "imageedit_unedit/12/0.png",
    ]
    assert [f.sample.prompt for f in got.found] == [
        "",
        "",
        "",
        "There is a <cow>. Set <chair> in front of <cow>, from the <cow>'s perspective.",
    ]
    assert all(not f.sample.targets for f in got.found)


def test_against_a_suite_that_asks_otherwise():
    got = look(EXAMPLE, build_t2i())
    assert ids(got) == ["t2i/0/00"]
    assert got.used == 2
    said = left_out(got)
    assert len(said) == 11
    assert said["t2i/32/0.png"] == (
        "t2i/32/0.txt names man, cat, and t2i/32/00 of the suite asks about man, oven"
    )
    assert said["imageedit/4/0.png"] == 'suite "genspace-t2i" has no sample "edit/4/00"'
    assert said["imageedit_unedit/4/0.txt"] == "belongs to imageedit/4/0.png, which is left out"
