"""Making and freezing sources: what fits, what fails, and that frozen is frozen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from genspace_core.errors import InputError, StorageError
from genspace_core.images import decode_image
from genspace_core.run.engine import Observer, locked
from genspace_core.run.local import InlineExecutor
from genspace_core.run.sources import SourceSpec, check_folder, is_finished, make_sources
from genspace_core.suite.build_edit import build_edit_questions
from genspace_core.suite.io import read_suite

TURNS = [q for q in build_edit_questions() if q.sample.template in (4, 5)]
ADDS = [q for q in build_edit_questions() if q.sample.template == 16]


@pytest.fixture
def make_spec(make_spec, tmp_path):
    """Fakes that find whatever they are asked for; a metric that says nothing has moved."""

    def make(questions, **changes) -> SourceSpec:
        from genspace_core.plugins.config import resolve

        reconstructor = changes.pop("reconstructor", {})
        spec = SourceSpec(
            out=tmp_path / "edits",
            questions=tuple(questions),
            generator=resolve("generators", "fake", overrides={"calls": str(tmp_path / "calls")}),
            reconstructor=resolve("reconstructors", "look", overrides=reconstructor),
            metric=resolve("metrics", "moved"),
        )
        return replace(spec, **changes)

    return make


def make(spec: SourceSpec):
    return make_sources(spec, InlineExecutor(), Observer())


def calls(folder: Path) -> int:
    path = folder / "calls"
    return len(path.read_text().splitlines()) if path.exists() else 0


def shade_of(spec: SourceSpec, sample_id: str) -> int:
    """What the fake generator paints for a sample at the first attempt."""
    return spec.run(spec.questions, 0).seed_of(sample_id, 0) % 251


def test_what_fits_is_frozen_and_known_by_its_bytes(make_spec):
    spec = make_spec(TURNS[:6])
    made = make(spec)
    suite = read_suite(spec.out)
    assert suite == made.suite
    assert [s.id for s in suite] == [q.sample.id for q in TURNS[:6]]
    assert made.left_out == {}
    assert is_finished(spec)
    for sample in suite:
        pixels = decode_image((spec.out / sample.source).read_bytes(), "x")
        assert pixels[1, 1, 0] == shade_of(spec, sample.id)


def test_what_does_not_fit_is_made_again_and_left_out_in_the_end(make_spec, tmp_path):
    """The fake finds also what the edit is to add."""
    spec = make_spec([*TURNS[:2], *ADDS[:2]], attempts=3)
    made = make(spec)
    assert calls(tmp_path) == 2 + 3 * 2
    assert sorted(made.left_out) == [q.sample.id for q in ADDS[:2]]
    assert all("already shows a" in fault for fault in made.left_out.values())
    assert len(read_suite(spec.out)) == 2
    again = make(spec)
    assert calls(tmp_path) == 2 + 3 * 2  # nothing is made twice
    assert (again.suite, again.left_out) == (made.suite, made.left_out)


def test_a_technical_failure_buys_no_picture_and_freezes_nothing(make_spec, tmp_path):
    stumble = tmp_path / "stumble"
    spec = make_spec(TURNS[:5], reconstructor={"no_memory_for": str(stumble)})
    stumble.write_text(str(shade_of(spec, TURNS[2].sample.id)))
    made = make(spec)
    assert made.suite is None
    assert made.troubles.count == 1
    assert calls(tmp_path) == 5
    assert not (spec.out / "suite.jsonl").exists()
    skipped = make(replace(spec, out=tmp_path / "other", skip_failed=True))
    assert list(skipped.left_out) == [TURNS[2].sample.id]
    assert len(skipped.suite) == 4
    stumble.unlink()
    assert len(make(spec).suite) == 5
    assert calls(tmp_path) == 5 + 5  # those of the other folder, and no more


def test_fewer_edits_than_are_frozen_need_force(make_spec):
    spec = make_spec(TURNS[:4])
    make(spec)
    fewer = make_spec(TURNS[:2])
    with pytest.raises(InputError, match=r"2 edits more than are asked for now.*--force"):
        check_folder(fewer)
    check_folder(fewer, force=True)
    make(fewer)
    assert len(read_suite(spec.out)) == 2
    left = [p for p in (spec.out / "sources").rglob("*") if p.is_file()]
    assert len(left) == 2  # no picture stays that nobody asks for


def test_more_edits_leave_what_is_there(make_spec, tmp_path):
    make(make_spec(TURNS[:2]))
    before = read_suite(tmp_path / "edits").samples
    spec = make_spec(TURNS[:4])
    check_folder(spec)
    assert not is_finished(spec)
    make(spec)
    assert read_suite(tmp_path / "edits").samples[:2] == before
    assert calls(tmp_path) == 4


@pytest.mark.parametrize(
    ("change", "named"), [({"seed": 3}, "seed"), ({"reconstructor": {"drop": 1}}, "reconstructor")]
)
def test_other_settings_are_named(make_spec, change, named):
    make(make_spec(TURNS[:2]))
    with pytest.raises(InputError, match=f"another {named}; choose another --out"):
        check_folder(make_spec(TURNS[:2], **change))


def test_more_attempts_are_no_other_settings(make_spec):
    make(make_spec(TURNS[:2]))
    check_folder(make_spec(TURNS[:2], attempts=9))


def test_a_file_is_no_folder(make_spec, tmp_path):
    (tmp_path / "edits").write_text("x")
    with pytest.raises(InputError, match="is a file; name a folder"):
        check_folder(make_spec(TURNS[:2]))


def test_two_builds_in_one_folder_do_not_mix(make_spec):
    spec = make_spec(TURNS[:2])
    spec.out.mkdir()
    with locked(spec.out), pytest.raises(StorageError, match="another genspace run is writing here"):
        make(spec)


def test_provenance_names_what_was_left_out(make_spec):
    spec = make_spec([*TURNS[:1], *ADDS[:1]], attempts=1)
    make(spec)
    facts = json.loads((spec.out / "sources.json").read_text())
    assert list(facts["left_out"]) == [ADDS[0].sample.id]
    assert facts["attempts"] == {TURNS[0].sample.id: 0}
    assert facts["suite"]["digest"] == read_suite(spec.out).digest
