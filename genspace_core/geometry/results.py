"""What lifting gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Frame = Literal["camera", "ground"]


@dataclass(frozen=True, slots=True, eq=False)
class LiftedObject:
    """One mask as an object in space, in the frame its `Lifting` names; metres.

    Attributes:
        points: (n, 3), cleaned surface points; (0, 3) if the object was dropped.
        center: (3,); NaN if it was dropped.
        extents: (3,), lengths of the sides of its box along the columns of `axes`; NaN if it was dropped.
        axes: (3, 3), columns: the box's first level side, down, its second level side; a rotation.
        note: why it was dropped, else empty.
    """

    points: Array
    center: Array
    extents: Array
    axes: Array
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lifting:
    """The objects of one picture.

    Attributes:
        objects: one per mask, in the order of the masks.
        ground: height of the ground: its y in the gravity frame, metres below the camera; None if unknown.
        frame: that of the objects: "camera", or "ground": the gravity frame shifted so that the ground is
            y = 0.
    """

    objects: tuple[LiftedObject, ...]
    ground: float | None
    frame: Frame


def dropped(note: str) -> LiftedObject:
    """An object without points, and why."""
    nowhere = np.full(3, np.nan)
    return LiftedObject(np.empty((0, 3)), nowhere, nowhere.copy(), np.eye(3), note)
