"""The surroundings of one mask in the picture, thinned where the mask is large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genspace_core.geometry.pinhole import back_project

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

MARGIN = 12  # pixels of the patch around the mask's bounding box, to see what the object stands before


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Every `step`-th row and column of a part of the picture.

    Attributes:
        log_depth: (h, w), logarithm of the depth in metres; NaN where unknown, and outside the picture.
        mask: (h, w), the pixels of the mask with known depth; none of them within the margin.
        rows: (h,), in the picture, pixels.
        columns: (w,), in the picture, pixels.
        step: pixels from one row or column to the next.
        slope: change of `log_depth` from one pixel of the patch to the next on a surface at 45 degrees;
            so `log_depth / slope` is depth in steps across.
        noise: standard deviation of what in `log_depth` changes from pixel to pixel at random.
    """

    log_depth: Array
    mask: Bools
    rows: Array
    columns: Array
    step: int
    slope: float
    noise: float

    def points(self, pixels: Bools, inverse: Array, log_depth: Array | None = None) -> Array:
        """Points of some of the pixels, (h, w): (n, 3), metres, camera frame, in row order.

        Args:
            pixels: (h, w), of known depth.
            inverse: (3, 3), of the intrinsics.
            log_depth: (h, w), to be used in place of the patch's own.
        """
        row, column = np.nonzero(pixels)
        depth = np.exp((self.log_depth if log_depth is None else log_depth)[row, column])
        return back_project(self.columns[column], self.rows[row], depth, inverse)


def cut_patch(depth: NDArray[np.floating], mask: Bools, K: Array, most: int) -> Patch:
    """The patch of a mask that is not empty.

    Args:
        depth: (H, W), metres; 0, negative or not finite where unknown.
        mask: (H, W).
        K: (3, 3), pixels.
        most: pixels of the mask to keep, about.
    """
    (top, bottom), (left, right) = (np.flatnonzero(mask.any(axis=axis))[[0, -1]].tolist() for axis in (1, 0))
    count = np.count_nonzero(mask[top : bottom + 1, left : right + 1])
    step = max(1, round(float(np.sqrt(count / most))))
    rows, in_rows, from_rows = _span(top, bottom, step, mask.shape[0])
    columns, in_columns, from_columns = _span(left, right, step, mask.shape[1])
    values = np.full((len(rows), len(columns)), np.nan)
    part = np.zeros(values.shape, dtype=np.bool_)
    values[in_rows, in_columns] = depth[from_rows, from_columns]
    part[in_rows, in_columns] = mask[from_rows, from_columns]
    values[~(values > 0) | np.isinf(values)] = np.nan
    log_depth = np.log(values)
    part &= ~np.isnan(log_depth)
    return Patch(
        log_depth,
        part,
        rows,
        columns,
        step,
        step / float(np.sqrt(K[0, 0] * K[1, 1])),
        _noise(np.where(part, log_depth, np.nan)),
    )


def _span(first: int, last: int, step: int, size: int) -> tuple[Array, slice, slice]:
    """Rows, or columns, of a patch whose mask goes from `first` to `last`; a picture has `size` of them.

    Returns:
        Their places in the picture; those of them that are inside it; the same as a slice of the picture.
    """
    # From the middle of a step on, so that as much is lost at either side.
    places = np.arange(first + step // 2 - MARGIN * step, last + 1 + MARGIN * step, step)
    inside = np.flatnonzero((places >= 0) & (places < size))
    low, high = int(inside[0]), int(inside[-1])
    return (
        places.astype(np.float64),
        slice(low, high + 1),
        slice(int(places[low]), int(places[high]) + 1, step),
    )


def _noise(log_depth: Array) -> float:
    """Standard deviation of the noise, from second differences: they are small on any smooth surface."""
    bends = []
    for values in (log_depth, log_depth.T):
        bend = values[:-2] - 2.0 * values[1:-1] + values[2:]
        bends.append(np.abs(bend[~np.isnan(bend)]))
    every = np.concatenate(bends)
    # Half of a normal variable's values are within 0.6745 deviations; a bend adds up 1 + 4 + 1 variances.
    return float(np.median(every)) / (0.6745 * np.sqrt(6.0)) if len(every) else 0.0
