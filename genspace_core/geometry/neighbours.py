"""Mean distance of points to their nearest neighbours, quick for points that come from pixels.

A search tree takes microseconds a point. Neighbours in space are mostly neighbours in the picture, so
the nearest of a small window of pixels are found first, by arrays; what the window cannot prove goes
to the tree. The proof: every point seen at a column c or beyond lies beyond the plane that holds the
camera and the column c, so it is at least as far as that plane. If the k-th nearest point in the window is
nearer than the four planes around the window, then no point outside it is nearer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

WINDOW = 3  # pixels to each side: proves surfaces up to about 65 degrees off the view, and straight edges
_BLOCK = 4096  # pixels worked on at once, so that their distances stay in the processor's cache


def mean_distances(points: Array, k: int) -> Array:
    """Mean distance of every point to its k nearest, itself among them.

    Args:
        points: (n, 3), n >= 1, metres.
        k: how many; all points where there are fewer.

    Returns:
        (n,), metres.
    """
    return _by_tree(points, points, k)


def mean_distances_of_pixels(image: Array, k: int, K: Array, corner: tuple[int, int]) -> Array:
    """The same of points that lie on the rays of their pixels, quicker; to the last digit but one.

    Args:
        image: (h, w, 3), metres, camera frame; NaN where there is no point.
        k: how many; all points where there are fewer.
        K: (3, 3), pixels.
        corner: row and column, in the whole picture, of the image's first pixel.

    Returns:
        (n,), metres, of the n points in row order.
    """
    there = ~np.isnan(image[..., 2])
    points = image[there]
    window = _Window(image, there, k, K, corner)
    middle = window.search(window.blocks[len(window.blocks) // 2])
    if 2 * np.count_nonzero(np.isnan(middle)) > len(middle):  # noisy depth: the window proves little
        return _by_tree(points, points, k)
    means = np.concatenate([window.search(first) for first in window.blocks])
    rest = np.flatnonzero(np.isnan(means))
    if len(rest):
        means[rest] = _by_tree(points, points[rest], k)
    return means


def _by_tree(points: Array, asked: Array, k: int) -> Array:
    tree = cKDTree(points, balanced_tree=False)
    distances, _ = tree.query(asked, k=min(k, len(points)))
    means: Array = np.asarray(distances).reshape(len(asked), -1).mean(axis=1)
    return means


class _Window:
    """The window search, a block of rows at a time."""

    def __init__(self, image: Array, there: Bools, k: int, K: Array, corner: tuple[int, int]) -> None:
        height, width = there.shape
        self.k, self.K, self.corner, self.there = k, K, corner, there
        pad = ((0, 0), (WINDOW, WINDOW), (WINDOW, WINDOW))
        self.padded = np.pad(image.transpose(2, 0, 1), pad, constant_values=np.nan)
        self.rows = max(1, _BLOCK // width)
        self.blocks = range(0, height, self.rows)
        side = 2 * WINDOW + 1
        self.offsets = [(i, j) for i in range(side) for j in range(side)]

    def search(self, first: int) -> Array:
        """Mean distances of the points of the block that starts at a row; NaN where not proven."""
        there = self.there[first : first + self.rows]
        rows, width = there.shape
        around = self.padded[:, first : first + rows + 2 * WINDOW]
        center = around[:, WINDOW : WINDOW + rows, WINDOW : WINDOW + width]
        squares = np.empty((len(self.offsets), rows, width))
        step = np.empty((3, rows, width))
        for (i, j), square in zip(self.offsets, squares, strict=True):
            np.subtract(around[:, i : i + rows, j : j + width], center, out=step)
            np.einsum("kij,kij->ij", step, step, out=square)
        nearest = np.ascontiguousarray(squares[:, there].T)
        nearest.partition(self.k - 1, axis=1)  # NaN, no point, comes last
        distances = np.sqrt(nearest[:, : self.k])
        row, column = np.nonzero(there)
        reach = self._reach(column + self.corner[1], row + first + self.corner[0], center[2][there])
        proven = distances[:, -1] < reach  # false for NaN
        means: Array = np.where(proven, distances.mean(axis=1), np.nan)
        return means

    def _reach(self, u: NDArray[np.intp], v: NDArray[np.intp], z: Array) -> Array:
        """Distance of the points to the nearest plane through the first row or column outside their window.

        A point P seen at u is z (u - c) / |k_1 - c k_3| from the plane of column c: k_i are the rows of K.
        """
        K, step = self.K, WINDOW + 1
        across = np.hypot(np.hypot(K[0, 0], K[0, 1]), np.abs(u - K[0, 2]) + step)
        along = np.hypot(K[1, 1], np.abs(v - K[1, 2]) + step)
        reach: Array = z * step / np.maximum(across, along)
        return reach
