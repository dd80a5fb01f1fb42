"""What votes come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.judge.tests.vendors import OpenAI
from genspace_core.interfaces import Opinion
from genspace_core.testing import Answer, Vendor
from genspace_core.types import Sample


@pytest.fixture
def decide(judge: Callable[..., Any], sample: Sample) -> Callable[..., Any]:
    def decide(*values: float, reason: str = "", **changes: Any) -> Any:
        with Vendor(lambda _: Answer()) as server:
            plugin = judge(OpenAI, server, **changes)
        return plugin.decide(sample, [Opinion(value=value, reason=reason) for value in values])

    return decide


@pytest.mark.parametrize(
    ("combine", "value"),
    [("mean", pytest.approx(0.4)), ("median", pytest.approx(0.2))],
    ids=["mean", "median"],
)
def test_votes_are_combined(combine: str, value: Any, decide: Callable[..., Any]) -> None:
    assert decide(0.1, 0.2, 0.9, combine=combine).value == value


@pytest.mark.parametrize(("threshold", "passed"), [(0.5, True), (0.51, False), (0.4, True)])
def test_a_threshold_decides(threshold: float, passed: bool, decide: Callable[..., Any]) -> None:
    score = decide(0.5, threshold=threshold)
    assert score.passed is passed
    assert score.measurements[0].target == threshold
    assert score.measurements[0].satisfied is passed


def test_every_vote_stands_with_its_reason(decide: Callable[..., Any]) -> None:
    score = decide(0.0, 1.0, reason="It faces us.")
    assert [m.constraint for m in score.measurements] == ["vote 1: It faces us.", "vote 2: It faces us."]
    assert len(decide(1.0, reason="x" * 5000).measurements[0].constraint) < 400
    assert decide(1.0).measurements[0].constraint == "vote 1"


def test_no_votes_decide_nothing(decide: Callable[..., Any]) -> None:
    score = decide()
    assert score.undecidable
    assert (score.value, score.passed) == (0.0, False)
    assert "refused" in score.reason


def test_many_equal_votes_stay_in_range(decide: Callable[..., Any]) -> None:
    """A mean of ones is one, whatever the rounding."""
    assert decide(*[1.0] * 99).value == 1.0
    assert decide(*[0.1] * 3).value == pytest.approx(0.1)
