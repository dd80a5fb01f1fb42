"""Sources of pictures made elsewhere: known by their bytes, wherever they lie."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genspace_core.pictures.collect import collect
from genspace_core.pictures.sources import with_digests
from genspace_core.suite.build_edit import build_edit
from genspace_core.suite.canonical import make_suite
from genspace_core.types import Suite


def paint(path: Path, shade: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), shade, np.uint8)).save(path)
    return sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def suite(tmp_path) -> Suite:
    """Two edits with frozen sources."""
    samples = []
    for i, sample in enumerate(build_edit().samples[200:202]):
        digest = paint(tmp_path / "suite" / str(sample.source), 100 + i)
        samples.append(replace(sample, source_sha256=digest))
    return make_suite("genspace-edit", "1", samples, tmp_path / "suite")


def published(folder: Path, suite: Suite, *, shades: tuple[int, int] | None) -> Path:
    """Results, and the suite's own sources or others, as the published repository lays them out."""
    for i, sample in enumerate(suite):
        number = f"{sample.template}/{int(sample.id[-2:])}.png"
        paint(folder / "imageedit" / number, 7)
        names = " ".join(f"<{name}>" for name in sample.objects)
        (folder / "imageedit" / number).with_suffix(".txt").write_text(names)
        source = folder / "imageedit_unedit" / number
        if shades is None:
            source.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(suite.root / sample.source, source)
        else:
            paint(source, shades[i])
    return folder


def asked(collection) -> str:
    return make_suite("x", "1", [found.sample for found in collection.found]).digest


def test_the_same_bytes_elsewhere_are_the_same_questions(suite, tmp_path):
    copy = with_digests(collect(published(tmp_path / "copy", suite, shades=None), suite))
    assert asked(copy) == suite.digest
    assert [r.text for r in copy.remarks if "own" in r.text] == []


def test_the_suites_own_sources_serve_where_the_folder_has_none(suite, tmp_path):
    folder = published(tmp_path / "results", suite, shades=None)
    shutil.rmtree(folder / "imageedit_unedit")
    assert asked(with_digests(collect(folder, suite))) == suite.digest


def test_other_sources_are_other_questions_and_said_so(suite, tmp_path):
    other = with_digests(collect(published(tmp_path / "other", suite, shades=(100, 42)), suite))
    assert asked(other) != suite.digest
    (remark,) = [r for r in other.remarks if "not the suite's own" in r.text]
    assert remark.placed
    alone = [with_digests(collect(published(tmp_path / n, suite, shades=s), None)) for n, s in
             (("a", (1, 2)), ("b", (1, 2)), ("c", (1, 3)))]  # fmt: skip
    assert asked(alone[0]) == asked(alone[1]) != asked(alone[2])


def test_a_second_source_for_one_sample_is_left_out(suite, tmp_path):
    folder = published(tmp_path / "twice", suite, shades=None)
    first = suite.samples[0]
    paint(folder / "elsewhere.png", 3)
    rows = [
        {"image": f"imageedit/{first.template}/{int(first.id[-2:])}.png", "id": first.id, "source": source}
        for source in (f"imageedit_unedit/{first.template}/{int(first.id[-2:])}.png", "elsewhere.png")
    ]
    for order in (rows, rows[::-1]):
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in order))
        collection = with_digests(collect(folder / "rows.jsonl", suite))
        assert len(collection.found) == 1
        assert any("another source" in r.text and not r.placed for r in collection.remarks)


def test_a_manifest_that_names_sources_means_edits(suite, tmp_path):
    folder = published(tmp_path / "named", suite, shades=None)
    sample = suite.samples[0]
    number = f"{sample.template}/{int(sample.id[-2:])}.png"
    row = {"image": f"imageedit/{number}", "template": sample.template, "names": list(sample.objects)}
    for extra in ({}, {"source": f"imageedit_unedit/{number}"}):
        (folder / "rows.jsonl").write_text(json.dumps(row | extra) + "\n")
        (found,) = collect(folder / "rows.jsonl", suite).found
        assert found.sample.id == sample.id
