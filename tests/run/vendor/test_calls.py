"""Every picture is asked for once, in turn, and what goes wrong is told; no key is anywhere."""

from __future__ import annotations

import base64
import json
import logging
from itertools import count

import pytest

from genspace_core.errors import GeneratorStopped
from genspace_core.run import pacing
from genspace_core.run.reader import StoredRun
from genspace_core.testing.vendor import Answer
from genspace_core.types import GenerationOutcome
from tests.run.vendor.asking import KEY, generated, money, run


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


def test_an_outage_is_outlasted_where_the_server_has_served_before(vendor, order, picture):
    """More failures than attempts, of one picture after another."""
    asked = count()
    down = Answer(503, {"message": "overloaded"})
    vendor.route = lambda call: picture(call) if not 3 <= next(asked) < 23 else down
    assert not run(order(12, generator={"at_once": 4})).count


def test_a_server_that_never_serves_is_given_up_soon(vendor, order):
    vendor.route = lambda call: Answer(503, {"message": "overloaded"})
    with pytest.raises(GeneratorStopped, match="overloaded"):
        run(order(60, generator={"at_once": 4}))
    assert generated(vendor) <= (10 + 4) * 5


def test_an_outage_has_an_end(vendor, order, picture, monkeypatch):
    monkeypatch.setattr(pacing, "OUTAGE_S", 0.2)
    asked = count()
    vendor.route = lambda call: Answer(503, {"message": "overloaded"}) if next(asked) else picture(call)
    spec = order(12, generator={"at_once": 1})
    with pytest.raises(GeneratorStopped, match="overloaded"):
        run(spec)
    assert sum(1 for result in StoredRun(spec.directory) if result.generation == "ok") == 1
