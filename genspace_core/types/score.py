"""How well a picture did what was asked, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genspace_core.errors import InputError
from genspace_core.types.scene import Scene


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one constraint measured.

    Attributes:
        constraint: what was tested, e.g. "angle(A.front, A->B)".
        value: the measured quantity in `unit`.
        unit: "deg", "m" or "ratio".
        target: what was asked for, in the same unit; None where only an order is asked.
        tolerance: how far from the target still counts in full, in the table's own terms.
        score: 0-1, what this constraint contributes.
        satisfied: whether it holds.
    """

    constraint: str
    value: float
    unit: str
    target: float | None
    tolerance: float | None
    score: float
    satisfied: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's verdict on one picture.

    Attributes:
        value: 0-1; 0 when undecidable.
        passed: every constraint holds.
        undecidable: the evidence does not allow a verdict (e.g. no orientation); such scores
            leave the means and are counted apart, with the cause in `reason`.
        reason: why it is undecidable or zero without a measurement; empty otherwise.
        measurements: one per constraint, in the table's order.
        preservation: 0-1, of an edit: how much of what should have stayed as it was, did. It stands
            beside `value` and is no part of it; None where nothing can be said.
        kept: what `preservation` was measured from.

    Raises:
        InputError: the value or the preservation is not a number from 0 to 1.
    """

    value: float
    passed: bool
    undecidable: bool = False
    reason: str = ""
    measurements: tuple[Measurement, ...] = ()
    preservation: float | None = None
    kept: tuple[Measurement, ...] = ()

    def __post_init__(self) -> None:
        for name in ("value", "preservation"):
            number = getattr(self, name)
            if number is None and name == "preservation":
                continue
            number = float(number)
            if not 0.0 <= number <= 1.0:  # NaN is not either
                what = "score" if name == "value" else name
                raise InputError(f"a {what} must lie between 0 and 1, not at {number}; mend the metric")
            object.__setattr__(self, name, number)
        object.__setattr__(self, "passed", bool(self.passed))
        object.__setattr__(self, "undecidable", bool(self.undecidable))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a metric may look at; a metric declares which parts it needs, the rest is None.

    Attributes:
        scene: the reconstructed picture.
        scene_before: the reconstructed source of an edit.
        image: path of the picture.
        source: path of the source picture of an edit.
    """

    scene: Scene | None = None
    scene_before: Scene | None = None
    image: Path | None = None
    source: Path | None = None
