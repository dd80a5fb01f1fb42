"""The number of fronts, from distributions that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_adapter_orientation.symmetry import find_symmetry, fit_von_mises, rules

X = np.radians(np.arange(360))


def curve(fronts: int, phase: float, kappa: float) -> np.ndarray:
    """A von Mises density, up to a factor."""
    return np.exp(kappa * (np.cos(fronts * (X - phase)) - 1))


def circular(a: float, b: float, period: float) -> float:
    return abs((a - b + period / 2) % period - period / 2)


@pytest.mark.parametrize("fronts", [1, 2, 4])
@pytest.mark.parametrize("phase", [0.0, 0.3, 1.5, 3.1, 6.2])
@pytest.mark.parametrize("kappa", [1.0, 2.0, 5.0])
def test_a_clean_distribution_is_read(fronts, phase, kappa):
    found = find_symmetry(curve(fronts, phase, kappa))
    assert found.fronts == fronts
    assert found.r2 > 0.9


@given(
    st.sampled_from([1, 2, 4]),
    st.floats(0, 6.28),
    st.floats(1.0, 10.0),
    st.floats(0, 0.2),
    st.integers(0, 2**32 - 1),
)
def test_noise_does_not_change_the_number(fronts, phase, kappa, noise, seed):
    clean = curve(fronts, phase, kappa)
    rough = clean + noise * clean.max() * np.random.default_rng(seed).uniform(-0.5, 0.5, 360)
    assert find_symmetry(rough.clip(0)).fronts == fronts


@pytest.mark.parametrize("fronts", [1, 2, 4])
@pytest.mark.parametrize("kappa", [0.3, 1.0, 4.0, 30.0])
def test_phase_and_concentration_come_out(fronts, kappa):
    for phase in (0.0, 0.4, 1.5):
        fit = fit_von_mises(3.7 * curve(fronts, phase, kappa), fronts)
        assert circular(fit.phase, phase, 2 * np.pi / fronts) < 1e-4
        assert fit.kappa == pytest.approx(kappa, rel=1e-3)
        assert fit.r2 == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("fronts", [1, 2, 4])
@pytest.mark.parametrize("kappa", [16, 50, 200])
def test_the_sharper_a_peak_the_surer_it_is(fronts, kappa):
    """The published curve, which is not a density, finds no front in these."""
    for floor in (0.0, 0.01):
        found = find_symmetry(0.9 * curve(fronts, 0.3, kappa / fronts**2) + floor)
        assert found.fronts == fronts
        assert found.r2 > 0.9


def test_an_even_distribution_has_no_front():
    for flat in (np.ones(360), np.full(360, 1e-6), np.zeros(360)):
        found = find_symmetry(flat)
        assert (found.fronts, found.r2) == (0, 0.0)


def test_a_faint_ripple_has_no_front():
    """It fits well, and says next to nothing."""
    faint = find_symmetry(1 + 0.05 * np.cos(X - 1))
    assert faint.r2 > 0.9
    assert faint.fronts == 0


def test_noise_alone_has_no_front():
    for seed in range(20):
        assert find_symmetry(np.random.default_rng(seed).uniform(0, 1, 360)).fronts == 0


def test_three_equal_peaks_are_no_period_it_knows():
    assert find_symmetry(np.exp(3 * np.cos(3 * X))).fronts == 0


def test_a_main_front_among_two_is_the_one():
    """Front and back look alike, and yet one is more likely."""
    mixed = curve(1, 1.0, 3.0) + 0.15 * curve(1, 1.0 + np.pi, 3.0)
    assert find_symmetry(mixed).fronts == 1


@pytest.mark.parametrize("row", rules()["periods"], ids=lambda row: str(row["fronts"]))
def test_the_least_concentration_is_the_tables(row):
    above, below = (find_symmetry(curve(row["fronts"], 0.7, row["kappa"] * f)) for f in (1.02, 0.98))
    assert (above.fronts, below.fronts) == (row["fronts"], 0)


def test_a_fit_that_explains_too_little_is_no_front():
    """Narrow peaks at odd places, all on one side: concentrated enough, and yet no front among them."""
    scattered = sum(curve(1, np.radians(degrees), 400.0) for degrees in (0, 35, 80, 130))
    fit = fit_von_mises(scattered, 1)
    assert fit.kappa > rules()["periods"][0]["kappa"]
    assert fit.r2 < rules()["r2"]
    assert find_symmetry(scattered).fronts == 0


def test_scale_does_not_matter():
    for fronts in (1, 2, 4):
        faint, strong = (find_symmetry(curve(fronts, 0.2, 2.0) * scale) for scale in (1e-4, 1e4))
        assert faint.fronts == strong.fronts == fronts
        assert faint.r2 == pytest.approx(strong.r2)


def test_a_peak_on_the_seam_is_one_peak():
    assert (
        find_symmetry(curve(1, 0.0, 5.0)).fronts
        == find_symmetry(curve(1, np.radians(359.5), 5.0)).fronts
        == 1
    )


def test_a_single_bin_is_a_front():
    """As sharp as it gets: the fit is bounded, and finite."""
    spike = np.zeros(360)
    spike[17] = 1.0
    found = find_symmetry(spike)
    assert 0.9 < found.r2 <= 1
    assert found.fronts == 1
