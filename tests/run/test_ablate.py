"""Judging a run with variants of its reconstructor: what is used again, kept, counted and refused."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from PIL import Image

from genspace_core.analysis import build_leaderboard
from genspace_core.errors import ConfigError, InputError, PluginError
from genspace_core.images import image_digest
from genspace_core.plugins.config import resolve
from genspace_core.report import render
from genspace_core.run.ablate import judge_again, preview_judging, spec_of
from genspace_core.run.engine import Observer, execute
from genspace_core.run.local import InlineExecutor, PoolExecutor
from genspace_core.run.plan import RunSpec
from genspace_core.run.reader import StoredRun
from genspace_core.run.swaps import Swap, Variant, instead_of, read_swaps, resolve_variant, variants
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.subdomains import sub_domain_of
from genspace_core.types import Sample
from tests.run.staged_plugins import install, tables

LONGER = Variant((Swap("depth", "longer"),))
MANY = 60  # far more than are judged in one call


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(install(tmp_path_factory.mktemp("stages"))))
        yield


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def make_run(tmp_path, log, monkeypatch):
    """Make and rebuild that many pictures, shade 0 and up; returns the run."""
    monkeypatch.setenv("GENSPACE_PLUGINS", str(_tables(tmp_path, log)))

    def make(count, **how) -> StoredRun:
        return _make(tmp_path, count, **how)

    return make


@pytest.fixture(scope="module")
def ready(tmp_path_factory, installed):
    """A folder with a run of one picture."""
    folder = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENSPACE_PLUGINS", str(_tables(folder, folder / "log")))
        _make(folder, 1)
    return folder


@pytest.fixture
def one_run(ready, tmp_path, monkeypatch) -> StoredRun:
    """A copy of it, to be spoilt."""
    monkeypatch.setenv("GENSPACE_PLUGINS", str(ready / "tables.toml"))
    copytree(ready / "run", tmp_path / "run")
    return StoredRun(tmp_path / "run")


def _tables(folder: Path, log: Path) -> Path:
    file = folder / "tables.toml"
    file.write_text(tables(log, stumbles=str(folder / "stumbles")))
    return file


def _make(
    folder,
    count,
    *,
    reconstructor="rebuilt",
    executor=None,
    task="t2i",
    metrics=("focal",),
    directory="run",
) -> StoredRun:
    samples = [
        Sample(
            id=f"{task}/{i % 8}/{i:03d}",
            task=task,
            sub_domain=sub_domain_of(i % 8),
            template=i % 8,
            prompt=f"shade {i}",
            objects=("dog",),
        )
        for i in range(count)
    ]
    if task == "edit":
        Image.fromarray(np.full((4, 4, 3), 200, np.uint8)).save(folder / "source.png")
        digest = image_digest((folder / "source.png").read_bytes())
        samples = [replace(s, source="source.png", source_sha256=digest) for s in samples]
    spec = RunSpec(
        directory=folder / directory,
        suite=make_suite("test", "1", samples, folder),
        generator=resolve("generators", "shade"),
        reconstructor=resolve("reconstructors", reconstructor),
        metrics=tuple(resolve("metrics", name) for name in metrics),
    )
    troubles = execute(spec, executor or InlineExecutor(), Observer())
    assert troubles.count == 0, troubles.examples
    return StoredRun(spec.directory)


def asked(log: Path) -> Counter[str]:
    """How often each stage was asked about a picture."""
    return Counter(line.split()[0] for line in log.read_text().splitlines())


def judged(run: StoredRun, variant: Variant = LONGER, executor=None):
    spec = spec_of(run, resolve_variant(run, variant))
    work = judge_again(spec, variant.label, executor or InlineExecutor(), Observer())
    return work, list(run.under(spec.reconstructor_key))


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("workers", [1, 2])
def test_swapping_depth_of_many_pictures_detects_and_orients_nothing_anew(make_run, log, workers):
    executor = InlineExecutor() if workers == 1 else PoolExecutor(workers)
    try:
        run = make_run(MANY, executor=executor)
        every = dict.fromkeys(("detector", "depth", "camera", "orientation"), MANY)
        assert asked(log) == every
        work, results = judged(run, executor=executor)
    finally:
        executor.shutdown()
    assert asked(log) == every | {"depth": 2 * MANY}
    assert (work.rebuilt, work.there, work.troubles.count) == (MANY, 0, 0)
    assert work.computed == {"detector": 0, "depth": MANY, "camera": 0, "orientation": 0}
    assert work.kept == {"detector": MANY, "depth": 0, "camera": MANY, "orientation": MANY}
    for shade, (before, after) in enumerate(zip(run, results, strict=True)):
        assert before.scores["focal"].value == pytest.approx(shade / 255)
        assert after.scores["focal"].value == pytest.approx((shade + 30) / 255)


def test_a_camera_that_reads_depth_is_asked_again_when_depth_is_swapped(make_run, log):
    run = make_run(8, reconstructor="deep")
    work, _ = judged(run)
    assert asked(log) == {"detector": 8, "depth": 16, "camera": 16, "orientation": 8}
    assert work.computed == {"detector": 0, "depth": 8, "camera": 8, "orientation": 0}


def test_a_value_swapped_asks_no_stage_at_all(make_run, log):
    run = make_run(8)
    before = asked(log)
    _, results = judged(run, Variant((Swap("intrinsics", "camera"),)))
    assert asked(log) == before
    assert [r.scores["focal"].value for r in results] == [1.0] * 8  # the calibrator's 500 pixels


def test_a_stage_left_out_is_not_asked(make_run, log):
    run = make_run(8)
    work, _ = judged(run, Variant((Swap("orientation", "none"),)))
    assert set(work.computed) == {"detector", "depth", "camera"}
    assert not any(work.computed.values())


def test_repeating_finds_everything_there(make_run, log):
    run = make_run(8)
    judged(run)
    before = log.read_text()
    work, results = judged(run)
    assert (work.rebuilt, work.there, dict(work.computed)) == (0, 8, {})
    assert log.read_text() == before
    assert all(r.scores for r in results)


def test_the_run_itself_stays_as_it_was(make_run):
    run = make_run(8)
    kept = [run.directory / name for name in ("run.json", "scores.jsonl", "suite.jsonl")]
    before = [file.read_bytes() for file in kept]
    board = render(build_leaderboard([run], "focal"), "json")
    facts = {**run.provenance}
    judged(run)
    again = StoredRun(run.directory)
    assert [file.read_bytes() for file in kept] == before
    assert render(build_leaderboard([again], "focal"), "json") == board
    own, ablation = again.provenance["sessions"]
    assert [own] == facts.pop("sessions")
    assert {name: again.provenance[name] for name in facts} == facts
    assert ablation["variant"] == "depth=longer"
    assert ablation["reconstructor"]["config"]["depth"]["name"] == "longer"


def test_a_stop_loses_nothing_that_was_finished(make_run, log):
    run = make_run(8)

    class Stops(Observer):
        count = 0

        def judged(self, result):
            self.count += 1
            if self.count == 3:
                raise KeyboardInterrupt

    spec = spec_of(run, resolve_variant(run, LONGER))
    with pytest.raises(KeyboardInterrupt):
        judge_again(spec, "x", InlineExecutor(), Stops())
    work, _ = judged(run)
    assert work.there >= 3
    assert work.there + work.rebuilt == 8
    assert asked(log)["depth"] == 16


def test_failures_are_counted_told_and_tried_again(make_run, tmp_path):
    run = make_run(8)
    (tmp_path / "stumbles").touch()
    work, results = judged(run)
    assert work.troubles.count == 4
    assert "depth longer: too even" in work.troubles.examples[0]
    assert [r.reconstruction for r in results] == ["failed", "object_missing"] * 4
    (tmp_path / "stumbles").unlink()
    work, results = judged(run)
    assert (work.rebuilt, work.there, work.troubles.count) == (4, 4, 0)
    assert all(r.scores for r in results)


def test_sources_of_edits_are_rebuilt_too(make_run, log):
    run = make_run(8, task="edit", metrics=("gap",))
    assert asked(log)["detector"] == 8  # one source, and 8 edits of which one gives it back
    work, results = judged(run)
    assert (work.sources, work.rebuilt, work.computed["detector"]) == (1, 8, 0)
    assert [r.scores["gap"].value for r in run] == [0.201] * 8
    assert [r.scores["gap"].value for r in results] == [0.231] * 8
    assert [r.scores["gap"].passed for r in results] == [False] + [True] * 7


def test_a_source_is_rebuilt_once_for_the_runs_beside_each_other(make_run, log):
    first, second = (make_run(2, task="edit", metrics=("gap",), directory=name) for name in ("a", "b"))
    assert judged(first)[0].sources == 1
    work, results = judged(second)
    assert work.sources == 0
    assert all(r.scores for r in results)


def test_a_preview_counts_and_writes_nothing(make_run, log):
    run = make_run(8, task="edit", metrics=("gap",))
    judged_before = log.read_text()
    before = {p: p.stat().st_mtime_ns for p in run.directory.rglob("*") if "run.db-" not in p.name}
    todo = preview_judging(spec_of(run, resolve_variant(run, LONGER)))
    assert (todo.pictures, todo.sources, todo.scenes, todo.scores) == (0, 1, 8, 8)
    assert {p: p.stat().st_mtime_ns for p in run.directory.rglob("*") if "run.db-" not in p.name} == before
    assert log.read_text() == judged_before


# --- which variants there are ---------------------------------------------------------------------


def test_one_variant_for_each_name_or_every_combination():
    swaps = read_swaps(["depth=a,b", "depth=b", "camera=c"])
    assert swaps == {"depth": ["a", "b"], "camera": ["c"]}
    one_by_one = ["depth=a", "depth=b", "camera=c"]
    assert [v.label for v in variants(swaps, grid=False)] == one_by_one
    labels = [v.label for v in variants(swaps, grid=True)]
    assert labels == ["camera=c", "depth=a", "depth=b", "depth=a camera=c", "depth=b camera=c"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("depht=a", 'unknown key "depht" (did you mean "depth"? allowed: detector, depth, camera'),
        ("keep=no", 'unknown key "keep"'),
        ("depth", "write KEY=NAME"),
        ("depth=", "write KEY=NAME"),
        ("depth=a,,b", "write KEY=NAME"),
    ],
)
def test_what_cannot_be_swapped_is_said(text, told):
    with pytest.raises(InputError) as caught:
        read_swaps([text])
    assert told in str(caught.value)
    assert text in str(caught.value)


def test_what_changes_nothing_is_no_variant(one_run):
    for key, value in (("depth", "right"), ("depth", "same"), ("intrinsics", "depth"), ("height", "none")):
        assert resolve_variant(one_run, Variant((Swap(key, value),))) is None


def test_what_stood_there_before_is_named(one_run):
    swapped = Variant((Swap("depth", "longer"), Swap("height", "64"), Swap("lifting", "paper")))
    assert instead_of(one_run, swapped) == "depth=right height=none lifting=default"


@pytest.mark.parametrize(
    ("key", "value", "error", "told"),
    [
        ("depth", "lnger", PluginError, 'unknown depth estimator "lnger" (did you mean "longer"?'),
        ("lifting", "papr", ConfigError, 'lifting = "papr" is not allowed (did you mean "paper"?'),
        ("height", "12", ConfigError, "height"),
        ("depth", "none", ConfigError, "depth"),
    ],
)
def test_a_value_that_cannot_be_is_said(one_run, key, value, error, told):
    with pytest.raises(error) as caught:
        resolve_variant(one_run, Variant((Swap(key, value),)))
    assert f"--swap {key}={value}: " in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def _rewrite(run: StoredRun, old: str, new: str) -> StoredRun:
    """The run as another installation would have recorded it."""
    with sqlite3.connect(run.directory / "run.db") as db:
        (text,) = db.execute("SELECT value FROM facts").fetchone()
        assert old in text
        db.execute("UPDATE facts SET value = ?", (text.replace(old, new),))
    return StoredRun(run.directory)


def test_a_base_stage_that_is_gone_is_named_unless_it_is_swapped(one_run):
    gone = _rewrite(one_run, '"plugin": "eye"', '"plugin": "ear"')
    with pytest.raises(PluginError, match=r"run: a stage it was rebuilt with is not there: .*\"ear\""):
        resolve_variant(gone, LONGER)
    gone = _rewrite(
        _rewrite(one_run, '"plugin": "ear"', '"plugin": "eye"'), '"plugin": "rule"', '"plugin": "x"'
    )
    assert resolve_variant(gone, LONGER) is not None


def test_a_base_that_would_come_out_otherwise_by_now_is_refused(one_run):
    level = '"camera": {"plugin": "level", "version": "1"'
    with pytest.raises(InputError, match="run: camera would give other results by now"):
        resolve_variant(_rewrite(one_run, level, level.replace('"1"', '"0"')), LONGER)


def test_a_metric_that_would_score_otherwise_by_now_is_refused(one_run):
    key = one_run.metric_keys["focal"]
    resolved = resolve_variant(one_run, LONGER)
    with pytest.raises(InputError, match=r"genspace score .*run --metric focal"):
        spec_of(_rewrite(one_run, key, "0" * 64), resolved)


def test_a_reconstructor_without_stages_is_refused(one_run):
    run = _rewrite(one_run, '"plugin": "staged"', '"plugin": "fiducial"')
    with pytest.raises(InputError, match="rebuilt with rebuilt, which has no stages to swap; repeat its"):
        resolve_variant(run, LONGER)
