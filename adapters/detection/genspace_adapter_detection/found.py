"""What a model found in one picture, before it is decided what stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Candidates for objects of one picture.

    Attributes:
        names: (n,) the name whose query found it.
        scores: (n,) 0-1.
        boxes: (n, 4) pixels x0 y0 x1 y1, clipped to the picture.
        low: (n, h, w) a coarse mask for each, of a model that gives boxes and masks at once (a tensor of
            logits); else None.
    """

    names: NDArray[np.str_]
    scores: Array
    boxes: Array
    low: Any = None

    def __len__(self) -> int:
        return len(self.scores)


class Finder(Protocol):
    """Pictures and names -> candidates."""

    def find(self, images: list[NDArray[np.uint8]], names: list[list[str]]) -> list[Found]:
        """Candidates of each picture, in order; each picture has one name or more."""
        ...


class Segmenter(Protocol):
    """A picture and some of its candidates -> their masks."""

    def masks(self, image: NDArray[np.uint8], found: Found, kept: NDArray[np.intp]) -> Masks:
        """(len(kept), H, W) of the picture (H, W, 3)."""
        ...
