"""What is ordered is collected, and never ordered twice."""

from __future__ import annotations

import json
from itertools import count

import pytest

from genspace_core.errors import GeneratorStopped
from genspace_core.run import pacing
from genspace_core.run.engine import preview
from genspace_core.testing.vendor import Answer
from tests.run.vendor.asking import Desk, generated, money, run


def test_a_job_that_is_never_ready_is_kept_for_the_next_command(vendor, order, picture):
    vendor.route = desk = Desk(picture, ready_after=10**9)
    spec = order(1, "queued", generator={"timeout": 0.2})
    assert "it is ordered: repeat the command" in run(spec).examples[0]
    assert len(list((spec.directory / "calls").iterdir())) == 1
    todo = preview(spec)
    assert (todo.pictures, todo.ordered, todo.cost) == (1, 1, 0.0)
    told = json.loads((spec.directory / "run.json").read_text())
    assert (told["cost_usd"], told["orders"], told["orders_usd"]) == (None, 1, 0.04)
    desk.ready_after = 1
    assert not run(spec).count
    assert generated(vendor, "/submit") == 1
    assert money(spec).cost == 0.04


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


def test_a_key_that_is_refused_while_collecting_loses_no_job(vendor, order, picture, monkeypatch):
    desk = Desk(picture, ready_after=1)
    vendor.route = lambda call: desk(call) if call.path == "/submit" else Answer(401, {"message": "no"})
    spec = order(3, "queued", generator={"at_once": 1})
    with pytest.raises(GeneratorStopped, match="HTTP 401: no"):
        run(spec)
    assert generated(vendor, "/submit") == 1
    vendor.route = desk
    monkeypatch.setattr(pacing, "_PACERS", {})
    assert not run(spec).count
    assert generated(vendor, "/submit") == 3
    assert (money(spec).cost, money(spec).lost) == (pytest.approx(0.12), 0)


def test_trouble_with_collecting_never_orders_again(vendor, order, picture):
    desk, asked = Desk(picture, ready_after=1), count()
    vendor.route = lambda call: (
        Answer(503, {"message": "later"}) if call.path != "/submit" and next(asked) < 3 else desk(call)
    )
    assert not run(order(1, "queued")).count
    assert generated(vendor, "/submit") == 1


def _becoming(desk, *statuses):
    """The desk, but a job that is asked for is of these statuses first."""
    left = iter(statuses)
    return lambda call: (
        Answer(200, {"status": status})
        if call.path != "/submit" and (status := next(left, None)) is not None
        else desk(call)
    )


def test_an_error_that_the_adapter_does_not_explain_loses_no_job(vendor, order, picture):
    vendor.route = _becoming(Desk(picture, ready_after=1), "odd")
    spec = order(1, "queued")
    assert "says something else; it is ordered" in run(spec).examples[0]
    assert not money(spec).cost
    assert not run(spec).count
    assert generated(vendor, "/submit") == 1
    assert money(spec).cost == 0.04


def test_a_job_that_the_vendor_gives_up_is_ordered_anew_by_repeating(vendor, order, picture):
    vendor.route = _becoming(Desk(picture, ready_after=1), "failed")
    spec = order(1, "queued")
    assert "could not make it" in run(spec).examples[0]
    assert not run(spec).count
    assert generated(vendor, "/submit") == 2


def test_an_adapters_bug_while_collecting_loses_no_job(vendor, order, picture):
    desk, odd = Desk(picture, ready_after=1), iter([Answer(200, {})])
    vendor.route = lambda call: desk(call) if call.path == "/submit" else next(odd, None) or desk(call)
    spec = order(1, "queued")
    assert "KeyError" in run(spec).examples[0]
    assert not run(spec).count
    assert generated(vendor, "/submit") == 1
