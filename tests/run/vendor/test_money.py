"""Never more than the budget, and every call that was paid for counts."""

from __future__ import annotations

import pytest

from genspace_core.errors import GeneratorStopped
from genspace_core.run.engine import preview
from genspace_core.testing.vendor import Answer
from tests.run.vendor.asking import Desk, generated, money, run, spec_with, with_cost


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
    monkeypatch.setattr(vendor_plugins, "picture_of", with_cost(vendor_plugins.picture_of, cost))
    spec = order(2)
    assert not run(spec).count
    assert money(spec).cost == pytest.approx(0.08)


def test_an_adapters_bug_after_a_paid_answer_counts_as_paid(vendor, order, picture):
    vendor.route = lambda call: Answer(200, {"id": "x", "picture": "elsewhere"})
    spec = order(3)
    assert run(spec).count == 3
    assert money(spec).lost == 3


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
