"""Which parts of a mask are the object: its largest surface and what belongs to it.

Pixels are put in cells of column, row and logarithm of depth, and cells that touch are one part. A mask
that leaks onto the background has that in a part of its own, further back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from genspace_core.geometry.patches import Patch

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

CELLS = 24.0  # cells across the object
STEEPEST = 8.0  # surfaces of this slope, depth per width, hold together from pixel to pixel
NOISE_DEPTH = 0.6  # how many deviations of the noise a cell is made deeper by
NOISY = 0.3  # noise, in depths of a cell, from which on stray pixels fill the space between surfaces ...
SOLID = 0.15  # ... so that a cell must be filled to this share to count
NEAR_DEPTH, NEAR_ACROSS = 0.15, 1.0  # how far apart parts of one object may be, in sizes of the object
LEAST_PART = 0.003  # of the pixels; less is a speck


def own_parts(patch: Patch, pixels: Bools) -> Bools:
    """The pixels that belong to the object: (h, w), some of `pixels`, (h, w), which are not none.

    The largest part is the object's. Another is too if it is not much further forward or back than the
    object so far, unless a gap across explains it, as an occluder leaves it, and not too far across.
    """
    row, column = np.nonzero(pixels)
    depth = patch.log_depth[row, column] / patch.slope
    side = float(np.sqrt(len(row)))
    part = _parts(patch, row, column, depth, side)
    linked = part >= 0
    if not linked.any():
        return pixels
    row, column, depth, part = row[linked], column[linked], depth[linked], part[linked]
    member = np.isin(part, _belonging(part, np.stack([row, column, depth]), side))
    own = np.zeros_like(pixels)
    own[row[member], column[member]] = True
    return own


def _parts(patch: Patch, row: Indices, column: Indices, depth: Array, side: float) -> Indices:
    """The part of every pixel, (n,); -1 for stray ones. Depth and the object's side are in pixels."""
    noise = patch.noise / patch.slope
    width = max(2.0, side / CELLS)
    plain = max(STEEPEST / patch.step, width)
    layer = np.floor((depth - np.median(depth)) / (plain + NOISE_DEPTH * noise)).astype(np.intp)
    # Empty stretches of depth are cut to one layer: a leak to the horizon needs no larger grid.
    used, place = np.unique(layer, return_inverse=True)
    layer = np.concatenate([[0], np.cumsum(np.minimum(np.diff(used), 2))])[place]
    cell = ((row / width).astype(np.intp), (column / width).astype(np.intp), layer)
    shape = [int(axis.max()) + 1 for axis in cell]
    count = np.bincount(np.ravel_multi_index(cell, shape), minlength=int(np.prod(shape))).reshape(shape)
    least = SOLID * width**2 if noise > NOISY * plain else 1.0
    parts, _ = ndimage.label(count >= least, structure=np.ones((3, 3, 3)))
    return np.asarray(parts[cell], dtype=np.intp) - 1


def _belonging(part: Indices, places: Array, side: float) -> list[int]:
    """Numbers of the object's parts, given the part, (n,), and row, column, depth, (3, n), of pixels."""
    sizes = np.bincount(part)
    if len(sizes) == 1:
        return [0]
    order = np.argsort(part, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    lows = np.minimum.reduceat(places[:, order], starts, axis=1).T
    highs = np.maximum.reduceat(places[:, order], starts, axis=1).T
    first, *others = np.argsort(-sizes, kind="stable").tolist()
    own, low, high = [first], lows[first], highs[first]
    for other in others:
        if sizes[other] < LEAST_PART * len(part):
            break
        rows, columns, depth = np.maximum(0.0, np.maximum(lows[other] - high, low - highs[other]))
        across = np.hypot(rows, columns)
        if across <= NEAR_ACROSS * side and depth <= NEAR_DEPTH * side + across:
            own.append(other)
            low, high = np.minimum(low, lows[other]), np.maximum(high, highs[other])
    return own
