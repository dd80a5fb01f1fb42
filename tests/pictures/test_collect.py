"""Which layout is it? And whatever lies in a folder, its account is complete."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genspace_core.errors import InputError
from genspace_core.pictures.collect import collect
from tests.pictures.trees import JPEG, PNG, check_account, files_of, look, plant, sample, suite


def test_a_folder_of_no_layout_shows_what_each_looks_like(tmp_path):
    plant(tmp_path, {"a.png": PNG})
    with pytest.raises(InputError) as error:
        collect(tmp_path, None)
    for part in ("t2i/0/0.png", "00000/metadata.jsonl", "manifest.csv"):
        assert part in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("given", [".", "root/t2i"])
def test_a_folder_above_or_below_the_one_meant(tmp_path, given):
    plant(tmp_path, {"root/t2i/0/0.png": PNG})
    with pytest.raises(InputError, match=f"did you mean {tmp_path / 'root'}?"):
        collect(tmp_path / given, None)


def test_paths_that_are_neither_a_folder_nor_a_manifest(tmp_path):
    plant(tmp_path, {"a.txt": "x"})
    for name, why in (("a.txt", "neither a folder nor a manifest"), ("none", "no such file or folder")):
        with pytest.raises(InputError, match=why):
            collect(tmp_path / name, None)
    for path in (Path("x" * 5000), Path("a\0b")):
        with pytest.raises(InputError, match="no such file or folder"):
            collect(path, None)


def test_a_manifest_goes_before_other_layouts_and_two_are_one_too_many(tmp_path):
    tree = {"t2i/0/0.png": PNG, "manifest.csv": "image,template,names\nt2i/0/0.png,3,cow\n"}
    assert look(plant(tmp_path, tree)).found[0].sample.template == 3
    plant(tmp_path, {"manifest.jsonl": "{}"})
    with pytest.raises(InputError, match=r"several manifests \(manifest.csv, manifest.jsonl\)"):
        collect(tmp_path, None)


def test_a_folder_by_a_relative_path_and_by_a_link(tmp_path, monkeypatch):
    root = plant(tmp_path / "root", {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<cow>"})
    (tmp_path / "link").symlink_to(root)
    monkeypatch.chdir(tmp_path)
    for path in ("root", "link", "root/../root/."):
        got = collect(Path(path), None)
        assert got.found[0].image == root / "t2i/0/0.png"
        check_account(got, files_of(root))


def test_looking_again_changes_and_finds_nothing_new(tmp_path):
    plant(tmp_path, {"t2i/0/0.png": PNG, "t2i/0/0.txt": "<cow>", "t2i/0/1.png": JPEG})
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    assert collect(tmp_path, None) == collect(tmp_path, None)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


# --- anything at all ---------------------------------------------------------------------------------

PARTS = st.sampled_from(
    [
        "t2i",
        "imageedit",
        "imageedit_unedit",
        "0",
        "4",
        "12",
        "36",
        "00000",
        "1",
        "samples",
        "x",
        ".h",
        "__MACOSX",
    ]
)
STEMS = st.one_of(
    st.sampled_from(
        ["0", "00", "1", "0prompt", "prompt", "metadata", "manifest", "grid", ".hidden", "a b", "é"]
    ),
    st.text(
        st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=3
    ).filter(lambda name: name not in (".", "..")),
)
SUFFIXES = st.sampled_from([".png", ".PNG", ".jpg", ".txt", ".jsonl", ".csv", ""])
CONTENTS = st.one_of(
    st.sampled_from(
        [
            PNG,
            JPEG,
            b"",
            b"<cow> ",
            b"<man> <cat>",
            b"cow, dog",
            b"<",
            b"\xff",
            b'{"prompt": "A cow."}',
            b'{"id": "t2i/0/00", "prompt": "x"}',
            b"{}",
            b"image,template,names\nt2i/0/0.png,0,cow\n0.png,12,<man> <cat>\n",
            b"image,id\nt2i/0/0.png,t2i/0/00\n0.png,edit/4/00\n",
            b'{"image": "x/0.png", "template": 4, "names": ["cow"], "source": "0.png"}\n[]\n',
        ]
    ),
    st.binary(max_size=20),
)
FILES = st.tuples(st.lists(PARTS, max_size=3), STEMS, SUFFIXES, CONTENTS)
LAYOUTS = st.sampled_from(
    [
        {},
        {"t2i/0/0.png": PNG},
        {"imageedit/4/0.png": PNG, "imageedit_unedit/4/0.png": JPEG},
        {"00000/metadata.jsonl": '{"prompt": "A cow."}', "00000/samples/0000.png": PNG},
        {"manifest.csv": "image,template,names\nt2i/0/0.png,0,cow\n"},
    ]
)
MINE = suite(sample("t2i/0/00", "cow", prompt="A cow."), sample("edit/4/00", "cow", source="s.png"))


@settings(max_examples=100, deadline=None)
@given(start=LAYOUTS, files=st.lists(FILES, max_size=12), mine=st.sampled_from([None, MINE]))
@example(start={}, files=[([], "manifest", ".csv", b"image,id\n"), (["t2i"], "0", ".png", b"")], mine=None)
def test_any_tree_is_accounted_for_or_refused_in_one_line(start, files, mine):
    root = Path(tempfile.mkdtemp()).resolve()
    try:
        plant(root, start)
        for folders, stem, suffix, content in files:
            try:
                plant(root, {"/".join([*folders, stem + suffix]): content})
            except OSError:  # a file where a folder should be, or the other way round
                continue
        refusal = ""
        try:
            look(root, mine)
        except InputError as error:
            refusal = str(error)
        assert "\n" not in refusal
    finally:
        shutil.rmtree(root)
