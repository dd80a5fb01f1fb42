"""Runs that edit pictures: sources read, checked, rebuilt once; what is wrong with one harms no other."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genspace_core.errors import InputError
from genspace_core.images import decode_image
from genspace_core.run.engine import Observer, execute, preview
from genspace_core.run.layout import DATABASE, RUN_FILE, SCORES_FILE
from genspace_core.run.local import InlineExecutor, PoolExecutor
from genspace_core.run.reader import StoredRun
from genspace_core.run.rescore import score_run
from genspace_core.run.store import Store
from genspace_core.suite.canonical import make_suite
from genspace_core.types import Sample

SHADES = {"a": 200, "b": 150}


def write_picture(path: Path, shade: int = 200) -> str:
    """A plain grey source; returns the digest of its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 4, 3), shade, np.uint8)).save(path)
    return sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def make_edits(make_spec, tmp_path):
    """A run of edits: (prompt, source) pairs, the sources written unless they exist or end in "gone"."""

    def make(edits, *, frozen=False, bystanders=(), **options):
        from genspace_core.plugins.config import resolve

        generator = options.pop("generator", None)
        spec = make_spec(["x"], plugin="edits", generator=generator, **options)
        samples = []
        for i, (prompt, source) in enumerate(edits):
            path = tmp_path / "suite" / f"{source}.png"
            digest = None
            if not source.startswith("gone"):
                digest = (
                    sha256(path.read_bytes()).hexdigest()
                    if path.exists()
                    else write_picture(path, SHADES.get(source, 200))
                )
            samples.append(
                Sample(
                    id=f"edit/4/{i:03d}",
                    task="edit",
                    sub_domain="object_pose",
                    template=4,
                    prompt=prompt,
                    objects=("dog",),
                    source=f"{source}.png",
                    source_sha256=digest if frozen else None,
                    bystanders=tuple(bystanders),
                )
            )
        metrics = (resolve("metrics", "moved"),)
        return replace(spec, suite=make_suite("edits", "1", samples, tmp_path / "suite"), metrics=metrics)

    return make


def run(spec, executor=None):
    troubles = execute(spec, executor or InlineExecutor(), Observer())
    return troubles, list(StoredRun(spec.directory))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_the_picture_is_made_from_its_source_and_judged_beside_it(make_edits, tmp_path):
    troubles, results = run(make_edits([("darken", "a"), ("keep", "b")], bystanders=["cat"]))
    assert troubles.count == 0
    first, second = results
    assert decode_image(first.image.read_bytes(), "x")[0, 0, 0] == 200 - len("darken")
    assert first.scores["moved"].value == pytest.approx(0.006)
    assert second.scores["moved"].value == 0.0
    assert first.scores["moved"].reason == "dog cat"  # bystanders are looked for too
    assert first.source == tmp_path / "suite" / "a.png"


def test_preservation_is_kept_and_exported(make_edits):
    spec = make_edits([("darken", "a")])
    _, (result,) = run(spec)
    assert result.scores["moved"].preservation == 0.75
    assert result.scores["moved"].kept[0].constraint == "place"
    (line,) = (spec.directory / SCORES_FILE).read_text().splitlines()
    assert json.loads(line)["preservation"] == 0.75
    assert json.loads(line)["kept"][0]["constraint"] == "place"


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_source_is_rebuilt_once(make_edits, tmp_path, workers):
    """Six edits of one picture and two of another: two sources and eight results are looked at."""
    log = tmp_path / "looks"
    spec = make_edits(
        [(f"edit {'x' * i}", "a") for i in range(6)] + [("edit", "b"), ("edit!", "b")],
        reconstructor={"log": str(log)},
    )
    assert preview(spec).sources == 2
    executor = InlineExecutor() if workers == 1 else PoolExecutor(workers)
    try:
        run(spec, executor)
    finally:
        executor.shutdown()
    assert lines(log) == 2 + 8
    assert preview(spec).sources == 0


def test_images_of_one_prompt_share_its_source(make_edits, tmp_path):
    log = tmp_path / "looks"
    spec = make_edits([("edit", "a")], images=3, reconstructor={"log": str(log)})
    _, results = run(spec)
    assert len(results) == 3
    # The editor ignores the seed, so that the three results are one picture, looked at thrice at the most.
    assert lines(log) <= 1 + 3


def test_a_second_model_finds_the_sources_rebuilt(make_edits, tmp_path):
    log = tmp_path / "looks"
    options = {"reconstructor": {"log": str(log)}}
    run(make_edits([("edit", "a"), ("edit", "b")], directory="runs/one", **options))
    before = lines(log)
    other = make_edits(
        [("edit", "a"), ("edit", "b")], directory="runs/two", generator={"colour": 7}, **options
    )
    assert preview(other).sources == 0
    _, results = run(other)
    assert lines(log) - before == 2  # the two results alone
    assert all(result.scores["moved"].value > 0 for result in results)


def test_a_neighbour_that_cannot_be_read_is_left_alone(make_edits, tmp_path):
    broken = tmp_path / "runs" / "broken"
    broken.mkdir(parents=True)
    (broken / DATABASE).write_bytes(b"no database at all" * 100)
    _, results = run(make_edits([("edit", "a")], directory="runs/one"))
    assert results[0].scores["moved"].value > 0
    assert (broken / DATABASE).read_bytes().startswith(b"no database")


def test_scoring_again_sees_the_source(make_edits):
    from genspace_core.plugins.config import resolve

    spec = make_edits([("edit it", "a")])
    _, (before,) = run(spec)
    assert score_run(spec.directory, resolve("metrics", "moved")) == 1
    (after,) = StoredRun(spec.directory)
    assert after.scores == before.scores


def test_resume_makes_and_rebuilds_nothing_twice(make_edits, tmp_path):
    calls, looks = tmp_path / "calls", tmp_path / "looks"
    spec = make_edits(
        [(f"edit {i}", "a") for i in range(5)],
        generator={"calls": str(calls)},
        reconstructor={"log": str(looks)},
    )
    run(spec)
    first = (lines(calls), lines(looks), (spec.directory / SCORES_FILE).read_bytes())
    run(spec)
    assert (lines(calls), lines(looks), (spec.directory / SCORES_FILE).read_bytes()) == first


def test_another_source_is_another_picture(make_edits, tmp_path):
    spec = make_edits([("edit", "a")])
    _, (before,) = run(spec)
    write_picture(tmp_path / "suite" / "a.png", 120)
    _, (after,) = run(spec)
    assert after.image != before.image
    assert decode_image(after.image.read_bytes(), "x")[0, 0, 0] == 120 - len("edit")


def test_a_frozen_source_that_changed_is_noticed(make_edits, tmp_path):
    spec = make_edits([("edit", "a"), ("edit", "b")], frozen=True)
    write_picture(tmp_path / "suite" / "a.png", 120)
    troubles, results = run(spec)
    assert [r.generation for r in results] == ["failed", "ok"]
    assert "a.png: not the source picture that the suite was made with" in results[0].generation_detail
    assert troubles.count == 1


SPOILT = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no picture"),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("how", SPOILT)
def test_one_bad_source_harms_no_other(make_edits, tmp_path, how):
    calls = tmp_path / "calls"
    spec = make_edits([("one", "a"), ("two", "bad"), ("three", "b")], generator={"calls": str(calls)})
    SPOILT[how](tmp_path / "suite" / "bad.png")
    troubles, results = run(spec)
    assert [r.generation for r in results] == ["ok", "failed", "ok"]
    assert "bad.png" in results[1].generation_detail
    assert troubles.count == 1
    assert sorted(calls.read_text().split()) == ["one", "three"]  # the model was not asked in vain
    bad = tmp_path / "suite" / "bad.png"
    shutil.rmtree(bad) if bad.is_dir() else bad.unlink(missing_ok=True)
    write_picture(bad)
    troubles, results = run(spec)  # mended, it is made without being told to
    assert [r.generation for r in results] == ["ok"] * 3
    assert troubles.count == 0


def test_many_bad_sources_in_a_row_do_not_stop_the_run(make_edits):
    spec = make_edits([*((f"edit {i}", f"gone{i}") for i in range(25)), ("edit", "a")])
    troubles, results = run(spec)
    assert troubles.count == 25
    assert [r.generation for r in results] == ["failed"] * 25 + ["ok"]


def test_a_source_that_cannot_be_rebuilt_is_told(make_edits):
    spec = make_edits([("edit", "a")], reconstructor={"gives_up": True})
    troubles, (result,) = run(spec)
    assert result.reconstruction == "failed"
    assert any("source: too dark" in line for line in troubles.examples)


def test_a_source_that_failed_once_spoils_no_score(make_edits, tmp_path):
    """Its edits have no score until it is rebuilt, and then the right one; nothing stale is left."""
    stumble = tmp_path / "stumble"
    spec = make_edits([("edit", "a"), ("edit", "b")], reconstructor={"no_memory_for": str(stumble)})
    stumble.write_text(str(SHADES["a"]))
    troubles, (first, second) = run(spec)
    assert troubles.count == 1
    assert first.reconstruction == "ok"
    assert first.scores == {}
    assert second.scores["moved"].value > 0
    assert preview(spec).scores == 1
    from genspace_core.plugins.config import resolve

    assert score_run(spec.directory, resolve("metrics", "moved")) == 1  # scoring again spoils it no more
    stumble.unlink()
    troubles, (first, _) = run(spec)
    assert troubles.count == 0
    assert first.scores["moved"].value > 0
    assert not first.scores["moved"].undecidable
    assert not preview(spec).any


def test_a_result_that_is_its_source_is_not_rebuilt_again(make_edits, tmp_path):
    log = tmp_path / "looks"
    spec = make_edits([("keep", "a"), ("keep", "b")], reconstructor={"log": str(log)})
    _, results = run(spec)
    # Another encoder would give other bytes; this one writes what the fixture wrote.
    assert [r.image.read_bytes() == r.source.read_bytes() for r in results] == [True, True]
    assert lines(log) == 2
    assert [r.scores["moved"].value for r in results] == [0.0, 0.0]


def test_a_suite_without_its_pictures_is_refused_before_anything_is_made(make_edits, tmp_path):
    spec = make_edits([("edit", "gone1"), ("edit", "gone2")])
    with pytest.raises(InputError, match=r"none of its 2 source pictures; make them with: .* build-edit"):
        run(spec)
    with pytest.raises(InputError, match="it has no source pictures"):
        run(replace(spec, suite=replace(spec.suite, root=None)))
    assert not spec.directory.exists()


def test_a_model_that_cannot_edit_is_refused(make_edits):
    from genspace_core.plugins.config import resolve

    spec = make_edits([("edit", "a")])
    with pytest.raises(InputError, match=r"fake cannot do edit.*it does t2i"):
        run(replace(spec, generator=resolve("generators", "fake")))


def test_provenance_says_where_the_sources_were(make_edits, tmp_path):
    spec = make_edits([("edit", "a")])
    run(spec)
    facts = json.loads((spec.directory / RUN_FILE).read_text())
    assert facts["suite"]["root"] == str(tmp_path / "suite")


def test_a_moved_suite_keeps_its_runs_readable(make_edits, tmp_path):
    spec = make_edits([("edit", "a")])
    run(spec)
    shutil.move(tmp_path / "suite", tmp_path / "elsewhere")
    (result,) = StoredRun(spec.directory)
    assert result.scores["moved"].value > 0
    assert not result.source.exists()


def test_the_journal_knows_each_source(make_edits, tmp_path):
    spec = make_edits([("edit", "a")])
    run(spec)
    with Store(spec.directory / DATABASE, write=False) as store:
        (row,) = store.progress(spec.reconstructor_key)
    assert row.source == sha256((tmp_path / "suite" / "a.png").read_bytes()).hexdigest()
    assert row.before == "ok"
