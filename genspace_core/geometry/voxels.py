"""Means of points in the voxels of a grid, as Open3D's `voxel_down_sample` gives them, order included.

The order matters to the published protocol: a point between two clusters joins the one that is found
first. Open3D lists its voxels as the hash table of the GNU C++ library does, so that is worked out here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Sizes the table grows through (the primes that the library picks from 13 on, doubling); it grows when full.
TABLE_SIZES = (
    13,
    29,
    59,
    127,
    257,
    541,
    1109,
    2357,
    5087,
    10273,
    20753,
    42043,
    85229,
    172933,
    351061,
    712697,
)


def voxel_means(points: Array, size: float) -> Array:
    """Mean of the points in each voxel.

    The grid starts half a voxel below the least coordinates.

    Args:
        points: (n, 3), n >= 1, metres.
        size: side of a voxel, metres.

    Returns:
        (m, 3), metres, in Open3D's order.
    """
    cells = np.floor((points - (points.min(axis=0) - size * 0.5)) / size).astype(np.int64)
    shape = cells.max(axis=0) + 1
    keys = (cells[:, 0] * shape[1] + cells[:, 1]) * shape[2] + cells[:, 2]
    _, first, voxel, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    sums = [np.bincount(voxel, weights=points[:, axis]) for axis in range(3)]
    means = np.stack(sums, axis=1) / count[:, None]
    entered = np.argsort(first)  # voxels enter the table in the order of their first points
    means = means[entered]
    return means[table_order(_hashes(cells[first[entered]]))]


def table_order(hashes: NDArray[np.uint64]) -> Indices:
    """The order in which a hash table lists its entries.

    The table is one linked list. An entry goes in front of those of its bucket, or, if it is the bucket's
    first, in front of all. To grow is to enter everything anew, in the order of the list.

    Args:
        hashes: (n,), of the entries in the order they came; all different entries.

    Returns:
        (n,), indices into `hashes`.
    """
    order = np.empty(0, dtype=np.intp)
    for size in TABLE_SIZES:
        order = np.concatenate([order, np.arange(len(order), min(size, len(hashes)))])
        _, first, bucket = np.unique(hashes[order] % np.uint64(size), return_index=True, return_inverse=True)
        order = order[np.lexsort((-np.arange(len(order)), -first[bucket]))]
        if len(order) == len(hashes):
            return order
    return np.concatenate([order, np.arange(len(order), len(hashes))])  # beyond any picture's voxels


def _hashes(cells: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(n,), Open3D's hash of (n, 3) voxel indices: its coordinates mixed in, one after the other."""
    mixed = np.zeros(len(cells), dtype=np.uint64)
    for column in cells.T.astype(np.uint64):
        mixed ^= column + np.uint64(0x9E3779B9) + (mixed << np.uint64(6)) + (mixed >> np.uint64(2))
    return mixed
