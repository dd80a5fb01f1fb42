"""What is ordered is collected, and never ordered twice."""

from __future__ import annotations

import json
from itertools import count

import pytest

from genspace_core.errors import GeneratorStopped
from genspace_core.run import ordering, pacing
from genspace_core.run.budget import Budget
from genspace_core.run.engine import preview
from genspace_core.run.records import Bill
from genspace_core.run.slips import Slip
from genspace_core.run.store import Store
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


def test_ten_orders_that_cannot_be_collected_do_not_hold_up_the_rest(vendor, order, picture):
    desk = Desk(picture, ready_after=10**9)
    vendor.route = desk
    spec = order(30, "queued", generator={"at_once": 10, "timeout": 0.05})
    with pytest.raises(GeneratorStopped, match="pictures in a row failed"):
        run(spec)
    stuck = set(desk.jobs)
    desk.ready_after = 1
    vendor.route = lambda call: (
        Answer(200, {"status": "pending"}) if call.path.rpartition("/")[2] in stuck else desk(call)
    )
    assert run(spec).count == len(stuck)
    assert generated(vendor, "/submit") == 30
    assert money(spec).cost == pytest.approx(0.04 * (30 - len(stuck)))


def test_an_order_of_a_week_ago_is_given_up_and_counted(vendor, order, picture, monkeypatch):
    vendor.route = desk = Desk(picture, ready_after=10**9)
    spec = order(1, "queued", generator={"timeout": 0.05})
    run(spec)
    monkeypatch.setattr(ordering, "ORDER_LASTS_S", 0.0)
    assert "after 0 days it is given up" in run(spec).examples[0]
    assert (money(spec).lost, money(spec).uncertain) == (1, 0.04)
    desk.ready_after = 1
    assert not run(spec).count
    assert generated(vendor, "/submit") == 2


def test_a_job_is_not_gone_because_one_server_does_not_know_it_yet(vendor, order, picture):
    desk, asked = Desk(picture, ready_after=1), count()
    vendor.route = lambda call: (
        Answer(404, {"message": "no such job"}) if call.path != "/submit" and not next(asked) else desk(call)
    )
    assert not run(order(1, "queued")).count
    assert generated(vendor, "/submit") == 1


def test_a_poll_that_is_told_to_wait_for_hours_ends_at_the_jobs_own_patience(vendor, order, picture):
    late = Answer(429, {"message": "slowly"}, {"Retry-After": "43200"})
    desk = Desk(picture)
    vendor.route = lambda call: desk(call) if call.path == "/submit" else late
    assert "slowly; it is ordered" in run(order(1, "queued")).examples[0]


def test_an_order_needs_no_source_to_be_collected(vendor, order, picture, monkeypatch):
    vendor.route = desk = Desk(picture, ready_after=10**9)
    spec = order(1, "queued", generator={"timeout": 0.05})
    run(spec)
    desk.ready_after = 1
    monkeypatch.setattr(ordering, "request_for", lambda task: 1 / 0)
    assert not run(spec).count
    assert generated(vendor, "/submit") == 1


def test_attempts_before_a_kill_are_counted_after_it(order, vendor, picture):
    """A slip tells of two lost answers, and of a call whose end nobody knows."""
    spec = order(1)
    vendor.route = lambda call: Answer(503, {"message": "later"})
    run(spec)
    with Store(spec.directory / "run.db", write=False) as store:
        (row,) = store.progress("")
    slip = Slip.of(spec.directory, row.picture, most=0.04)
    slip.begin(Bill(known=0.01, lost=2))
    assert "$0.13 held back" in Budget.of_runs(1.0, [spec.directory]).describe()
    vendor.route = picture
    run(spec)
    told = money(spec)
    assert (told.lost, told.uncertain, told.cost) == (3, pytest.approx(0.12), pytest.approx(0.05))
