"""The fade shapes: bounds, fades, symmetry."""

from __future__ import annotations

from math import inf, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_metrics.shapes import Above, Band, Below, LogBand

SHAPES = [Below(15, 45), Below(30), Above(60, 45), Above(0), LogBand(1 / 3), LogBand(0.2, 1.0), Band(1 / 3)]
SHAPES += [Band(1 / 3, never=True), Below(30, 45, punished=True), Above(60, 45, punished=True)]

numbers = st.floats(-1e6, 1e6)
widths = st.floats(0.05, 1.0)
targets = st.floats(0.01, 100.0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", [nan, inf, -inf, 0.0, -1.0, 1e300])
def test_any_value_gives_a_score(shape: Below, value: float) -> None:
    satisfied, score = shape.judge(value, 2.0)
    assert 0.0 <= score <= 1.0
    assert not (satisfied and value != value)


def test_bounds_are_strict() -> None:
    assert Below(15, 45).judge(15.0, None) == (False, 1.0)
    assert Above(0).judge(0.0, None) == (False, 0.0)
    assert not Band(0.5).judge(1.5, 1.0)[0]
    assert not LogBand(0.5).judge(1.5, 1.0)[0]


def test_hand_worked_values() -> None:
    assert Below(30, 75).judge(52.5, None) == (False, pytest.approx(0.5))
    assert Above(60, 45).judge(45.0, None) == (False, 0.0)
    assert Below(30, 45, punished=True).judge(22.5, None) == (True, pytest.approx(0.5))
    assert Above(60, 45, punished=True).judge(90.0, None) == (True, 0.0)
    assert Band(1 / 3).judge(1.5, 1.0) == (False, pytest.approx(0.5))
    assert Band(1 / 3).judge(0.6, 1.0) == (False, 0.0)
    assert Band(1 / 3, never=True).judge(4 / 3, 1.0) == (False, pytest.approx(1.0))
    half_way = (4 / 3 * 5 / 3) ** 0.5
    assert LogBand(1 / 3).judge(half_way, 1.0) == (False, pytest.approx(0.5))
    assert LogBand(1 / 3, 1.0).judge(1.0, 1.2) == (False, 0.0)


@given(numbers, numbers)
def test_fades_are_monotone(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert Below(15, 45).judge(low, None)[1] >= Below(15, 45).judge(high, None)[1]
    assert Above(60, 45).judge(low, None)[1] <= Above(60, 45).judge(high, None)[1]


@given(widths, targets, st.floats(1.0, 5.0))
def test_log_band_is_symmetric_and_monotone(d: float, target: float, factor: float) -> None:
    band = LogBand(d)
    over, under = band.judge(target * factor, target)[1], band.judge(target / factor, target)[1]
    assert over == pytest.approx(under, abs=1e-9)
    assert band.judge(target * factor * 1.1, target)[1] <= over
    if log(factor) < log(1 + d) - 1e-9:
        assert band.judge(target * factor, target) == (True, 1.0)


@given(widths, targets, st.floats(0.0, 5.0))
def test_satisfied_means_1_unless_punished(d: float, target: float, factor: float) -> None:
    for shape in (LogBand(d), Band(d), Below(d, 2 * d), Above(2 * d, d)):
        satisfied, score = shape.judge(target * factor, target)
        assert not satisfied or score == 1.0
