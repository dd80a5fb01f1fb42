"""Judges behind an API: asked once for each vote, and within the budget."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genspace_core.errors import GeneratorStopped, JudgeStopped
from genspace_core.run.budget import Budget
from genspace_core.run.engine import preview
from genspace_core.run.reader import StoredRun
from genspace_core.testing.vendor import Answer
from tests.run.vendor.asking import generated, money, run, spec_with


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


def test_a_budget_of_judges_alone_leaves_out_what_the_pictures_cost(vendor, judged, order):
    run(order(10))
    spec = judged(10, generator={"at_once": 1})
    with pytest.raises(GeneratorStopped, match="budget"):
        run(replace(spec, budget=Budget.of_runs(0.06, [spec.directory], judging=True)))
    assert money(spec).cost == pytest.approx(0.4)
    assert 0.02 <= money(spec).judging <= 0.06


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


def test_judges_that_differ_in_how_they_decide_share_their_votes(vendor, judged):
    spec = judged(6)
    (critic,) = spec.metrics
    strict = replace(critic, name="strict", config=critic.config.model_copy(update={"pass_at": 0.9}))
    spec = replace(spec, metrics=(critic, strict))
    assert not run(spec).count
    assert generated(vendor, "/judge") == 6
    assert money(spec).judging == pytest.approx(0.06)
    for result in StoredRun(spec.directory):
        assert set(result.scores) == {"critic", "strict"}


def test_votes_that_are_kept_need_no_money(vendor, judged):
    spec = judged(3)
    run(spec)
    (critic,) = spec.metrics
    strict = replace(critic, name="strict", config=critic.config.model_copy(update={"pass_at": 0.9}))
    budget = Budget.of_runs(0.0, [spec.directory], judging=True)
    assert not run(replace(spec, metrics=(strict,), budget=budget)).count
    assert generated(vendor, "/judge") == 3
