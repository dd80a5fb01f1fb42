"""Pictures that cost money: paced, paid for once, never more than the budget, and no key anywhere."""

from __future__ import annotations

import base64
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest

from genspace_core.errors import GeneratorStopped, JudgeStopped
from genspace_core.run import pace, retry
from genspace_core.run.budget import Budget
from genspace_core.run.engine import Observer, execute, preview
from genspace_core.run.local import InlineExecutor
from genspace_core.run.pacing import forgetting_pacers
from genspace_core.run.reader import StoredRun
from genspace_core.run.store import Store
from genspace_core.testing.vendor import Answer, Vendor
from genspace_core.types import GenerationOutcome

KEY = "vendor-key-0123456789abcdef"
KILLS = int(os.environ.get("GENSPACE_TEST_KILLS", "10"))
"""Of one run; 20 were tried, too."""


@pytest.fixture(autouse=True)
def _account(monkeypatch):
    monkeypatch.setenv("VENDOR_KEY", KEY)
    monkeypatch.setattr(retry, "_backoff", lambda state: 0.01)
    monkeypatch.setattr(pace, "FIRST_HOLD_S", 0.02)
    with forgetting_pacers():
        yield


@pytest.fixture
def png():
    import numpy as np
    from fake_plugins import png

    numbers = count()
    return lambda: base64.b64encode(png(np.full((4, 4, 3), next(numbers) % 251, np.uint8))).decode()


@pytest.fixture
def vendor(fake_package, monkeypatch, request):
    """A server, for which each test sets `vendor.route`."""
    monkeypatch.syspath_prepend(str(fake_package))
    with Vendor(lambda call: Answer(500)) as server:
        yield server


@pytest.fixture
def picture(png):
    def answer(call, **about):
        return Answer(200, {"id": f"id-{call.number}", "image": png(), **about})

    return answer


@pytest.fixture
def order(make_spec, vendor):
    def make(pictures, plugin="direct", generator=None, **options):
        about = {"address": vendor.address, **(generator or {})}
        return make_spec([f"dog {i}" for i in range(pictures)], plugin=plugin, generator=about, **options)

    return make


def run(spec, observer=None):
    return execute(spec, InlineExecutor(), observer or Observer())


def money(spec):
    with Store(spec.directory / "run.db", write=False) as store:
        return store.money()


def generated(vendor, path="/generate"):
    return sum(call.path == path for call in vendor.calls)


def test_every_picture_is_asked_for_once_with_as_many_at_once_as_allowed(vendor, order, picture):
    vendor.route = lambda call: Answer(200, picture(call).body, delay=0.3)
    spec = order(24, generator={"at_once": 8})
    assert not run(spec).count
    assert generated(vendor) == 24
    assert 4 <= vendor.most_at_once <= 8
    results = list(StoredRun(spec.directory))
    assert all(result.generation is GenerationOutcome.OK and result.cost == 0.04 for result in results)
    assert money(spec).cost == pytest.approx(0.96)
    assert not list((spec.directory / "calls").iterdir())
    session = json.loads((spec.directory / "run.json").read_text())["sessions"][-1]
    assert session["pacing"]["direct"]["calls"] == 24
    assert session["calls_at_once"] == 8


def test_the_raw_answer_lies_beside_the_picture_without_its_bytes(vendor, order, picture):
    vendor.route = lambda call: picture(
        call, usage={"tokens": 17}, echo=KEY, link="https://a.b/c.png?sig=secret"
    )
    spec = order(1)
    run(spec)
    (result,) = StoredRun(spec.directory)
    facts = json.loads(result.image.with_suffix(".json").read_text())
    assert facts["answer"]["usage"] == {"tokens": 17}
    assert facts["answer"]["link"] == "https://a.b/c.png?..."
    text = json.dumps(facts)
    assert KEY not in text
    assert base64.b64encode(result.image.read_bytes()).decode() not in text


def test_a_refusal_is_an_outcome_with_the_vendors_word(vendor, order, picture):
    refusal = Answer(400, {"code": "moderation", "message": "not that"})
    vendor.route = lambda call: refusal if call.json()["prompt"] == "dog 1" else picture(call)
    spec = order(3)
    assert not run(spec).count
    refused = [result for result in StoredRun(spec.directory) if result.generation == "refused"]
    assert [(result.refusal, result.generation_detail) for result in refused] == [("moderation", "not that")]
    assert '"refusal": "moderation"' in (spec.directory / "scores.jsonl").read_text()
    run(spec)
    assert generated(vendor) == 3


@pytest.mark.parametrize(("status", "words"), [(401, "HTTP 401: no"), (402, "HTTP 402: no")])
def test_a_refused_key_stops_the_account_and_keeps_what_is_done(vendor, order, picture, status, words):
    asked = count()
    vendor.route = lambda call: picture(call) if next(asked) < 5 else Answer(status, {"message": "no"})
    spec = order(60, generator={"at_once": 2})
    with pytest.raises(GeneratorStopped, match=words):
        run(spec)
    assert generated(vendor) <= 7
    made = [result for result in StoredRun(spec.directory) if result.generation is GenerationOutcome.OK]
    assert len(made) == 5
    assert all(result.scores for result in made)
    before = generated(vendor)
    with pytest.raises(GeneratorStopped, match=words):
        run(order(10, directory="other", generator={"at_once": 2}))  # the same account: not even asked
    assert generated(vendor) == before


def test_a_key_that_is_not_there_is_one_line(vendor, order, monkeypatch):
    from genspace_core.errors import PluginError

    monkeypatch.delenv("VENDOR_KEY")
    with pytest.raises(PluginError, match=r"VENDOR_KEY is not set; keys are made at https://vendor.example"):
        run(order(3))
    assert not vendor.calls


def test_the_budget_is_never_exceeded_and_repeating_with_more_goes_on(vendor, order, picture):
    vendor.route = picture
    spec = order(20, generator={"at_once": 4})
    with pytest.raises(GeneratorStopped, match=r"the budget of \$0.30 is used up"):
        run(spec_with(spec, 0.30))
    assert money(spec).cost == pytest.approx(0.28)
    assert generated(vendor) == 7
    with pytest.raises(GeneratorStopped, match="budget"):
        run(spec_with(spec, 0.30))
    assert generated(vendor) == 7
    run(spec_with(spec, 1.0))
    assert generated(vendor) == 20


def spec_with(spec, dollars):
    from dataclasses import replace

    return replace(spec, budget=Budget.of_runs(dollars, [spec.directory]))


def test_what_a_picture_can_cost_at_most_is_set_aside(vendor, order, picture):
    vendor.route = lambda call: picture(call, cost=0.02)
    spec = spec_with(order(20, generator={"at_once": 1, "price": 0.02, "most": 0.20}), 0.30)
    with pytest.raises(GeneratorStopped, match="budget"):
        run(spec)
    assert money(spec).cost == pytest.approx(0.12)  # a further one might have come to 0.32


def test_money_that_is_held_back_for_others_is_waited_for(vendor, order, picture):
    """32 at once would hold more than there is; still as many are made as can be paid for."""
    vendor.route = lambda call: Answer(200, picture(call).body, delay=0.1)
    with pytest.raises(GeneratorStopped, match="budget"):
        run(spec_with(order(100, generator={"at_once": 32}), 1.0))
    assert generated(vendor) == 25


def test_lost_answers_do_not_exceed_the_budget(vendor, order, picture):
    vendor.route = lambda call: Answer(200, picture(call).body, cut=20)
    spec = spec_with(order(40, generator={"at_once": 8}), 0.30)
    with pytest.raises(GeneratorStopped):
        run(spec)
    assert generated(vendor) <= 7
    assert money(spec).total <= 0.30


def test_a_price_that_is_told_too_low_is_believed_once(vendor, order, picture):
    vendor.route = lambda call: picture(call, cost=0.10)
    spec = spec_with(order(20, generator={"at_once": 1, "price": 0.02}), 0.35)
    with pytest.raises(GeneratorStopped, match="budget"):
        run(spec)
    assert money(spec).cost <= 0.35


@pytest.mark.parametrize("cost", ["0.04", float("nan"), -1, "dear"])
def test_a_cost_that_is_none_is_the_usual_one(vendor, order, picture, monkeypatch, cost):
    import vendor_plugins

    vendor.route = picture
    monkeypatch.setattr(vendor_plugins, "picture_of", _with_cost(vendor_plugins.picture_of, cost))
    spec = order(2)
    assert not run(spec).count
    assert money(spec).cost == pytest.approx(0.08)


def _with_cost(function, cost):
    from dataclasses import replace

    return lambda told, _: replace(function(told, None), cost=cost)


def test_half_a_character_loses_no_picture(vendor, order, picture):
    """Vendors cut texts where they like."""
    refusal = Answer(400, {"code": "moderation", "message": "not \ud83d"})
    vendor.route = lambda call: refusal if call.number % 2 else picture(call, revised_prompt="dog \ud83d")
    spec = order(4, generator={"at_once": 1})
    assert not run(spec).count
    assert sorted(result.generation for result in StoredRun(spec.directory)) == [
        "ok",
        "ok",
        "refused",
        "refused",
    ]


def test_an_adapters_bug_after_a_paid_answer_counts_as_paid(vendor, order, picture):
    vendor.route = lambda call: Answer(200, {"id": "x", "picture": "elsewhere"})
    spec = order(3)
    assert run(spec).count == 3
    assert money(spec).lost == 3


def test_the_same_fault_of_many_requests_is_none_of_the_prompts(vendor, order, picture):
    vendor.route = lambda call: Answer(400, {"message": "billing hard limit reached"})
    spec = order(50, generator={"at_once": 2})
    with pytest.raises(GeneratorStopped, match=r"1\d requests in a row were not taken: HTTP 400: billing"):
        run(spec)
    assert generated(vendor) <= 12
    vendor.route = picture
    assert not run(spec).count
    assert all(result.generation == "ok" for result in StoredRun(spec.directory))


def test_a_lost_answer_is_asked_for_once_more_and_counted(vendor, order, picture):
    asked = count()
    vendor.route = lambda call: Answer(200, picture(call).body, cut=20) if next(asked) == 0 else picture(call)
    spec = order(1)
    run(spec)
    assert generated(vendor) == 2
    assert (money(spec).cost, money(spec).uncertain, money(spec).lost) == (0.04, 0.04, 1)


def test_answers_that_are_always_lost_are_not_asked_for_for_ever(vendor, order, picture):
    vendor.route = lambda call: Answer(200, picture(call).body, cut=20)
    spec = order(1)
    assert run(spec).count == 1
    assert generated(vendor) == 2
    assert money(spec).lost == 2


@pytest.mark.parametrize("image", ["%%%", base64.b64encode(b"<html>").decode()])
def test_what_is_no_picture_fails_and_is_not_paid_for_again_at_once(vendor, order, image):
    vendor.route = lambda call: Answer(200, {"id": "1", "image": image})
    spec = order(1)
    assert run(spec).count == 1
    assert generated(vendor) == 1


def test_a_rate_limit_costs_no_picture(vendor, order, picture):
    asked = count()
    limited = Answer(429, {"message": "slow down"}, {"Retry-After": "0"})
    vendor.route = lambda call: limited if next(asked) in {1, 4} else picture(call)
    spec = order(8, generator={"at_once": 2})
    assert not run(spec).count
    assert generated(vendor) == 10
    assert money(spec).lost == 0


def test_a_server_that_asks_to_wait_for_hours_has_no_calls_left(vendor, order):
    vendor.route = lambda call: Answer(429, {"message": "daily limit"}, {"Retry-After": "43200"})
    with pytest.raises(GeneratorStopped, match="asks to wait 720 minutes"):
        run(order(3))


class Desk:
    """A vendor with a queue: what is submitted is ready when it is asked for the second time."""

    def __init__(self, picture, ready_after=2):
        self.picture, self.ready_after = picture, ready_after
        self.jobs: dict[str, int] = {}

    def __call__(self, call):
        if call.path == "/submit":
            self.jobs[f"j{call.number}"] = 0
            return Answer(200, {"id": f"j{call.number}"})
        job = call.path.rpartition("/")[2]
        if job not in self.jobs:
            return Answer(404, {"message": "no such job"})
        self.jobs[job] += 1
        if self.jobs[job] < self.ready_after:
            return Answer(200, {"status": "pending"})
        return Answer(200, self.picture(call).body | {"status": "ready"})


def test_a_job_that_is_never_ready_is_kept_for_the_next_command(vendor, order, picture):
    vendor.route = desk = Desk(picture, ready_after=10**9)
    spec = order(1, "queued", generator={"timeout": 0.2})
    assert "paid for: repeat the command" in run(spec).examples[0]
    assert len(list((spec.directory / "calls").iterdir())) == 1
    desk.ready_after = 1
    assert not run(spec).count
    assert generated(vendor, "/submit") == 1
    assert money(spec).cost == 0.04


def test_trouble_with_collecting_never_orders_again(vendor, order, picture):
    desk, asked = Desk(picture, ready_after=1), count()
    vendor.route = lambda call: (
        Answer(503, {"message": "later"}) if call.path != "/submit" and next(asked) < 3 else desk(call)
    )
    assert not run(order(1, "queued")).count
    assert generated(vendor, "/submit") == 1


def test_a_job_that_is_gone_is_told_and_ordered_again_only_by_repeating(vendor, order, picture):
    vendor.route = desk = Desk(picture, ready_after=10**9)
    spec = order(1, "queued", generator={"timeout": 0.1})
    run(spec)
    desk.jobs.clear()
    assert "no such job" in run(spec).examples[0]
    assert generated(vendor, "/submit") == 1
    assert money(spec).lost == 1
    desk.ready_after = 1
    assert not run(spec).count
    assert generated(vendor, "/submit") == 2


def test_a_key_that_is_refused_while_collecting_loses_no_job(vendor, order, picture):
    desk = Desk(picture, ready_after=1)
    vendor.route = lambda call: desk(call) if call.path == "/submit" else Answer(401, {"message": "no"})
    spec = order(3, "queued", generator={"at_once": 1})
    with pytest.raises(GeneratorStopped, match="HTTP 401: no"):
        run(spec)
    assert generated(vendor, "/submit") == 1
    vendor.route = desk
    with forgetting_pacers():
        assert not run(spec).count
    assert generated(vendor, "/submit") == 3
    assert (money(spec).cost, money(spec).lost) == (pytest.approx(0.12), 0)


def test_jobs_that_are_not_collected_are_in_the_budget(vendor, order, picture):
    desk = Desk(picture, ready_after=10**9)
    vendor.route = desk
    spec = order(30, "queued", generator={"at_once": 4, "timeout": 0.05})
    for _ in range(2):
        with pytest.raises(GeneratorStopped):
            run(spec_with(spec, 0.20))
    assert generated(vendor, "/submit") == 5
    desk.ready_after = 1
    with pytest.raises(GeneratorStopped, match="budget"):
        run(spec_with(spec, 0.20))
    assert generated(vendor, "/submit") == 5
    assert money(spec).cost == pytest.approx(0.20)


def test_the_plan_says_calls_cost_and_time(order):
    todo = preview(order(30, generator={"most": 0.06, "at_once": 10, "per_minute": 20}))
    assert (todo.pictures, todo.cost, todo.most) == (30, pytest.approx(1.2), pytest.approx(1.8))
    assert todo.seconds == 90
    assert preview(order(30, generator={"at_once": 10})).seconds == 6
    assert preview(order(30, generator={"price": None})).cost is None


# --- judges --------------------------------------------------------------------------------------


@pytest.fixture
def judged(order, vendor, picture):
    def route(call):
        if call.path == "/judge":
            told = call.json()
            return Answer(200, {"value": 0.25 + 0.5 * told["vote"], "reason": f"saw {told['prompt']}"})
        return picture(call)

    vendor.route = route

    def make(pictures, votes=1, metrics=("critic",), **options):
        from dataclasses import replace

        from genspace_core.plugins.config import resolve

        spec = order(pictures, metrics=("near",), **options)
        about = {"address": vendor.address, "votes": votes, "account": "judge"}
        found = [resolve("metrics", name, overrides=about if name == "critic" else {}) for name in metrics]
        return replace(spec, metrics=tuple(found))

    return make


def test_a_judge_is_asked_once_for_each_vote_and_needs_no_scene(vendor, judged):
    spec = judged(3, votes=2)
    assert preview(spec).scenes == 0
    assert preview(spec).opinions == 3
    assert not run(spec).count
    assert generated(vendor, "/judge") == 6
    for result in StoredRun(spec.directory):
        assert result.reconstruction is None
        score = result.scores["critic"]
        assert (score.value, score.passed, score.reason) == (0.5, True, f"saw {result.sample.prompt}")
        assert [vote.value for vote in score.measurements] == [0.25, 0.75]
    assert money(spec).judging == pytest.approx(0.06)
    run(spec)
    assert generated(vendor, "/judge") == 6


def test_a_judge_stands_beside_geometry_and_is_not_asked_again_for_another_reconstructor(vendor, judged):
    spec = judged(3, metrics=("near", "critic"))
    run(spec)
    assert all(set(result.scores) == {"near", "critic"} for result in StoredRun(spec.directory))
    other = judged(3, metrics=("near", "critic"), reconstructor={"drop": 1})
    run(other)
    assert generated(vendor, "/judge") == 3
    assert all(set(result.scores) == {"near", "critic"} for result in StoredRun(spec.directory))


def test_a_judge_that_refuses_leaves_the_picture_undecided(vendor, judged, picture):
    refusal = Answer(400, {"code": "moderation", "message": "I will not look"})
    vendor.route = lambda call: refusal if call.path == "/judge" else picture(call)
    spec = judged(1)
    assert not run(spec).count
    (result,) = StoredRun(spec.directory)
    assert result.scores["critic"].undecidable
    run(spec)
    assert generated(vendor, "/judge") == 1


def test_a_judge_without_credit_stops_and_the_pictures_are_kept(vendor, judged, picture):
    vendor.route = lambda call: Answer(402, {"message": "empty"}) if call.path == "/judge" else picture(call)
    spec = judged(4, metrics=("near", "critic"))
    with pytest.raises(JudgeStopped, match="critic: HTTP 402: empty"):
        run(spec)
    assert all(set(result.scores) == {"near"} for result in StoredRun(spec.directory))
    assert generated(vendor, "/judge") <= 4


def test_judges_share_the_budget(vendor, judged):
    spec = spec_with(judged(10, generator={"at_once": 1}), 0.49)
    with pytest.raises(GeneratorStopped, match="budget"):
        run(spec)
    told = money(spec)
    assert told.cost + told.judging <= 0.49


def test_votes_that_were_had_outlive_a_failure(vendor, judged, picture):
    broken = [True]

    def route(call):
        if call.path != "/judge":
            return picture(call)
        if call.json()["vote"] == 1 and broken[0]:
            return Answer(422, {"message": "too large"})
        return Answer(200, {"value": 1.0})

    vendor.route = route
    spec = judged(1, votes=2)
    assert run(spec).count == 1
    broken[0] = False
    assert not run(spec).count
    assert [call.json()["vote"] for call in vendor.calls if call.path == "/judge"] == [0, 1, 1]


# --- keys ----------------------------------------------------------------------------------------


def test_the_key_is_nowhere(vendor, judged, picture, caplog):
    """Not where the vendor's own words repeat it, either."""
    caplog.set_level(logging.DEBUG)
    asked = count()

    def route(call):
        number = next(asked)
        echo = {"message": f"bad key {KEY}", "debug": dict(call.headers)}
        if call.path == "/judge":
            return Answer(200, {"value": 1.0, "reason": f"key {KEY}"} | echo)
        return (
            [Answer(422, echo), Answer(400, echo | {"code": "moderation"}), Answer(500, echo)][number % 3]
            if (number < 6)
            else Answer(200, picture(call).body | echo)
        )

    vendor.route = route
    spec = judged(6, metrics=("near", "critic"))
    troubles = run(spec)
    assert any(KEY in call.headers["authorization"] for call in vendor.calls)
    for file in spec.directory.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
    assert KEY not in "".join(troubles.examples) + caplog.text


# --- kill -9 -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("plugin", "kills"), [("direct", KILLS), ("queued", KILLS // 2)])
def test_kill_at_random_moments_pays_for_nothing_twice(
    vendor, picture, fake_package, tmp_path, plugin, kills
):
    """At the end every picture is there, and the server counted no more than those and what was in flight."""
    pictures = 300
    desk = Desk(picture)
    vendor.route = (lambda call: Answer(200, picture(call).body, delay=0.25)) if plugin == "direct" else desk
    rows = [
        {"id": f"s/{i:03d}", "task": "t2i", "template": 0, "sub_domain": "camera_pose", "objects": ["dog"],
         "prompt": f"dog {i}"}
        for i in range(pictures)
    ]  # fmt: skip
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "plugins.toml").write_text(
        f'[generators.v]\nplugin = "{plugin}"\naddress = "{vendor.address}"\nat_once = 12\n'
    )
    command = [
        sys.executable,
        "-m",
        "genspace_core",
        "run",
        "-g",
        "v",
        "-s",
        "s.jsonl",
        "-r",
        "look",
        "-m",
        "near",
    ]
    command += ["-w", "1"]
    environment = {**os.environ, "PYTHONPATH": str(fake_package)}
    calls, images = tmp_path / "runs/v/calls", tmp_path / "runs/v/images"
    path, rng, in_flight, lost = "/generate" if plugin == "direct" else "/submit", random.Random(7), 0, []
    for _ in range(kills):
        before = generated(vendor, path)
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        deadline = time.monotonic() + 60
        while generated(vendor, path) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.35))
        process.send_signal(signal.SIGKILL)
        lost.append(process.communicate()[1])
        slips = [json.loads(slip.read_text()) for slip in calls.glob("*.json")] if calls.exists() else []
        in_flight += sum(slip["job"] is None for slip in slips)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert generated(vendor, path) <= pictures + in_flight
    assert generated(vendor, path) >= pictures
    assert len(list(images.rglob("*.png"))) == pictures
    run_file = json.loads((tmp_path / "runs/v/run.json").read_text())
    assert run_file["cost_usd"] == pytest.approx(0.04 * pictures)
    assert run_file["lost_calls"] <= in_flight
    assert run_file["lost_calls"] >= generated(vendor, path) - pictures
    assert "may have been charged for" in "".join([*lost, done.stderr]) or not in_flight
    assert not list(calls.iterdir())
    assert not list(Path(tmp_path).rglob("*.tmp"))
