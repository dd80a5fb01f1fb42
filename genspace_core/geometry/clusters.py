"""Density-based clusters of points, without listing every pair: dense clouds have millions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
Labels = NDArray[np.intp]


def dbscan(points: Array, eps: float, min_points: int) -> Labels:
    """Clusters of DBSCAN (Ester et al., 1996), numbered and shared out as Open3D does.

    A point is core if at least `min_points`, itself among them, are nearer than `eps`. Clusters are
    numbered by their first core point; a point that is not core joins the lowest-numbered cluster that has
    a core point near it.

    Args:
        points: (n, 3), metres.
        eps: radius, metres.
        min_points: points in it, 2 at least.

    Returns:
        (n,), the number of each point's cluster; -1 for none.
    """
    labels = np.full(len(points), -1, dtype=np.intp)
    distances, nearest = cKDTree(points).query(points, k=min_points, distance_upper_bound=eps)
    core = np.isfinite(distances[:, -1])
    at = np.flatnonzero(core)
    if not len(at):
        return labels
    row, column = np.nonzero(core[:, None] & np.isfinite(distances))
    other = nearest[row, column]
    linked = core[other]
    place = np.cumsum(core) - 1  # of a point among the core points
    part = _joined(place[row[linked]], place[other[linked]], len(at))
    labels[at] = _by_first(_grown(points[at], part, eps))
    for i in np.flatnonzero(~core & np.isfinite(distances[:, 1])):  # fewer than min_points are near it
        near = nearest[i, np.isfinite(distances[i])]
        if core[near].any():
            labels[i] = labels[near[core[near]]].min()
    return labels


def largest(labels: Labels) -> NDArray[np.bool_]:
    """Members of the largest cluster; of equal ones, the one that comes first; none without a cluster.

    Args:
        labels: (n,), -1 for points of no cluster.

    Returns:
        (n,) bool.
    """
    counts = np.bincount(labels[labels >= 0], minlength=1)
    rivals = np.flatnonzero(counts == counts.max())
    first = labels[np.isin(labels, rivals)][:1]
    return labels == first if len(first) else np.zeros(len(labels), dtype=np.bool_)


def _joined(first: Labels, second: Labels, count: int) -> Labels:
    """Parts of `count` things that links join, (count,), numbered from 0."""
    links = coo_array((np.ones(len(first), dtype=np.bool_), (first, second)), shape=(count, count))
    _, part = connected_components(links, directed=False)
    return np.asarray(part, dtype=np.intp)


def _grown(points: Array, part: Labels, eps: float) -> Labels:
    """Parts, joined wherever points of two are nearer than eps: (n,) -> (n,).

    Links to the nearest few points leave seldom more than one part a cluster, so few searches are left.
    """
    while part.max() > 0:
        sizes = np.bincount(part)
        first: list[int] = []
        second: list[int] = []
        for one in np.flatnonzero(np.arange(len(sizes)) != sizes.argmax()).tolist():
            inside = part == one
            distances, found = cKDTree(points[~inside]).query(points[inside], distance_upper_bound=eps)
            met = np.unique(part[~inside][found[np.isfinite(distances)]])
            first.extend([one] * len(met))
            second.extend(met)
        if not first:
            break
        part = _joined(np.array(first), np.array(second), len(sizes))[part]
    return part


def _by_first(part: Labels) -> Labels:
    """Parts numbered anew in the order of their first members."""
    _, start, number = np.unique(part, return_index=True, return_inverse=True)
    order = np.empty(len(start), dtype=np.intp)
    order[np.argsort(start)] = np.arange(len(start))
    return order[number]
