"""How many fronts an object has, told from a distribution over azimuths. numpy and scipy only.

Orient Anything V2 gives no confidence: an object that looks the same from several sides gets a peak for each.
A von Mises curve of period 1, 2 or 4 is fitted; the period that fits is the number of fronts.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import ive

Array = NDArray[np.float64]

SHARPEST: Final = 20000.0
"""The largest concentration: a peak of one bin of a degree."""


@dataclass(frozen=True, slots=True)
class Symmetry:
    """What a distribution over azimuths tells.

    Attributes:
        fronts: 1, 2 or 4 equal sides; 0 for no front.
        r2: 0-1, share of the distribution's variance that the best curve explains.
    """

    fronts: int
    r2: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted curve: phase in radians, concentration, and the share of variance that it explains (<= 1)."""

    phase: float
    kappa: float
    r2: float


@cache
def rules() -> dict[str, Any]:
    """The table `data/symmetry.toml`."""
    return tomllib.loads(files(__package__).joinpath("data/symmetry.toml").read_text("utf-8"))


def find_symmetry(distribution: Array) -> Symmetry:
    """The number of fronts that a distribution over azimuths tells of.

    Periods are tried in the order of the table until one fits well; else the best one counts, if it fits
    well enough and is concentrated enough.

    Args:
        distribution: (n,), non-negative, of equal bins around the circle; need not sum to one.
    """
    table = rules()
    best, needed = Fit(0.0, 0.0, 0.0), None
    for row in table["periods"]:
        fit = fit_von_mises(distribution, row["fronts"])
        if fit.r2 > best.r2:
            best, needed = fit, row
        if fit.r2 > table["enough"]:
            break
    if needed is None or best.kappa < needed["kappa"] or best.r2 < table["r2"]:
        return Symmetry(0, best.r2)
    return Symmetry(needed["fronts"], best.r2)


def fit_von_mises(distribution: Array, period: int) -> Fit:
    """Least squares of a von Mises density, exp(kappa cos(period (x - phase))) / (2 pi I0(kappa)).

    The published code leaves I0 out, the modified Bessel function that makes the area 1. Its curve then
    fits worse the sharper a peak is, and it finds no front from kappa 16 on, where there is least doubt.

    Args:
        distribution: (n,), non-negative, of equal bins around the circle.
        period: number of equal peaks.
    """
    x: Array = np.arange(len(distribution), dtype=np.float64) * (2 * np.pi / len(distribution))
    total = float(distribution.sum())
    if total <= 0.0:
        return Fit(0.0, 0.0, 0.0)
    density = distribution * (len(distribution) / (2 * np.pi * total))
    spread = float(((density - density.mean()) ** 2).sum())
    if spread <= 1e-8:  # even all around, as far as single precision tells
        return Fit(0.0, 0.0, 0.0)

    def misses(phase_kappa: Array) -> Array:
        phase, kappa = phase_kappa
        # ive is I0 times exp(-kappa): the same density, without an overflow.
        curve: Array = np.exp(kappa * (np.cos(period * (x - phase)) - 1)) / (2 * np.pi * ive(0, kappa))
        return curve - density

    found = least_squares(misses, _guess(density, x, period), bounds=([-np.inf, 0.0], [np.inf, SHARPEST]))
    phase, kappa = (float(value) for value in found.x)
    return Fit(phase % (2 * np.pi / period), kappa, 1.0 - 2.0 * float(found.cost) / spread)


def _guess(density: Array, x: Array, period: int) -> tuple[float, float]:
    """Phase and concentration by moments (for the latter Banerjee et al., JMLR 6 (2005), equation 4.4)."""
    moment = (density * np.exp(1j * period * x)).sum() / density.sum()
    length = float(abs(moment))
    kappa = length * (2 - length**2) / max(1 - length**2, 1 / SHARPEST)
    return float(np.angle(moment)) / period, min(kappa, SHARPEST)
