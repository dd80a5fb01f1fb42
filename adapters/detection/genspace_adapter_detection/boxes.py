"""Geometry of boxes: (n, 4) arrays x0 y0 x1 y1, in pixels from the picture's upper left corner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def corners(boxes: Array) -> Array:
    """Boxes given as centre x, centre y, width, height, by their corners."""
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def clip(boxes: Array, height: int, width: int) -> Array:
    """Boxes cut off at the picture's edges; one wholly outside keeps no area."""
    return np.clip(boxes, 0.0, np.array([width, height, width, height], np.float64))


def areas(boxes: Array) -> Array:
    """(n,) square pixels."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def overlaps(boxes: Array, others: Array) -> Array:
    """(n, m) square pixels that each box shares with each of the others."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.maximum(high - low, 0.0)
    shared: Array = sides[..., 0] * sides[..., 1]
    return shared


def ious(boxes: Array, others: Array) -> Array:
    """(n, m) intersection over union, 0-1; 0 for boxes without an area."""
    shared = overlaps(boxes, others)
    union = areas(boxes)[:, None] + areas(others)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def insides(boxes: Array, others: Array) -> Array:
    """(n, m) share of each box that lies in each of the others, 0-1."""
    size = np.broadcast_to(areas(boxes)[:, None], (len(boxes), len(others)))
    shared = overlaps(boxes, others)
    return np.divide(shared, size, out=np.zeros_like(shared), where=size > 0)


def union_area(boxes: Array) -> float:
    """Square pixels that the boxes cover together, counted once.

    The corners cut the plane into a grid, each cell of which is in a box as a whole or not at all.
    """
    xs, ys = np.unique(boxes[:, [0, 2]]), np.unique(boxes[:, [1, 3]])
    covered = np.zeros((len(ys) - 1, len(xs) - 1), np.bool_)
    for x0, y0, x1, y1 in boxes:
        columns = slice(np.searchsorted(xs, x0), np.searchsorted(xs, x1))
        rows = slice(np.searchsorted(ys, y0), np.searchsorted(ys, y1))
        covered[rows, columns] = True
    return float(np.diff(ys) @ covered @ np.diff(xs))


def masks_of(boxes: Array, height: int, width: int) -> NDArray[np.bool_]:
    """(n, height, width): the pixels whose centres lie in each box; at least one pixel a box."""
    masks = np.zeros((len(boxes), height, width), np.bool_)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[_pixels(y0, y1, height), _pixels(x0, x1, width)] = True
    return masks


def _pixels(low: float, high: float, size: int) -> slice:
    first = min(int(np.ceil(low - 0.5)), size - 1)
    return slice(max(first, 0), max(int(np.ceil(high - 0.5)), first + 1))
