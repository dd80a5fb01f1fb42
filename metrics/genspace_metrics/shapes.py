"""How a measured value becomes a score from 0 to 1: the fade shapes of the tables.

Every shape answers `judge(value, target)` with (satisfied, score). Comparisons are strict, a value
that is not a number satisfies nothing and scores 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, log
from typing import Protocol


class Shape(Protocol):
    """What a constraint does with its value."""

    def judge(self, value: float, target: float | None, /) -> tuple[bool, float]:
        """Whether the constraint is satisfied, and its score, 0-1."""

    @property
    def tolerance(self) -> float | None:
        """The bound, or the relative width of a band."""


def _clip(score: float) -> float:
    """At least 0 and never NaN; the shapes never exceed 1."""
    return score if score > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Below:
    """Satisfied below `tol`, fading linearly to 0 at `zero` (at once if `zero` is None).

    `punished` is a fault of the published protocol (templates 8, 9 and 32-35): a part that holds
    scores 1 - |value - tol| / (zero - tol) all the same, so it loses by being better than needed.

    >>> ramp = Below(15, 45)
    >>> [ramp.judge(angle, None)[1] for angle in (0.0, 15.0, 30.0, 60.0)]
    [1.0, 1.0, 0.5, 0.0]
    """

    tol: float
    zero: float | None = None
    punished: bool = False

    @property
    def tolerance(self) -> float | None:
        """The bound."""
        return self.tol

    def judge(self, value: float, _target: float | None = None, /) -> tuple[bool, float]:
        """See the class."""
        satisfied = value < self.tol
        if self.zero is None:
            return satisfied, float(satisfied)
        if self.punished:
            return satisfied, _clip(1.0 - abs(value - self.tol) / (self.zero - self.tol))
        return satisfied, 1.0 if satisfied else _clip(1.0 - (value - self.tol) / (self.zero - self.tol))


@dataclass(frozen=True, slots=True)
class Above:
    """Satisfied above `tol`, fading linearly to 0 at `zero` below it; else as `Below`.

    >>> Above(60, 45).judge(52.5, None)
    (False, 0.5)
    """

    tol: float
    zero: float | None = None
    punished: bool = False

    @property
    def tolerance(self) -> float | None:
        """The bound."""
        return self.tol

    def judge(self, value: float, _target: float | None = None, /) -> tuple[bool, float]:
        """See the class."""
        satisfied = value > self.tol
        if self.zero is None:
            return satisfied, float(satisfied)
        if self.punished:
            return satisfied, _clip(1.0 - abs(value - self.tol) / (self.tol - self.zero))
        return satisfied, 1.0 if satisfied else _clip(1.0 - (self.tol - value) / (self.tol - self.zero))


@dataclass(frozen=True, slots=True)
class LogBand:
    """Near a target in log ratio, so that twice as much and half as much are equally wrong.

    x = |ln((value - beyond) / (target - beyond))|; satisfied while x < ln(1 + d), fading linearly
    to 0 at x = ln(1 + 2 d). `beyond` is what would be there if nothing had been asked: with 1, the
    ratio 1.2 is judged by its excess of 0.2, so an equal pair does not nearly pass "1.2 times".

    >>> band = LogBand(1 / 3)
    >>> band.judge(1.2, 1.0), band.judge(2.0, 1.0)[1] == band.judge(0.5, 1.0)[1]
    ((True, 1.0), True)
    """

    d: float
    beyond: float = 0.0

    @property
    def tolerance(self) -> float | None:
        """The relative width d."""
        return self.d

    def judge(self, value: float, target: float | None, /) -> tuple[bool, float]:
        """See the class. `target` must exceed `beyond`."""
        assert target is not None
        ratio = (value - self.beyond) / (target - self.beyond)
        if isnan(ratio) or ratio <= 0.0:
            return False, 0.0
        x, full, zero = abs(log(ratio)), log(1.0 + self.d), log(1.0 + 2.0 * self.d)
        satisfied = x < full
        return satisfied, 1.0 if satisfied else _clip(1.0 - (x - full) / (zero - full))


@dataclass(frozen=True, slots=True)
class Band:
    """The published protocol's band: an overshoot fades, an undershoot scores 0 at once.

    With v = value - beyond and g = target - beyond: satisfied if (1-d) g < v < (1+d) g; on a miss
    max(0, 1 - |(v - g)/g - d| / d). `never` is the fault of editing templates 25 and 26, whose
    bounds are swapped, so that nothing lies between them; the score on a miss stays.

    >>> band = Band(1 / 3)
    >>> band.judge(1.2, 1.0), round(band.judge(1.5, 1.0)[1], 9), band.judge(0.5, 1.0)
    ((True, 1.0), 0.5, (False, 0.0))
    """

    d: float
    beyond: float = 0.0
    never: bool = False

    @property
    def tolerance(self) -> float | None:
        """The relative width d."""
        return self.d

    def judge(self, value: float, target: float | None, /) -> tuple[bool, float]:
        """See the class. `target` must exceed `beyond`."""
        assert target is not None
        v, g = value - self.beyond, target - self.beyond
        if not self.never and (1.0 - self.d) * g < v < (1.0 + self.d) * g:
            return True, 1.0
        return False, _clip(1.0 - abs((v - g) / g - self.d) / self.d)
