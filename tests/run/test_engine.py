"""The run engine: outcomes, resume, content keys, retries and stops."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tenacity import wait_none

from genspace_core.errors import GeneratorStopped, GenSpaceError, StorageError
from genspace_core.run.engine import Observer, execute, locked, preview
from genspace_core.run.layout import SCORES_FILE
from genspace_core.run.local import InlineExecutor
from genspace_core.run.reader import StoredRun, open_runs
from genspace_core.types import GenerationOutcome, ReconstructionOutcome


def run(spec):
    troubles = execute(spec, InlineExecutor(), Observer())
    return troubles, list(StoredRun(spec.directory))


def calls(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def files(folder: Path) -> dict[Path, int]:
    """Every file with its time of change, but for SQLite's own shared-memory files."""
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if not p.name.startswith("run.db-")}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("genspace_core.run.retry._backoff", wait_none())


def test_every_picture_ends_in_an_outcome(make_spec):
    troubles, results = run(make_spec(["a dog", "refuse this", "bug here", "garbage", "a cat"]))
    assert [r.generation for r in results] == ["ok", "refused", "failed", "failed", "ok"]
    assert [r.reconstruction for r in results] == ["ok", None, None, None, "ok"]
    assert results[1].generation_detail == "blocked by moderation"
    assert "KeyError" in results[2].generation_detail
    assert "not a picture" in results[3].generation_detail
    assert troubles.count == 2
    assert [bool(r.scores) for r in results] == [True, False, False, False, True]


def test_a_refusal_is_final_and_a_failure_is_tried_again(make_spec, tmp_path):
    log = tmp_path / "calls"
    spec = make_spec(["a dog", "refuse this", "bug here"], generator={"calls": str(log)})
    run(spec)
    run(spec)
    assert calls(log) == ["a dog", "refuse this", "bug here", "bug here"]


def test_rate_limits_and_passing_faults_are_retried(make_spec, tmp_path):
    log = tmp_path / "calls"
    _, results = run(make_spec(["flaky one", "down now"], generator={"calls": str(log)}))
    assert calls(log).count("flaky one") == 3
    assert calls(log).count("down now") == 5
    assert [r.generation for r in results] == ["ok", "failed"]
    assert results[1].generation_detail == "HTTP 503"


def test_a_fatal_error_stops_and_keeps_what_is_done(make_spec, tmp_path):
    prompts = ["a dog", "a cat", "a cow", "fatal now", *["a hen"] * 50]
    spec = make_spec(prompts, generator={"calls": str(tmp_path / "calls")})
    with pytest.raises(GenSpaceError, match="set FAKE_KEY"):
        run(spec)
    results = list(StoredRun(spec.directory))
    assert [r.generation for r in results[:3]] == ["ok"] * 3
    assert sum(r.generation is None for r in results) > 40


def test_failures_in_a_row_stop_the_run(make_spec, tmp_path):
    log = tmp_path / "calls"
    spec = make_spec([f"bug {i}" for i in range(50)], generator={"calls": str(log)})
    for times in (1, 2):  # a repeated command goes on with what was never tried
        with pytest.raises(GeneratorStopped, match="in a row failed"):
            run(spec)
        assert len(calls(log)) < 20 * times
        assert len(set(calls(log))) == len(calls(log))


def test_resume_makes_nothing_twice(make_spec, tmp_path):
    log = tmp_path / "calls"
    spec = make_spec([f"a dog {i}" for i in range(20)], generator={"calls": str(log)})
    run(spec)
    before = (spec.directory / SCORES_FILE).read_bytes()
    run(spec)
    assert len(calls(log)) == 20
    assert (spec.directory / SCORES_FILE).read_bytes() == before


def test_the_same_results_whatever_the_batches(make_spec):
    first = make_spec([f"a dog {i}" for i in range(7)], directory="a")
    second = make_spec([f"a dog {i}" for i in range(7)], directory="b")
    run(first)
    for limit in (1, 4, 7):  # pictures arrive in other batches, in three commands
        part = make_spec([f"a dog {i}" for i in range(limit)], directory="b")
        run(part)
    run(second)
    assert (first.directory / SCORES_FILE).read_bytes() == (second.directory / SCORES_FILE).read_bytes()


def test_a_changed_metric_or_reconstructor_keeps_the_pictures(make_spec, tmp_path):
    made, looked = tmp_path / "calls", tmp_path / "looks"
    fake = {"calls": str(made)}
    prompts = ["a dog", "a cat"]
    run(make_spec(prompts, generator=fake, reconstructor={"log": str(looked)}))
    run(make_spec(prompts, generator=fake, reconstructor={"log": str(looked)}, metrics=("near", "far")))
    assert len(calls(made)) == 2
    assert len(calls(looked)) == 2  # a new metric reads the stored scenes
    _, results = run(make_spec(prompts, generator=fake, reconstructor={"log": str(looked), "drop": 1}))
    assert len(calls(made)) == 2
    assert len(calls(looked)) == 4
    assert [r.reconstruction for r in results] == [ReconstructionOutcome.OBJECT_MISSING] * 2


def test_a_changed_generator_or_seed_makes_new_pictures(make_spec, tmp_path):
    log = tmp_path / "calls"
    run(make_spec(["a dog"], generator={"calls": str(log)}))
    run(make_spec(["a dog"], generator={"calls": str(log), "colour": 9}))
    run(make_spec(["a dog"], generator={"calls": str(log)}, seed=1))
    assert len(calls(log)) == 3


def test_several_images_of_a_prompt_have_their_own_seeds(make_spec):
    _, results = run(make_spec(["a dog"], images=3))
    assert [r.image_index for r in results] == [0, 1, 2]
    assert len({r.image.read_bytes() for r in results}) == 3


def test_reconstruction_failures_are_reported_and_tried_again(make_spec):
    troubles, results = run(make_spec(["a dog"], reconstructor={"gives_up": True}))
    assert troubles.count == 1
    assert results[0].reconstruction == ReconstructionOutcome.FAILED
    assert results[0].reconstruction_detail == "too dark"


def test_a_picture_whose_file_is_gone_is_made_again(make_spec, tmp_path):
    log = tmp_path / "calls"
    spec = make_spec(["a dog", "a cat"], generator={"calls": str(log)})
    _, results = run(spec)
    results[0].image.unlink()
    run(spec)
    assert calls(log) == ["a dog", "a cat", "a dog"]


def test_a_finished_picture_that_was_not_recorded_is_taken_in(make_spec, tmp_path):
    log = tmp_path / "calls"
    spec = make_spec(["a dog", "a cat"], generator={"calls": str(log)})
    run(spec)
    before = (spec.directory / SCORES_FILE).read_bytes()
    for file in spec.directory.glob("run.db*"):
        file.unlink()  # as if killed between the last rename and the journal
    _, _results = run(spec)
    assert len(calls(log)) == 2
    assert (spec.directory / SCORES_FILE).read_bytes() == before


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"not a picture", lambda _: b""]
)
def test_a_damaged_picture_is_one_line_and_the_rest_goes_on(make_spec, damage):
    spec = make_spec(["a dog", "a cat"], reconstructor={"drop": 0})
    _, results = run(spec)
    results[0].image.write_bytes(damage(results[0].image.read_bytes()))
    changed = make_spec(["a dog", "a cat"], reconstructor={"drop": 1})  # forces a second look
    troubles, results = run(changed)
    assert troubles.count == 1
    told = "not the picture that was recorded; restore it, or delete it, and repeat the command"
    assert told in troubles.examples[0]
    assert results[1].reconstruction == ReconstructionOutcome.OBJECT_MISSING
    results[0].image.unlink()
    troubles, _ = run(changed)
    assert troubles.count == 0


def test_a_dry_run_writes_nothing_and_knows_the_cost(make_spec):
    spec = make_spec([f"a dog {i}" for i in range(4)])
    todo = preview(spec)
    assert (todo.pictures, todo.scenes, todo.scores, todo.cost) == (4, 4, 4, 1.0)
    assert not spec.directory.exists()
    run(make_spec([f"a dog {i}" for i in range(3)]))
    before = files(spec.directory)
    todo = preview(spec)
    assert (todo.pictures, todo.pictures_done) == (1, 3)
    assert {
        p: p.stat().st_mtime_ns for p in spec.directory.rglob("*") if not p.name.startswith("run.db-")
    } == {p: t for p, t in before.items() if not p.name.startswith("run.db-")}


def test_two_runs_do_not_write_into_one_directory(make_spec):
    spec = make_spec(["a dog"])
    run(spec)
    with locked(spec.directory), pytest.raises(StorageError, match="another genspace run is writing here"):
        run(spec)


def test_a_place_that_cannot_be_written_is_one_line(make_spec, tmp_path):
    (tmp_path / "file").write_text("in the way")
    spec = make_spec(["a dog"], directory="file/run")
    with pytest.raises(StorageError, match=r"cannot write .*file"):
        run(spec)


def test_provenance_and_cost_are_in_run_json(make_spec):
    spec = make_spec(["a dog", "a cat"], seed=5)
    run(spec)
    facts = json.loads((spec.directory / "run.json").read_text())
    assert facts["seed"] == 5
    assert facts["cost_usd"] == 0.5
    assert facts["suite"]["digest"] == spec.suite.digest
    assert facts["generator"]["distribution"] == "fake-plugins 1.0"
    (session,) = facts["sessions"]
    assert session["seconds"] > 0
    assert session["packages"]["numpy"]


def test_results_name_their_pictures_and_scores(make_spec):
    spec = make_spec(["a dog"], metrics=("near", "far"))
    run(spec)
    (opened,) = open_runs([spec.directory])
    (result,) = list(opened)
    assert result.generation == GenerationOutcome.OK
    assert result.image.is_file()
    assert set(result.scores) == {"near", "far"}
    assert result.scores["near"].measurements[0].unit == "m"
    lines = [json.loads(line) for line in (spec.directory / SCORES_FILE).read_text().splitlines()]
    assert [line["metric"] for line in lines] == ["near", "far"]


def test_a_metric_that_breaks_stops_with_one_line(make_spec, monkeypatch):
    spec = make_spec(["a dog", "a cat"])
    import fake_plugins

    monkeypatch.setattr(fake_plugins.Near, "score", lambda *_: 1 / 0)
    with pytest.raises(GenSpaceError, match=r"metric near broke on sample t2i/.*ZeroDivisionError"):
        run(spec)
    monkeypatch.undo()
    _, results = run(spec)
    assert [bool(r.scores) for r in results] == [True, True]


def test_a_key_in_an_error_reaches_no_file(make_spec, monkeypatch):
    monkeypatch.setenv("FAKE_API_KEY", "sk-very-secret-0123456789")
    spec = make_spec(["leak it", "a dog"])
    troubles, results = run(spec)
    assert results[0].generation_detail == "401 for key (value of FAKE_API_KEY)"
    assert troubles.count == 1
    for file in spec.directory.rglob("*"):
        assert not file.is_file() or b"sk-very-secret" not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("quit now", "SystemExit: 3"),
        ("none here", "gave NoneType, not a GeneratedImage"),
        ("text here", "holds str, not bytes"),
        ("long one", "too long"),
    ],
)
def test_one_bad_answer_is_the_outcome_of_one_picture(make_spec, prompt, said):
    _, results = run(make_spec([prompt, "a dog"], plugin="paid"))
    assert [r.generation for r in results] == ["failed", "ok"]
    assert said in results[0].generation_detail


def test_a_paid_picture_is_decoded_to_the_last_pixel(make_spec):
    _, results = run(make_spec(["hollow one"], plugin="paid"))
    assert results[0].generation == GenerationOutcome.FAILED
    assert "damaged or cut short" in results[0].generation_detail


def test_facts_that_are_not_json_lose_no_picture(make_spec):
    spec = make_spec(["a dog"])
    _, results = run(spec)
    assert results[0].generation == GenerationOutcome.OK
    assert results[0].cost == 0.25


def test_a_reconstructor_without_an_answer_fails_that_picture(make_spec):
    _, results = run(make_spec(["a dog"], reconstructor={"answers_nothing": True}))
    assert results[0].reconstruction == ReconstructionOutcome.FAILED
    assert "gave NoneType, not a Scene" in results[0].reconstruction_detail


def test_an_invalid_request_is_final_and_stops_nothing(make_spec, tmp_path):
    log = tmp_path / "calls"
    prompts = [*(f"long {i}" for i in range(15)), "a dog"]
    spec = make_spec(prompts, generator={"calls": str(log)})
    _, results = run(spec)
    assert results[-1].generation == GenerationOutcome.OK
    run(spec)
    assert len(calls(log)) == 16


def test_what_was_paid_stays_paid(make_spec):
    spec = make_spec(["a dog", "a cat"], plugin="paid")
    _, results = run(spec)
    results[0].image.unlink()
    assert preview(spec).cost == 0.25  # a dry run knows that a picture is gone
    run(spec)
    assert json.loads((spec.directory / "run.json").read_text())["cost_usd"] == 0.75


def test_a_recovered_picture_keeps_its_price(make_spec):
    spec = make_spec(["a dog", "a cat"], plugin="paid")
    run(spec)
    for file in spec.directory.glob("run.db*"):
        file.unlink()
    _, results = run(spec)
    assert [r.cost for r in results] == [0.25, 0.25]
    assert json.loads((spec.directory / "run.json").read_text())["cost_usd"] == 0.5


def test_sessions_are_kept_and_one_without_work_is_none(make_spec):
    run(make_spec(["a dog"]))
    run(make_spec(["a dog"]))
    spec = make_spec(["a dog", "a cat"])
    run(spec)
    sessions = json.loads((spec.directory / "run.json").read_text())["sessions"]
    assert [s["session"] for s in sessions] == [1, 2]


def test_a_metric_added_to_a_run_stays(make_spec):
    from genspace_core.plugins.config import resolve
    from genspace_core.run.rescore import score_run

    spec = make_spec(["a dog"])
    _, before = run(spec)
    assert score_run(spec.directory, resolve("metrics", "far")) == 1
    _, after = run(spec)
    assert set(after[0].scores) == {"near", "far"}
    assert after[0].scores["near"] == before[0].scores["near"]


def test_two_names_of_one_metric_are_two_columns(make_spec):
    import dataclasses

    spec = make_spec(["a dog"])
    alias = dataclasses.replace(spec.metrics[0], name="mine")
    _, results = run(dataclasses.replace(spec, metrics=(*spec.metrics, alias)))
    assert set(results[0].scores) == {"near", "mine"}


def test_a_reader_sees_the_old_plan_or_the_new_one(make_spec, monkeypatch):
    first = make_spec(["a dog", "a cat"])
    run(first)
    second = make_spec(["a cow"], seed=3)
    monkeypatch.setattr("genspace_core.run.engine.reconcile", lambda *_: 1 / 0)  # dies with the plan written
    with pytest.raises(ZeroDivisionError):
        run(second)
    results = list(StoredRun(first.directory))
    assert [r.sample.prompt for r in results] == ["a cow"]
    assert [r.generation for r in results] == [None]


def test_a_finished_run_is_one_file_that_can_be_read_anywhere(make_spec):
    spec = make_spec(["a dog"])
    run(spec)
    assert sorted(p.name for p in spec.directory.glob("run.db*")) == ["run.db"]


def test_a_damaged_journal_is_one_line(make_spec):
    spec = make_spec(["a dog"])
    run(spec)
    (spec.directory / "run.db").write_bytes(b"not a database, but long enough to look like one" * 50)
    with pytest.raises(StorageError, match="the journal is damaged"):
        StoredRun(spec.directory)


def test_waiting_is_bounded_whatever_a_server_asks():
    from types import SimpleNamespace

    from genspace_core.errors import RateLimited
    from genspace_core.run.retry import patience

    for asked, waited in ((-5.0, 0.0), (2.0, 2.0), (86400.0, 600.0)):
        error = RateLimited("slow down", retry_after=asked)
        assert patience(SimpleNamespace(outcome=SimpleNamespace(exception=lambda e=error: e))) == waited
