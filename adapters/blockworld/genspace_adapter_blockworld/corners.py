"""Corners of black squares to a few hundredths of a pixel: lines fitted to the edges intersect there."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

AnyImage = NDArray[np.integer[Any] | np.floating[Any]]  # what OpenCV says it returns
Array = NDArray[np.float64]

_ALONG: Final = np.linspace(0.1, 0.9, 15)  # where edges are probed; corners are rounded by the lens
_PROBES: Final = 17
# How far across the edge to look: less than the light margin outside and the black border inside.
_REACH_SHARE: Final = 0.06  # of the shortest edge
_REACH: Final = (1.6, 5.0)  # pixels
_ROUNDS: Final = 3
_FARTHEST: Final = 0.2  # of a square's size: a rough corner may be so far off along a slanting edge


def _edge_points(gray: AnyImage, corners: Array) -> tuple[Array, Array]:
    """Where the picture turns from dark to light across each edge.

    Args:
        gray: (H, W).
        corners: (m, 4, 2), pixels.

    Returns:
        Points (m, 4, 15, 2), and how much contrast each rests on (m, 4, 15).
    """
    edge = np.roll(corners, -1, axis=1) - corners
    length = np.linalg.norm(edge, axis=-1, keepdims=True)
    # Outwards: corners run clockwise on the screen, where y points down.
    normal = np.stack([edge[..., 1], -edge[..., 0]], axis=-1) / np.maximum(length, 1e-9)
    reach = np.clip(_REACH_SHARE * length.min(axis=1), *_REACH)[:, None]  # (m, 1, 1)
    offset = np.linspace(-1, 1, _PROBES) * reach  # (m, 1, probes)
    base = corners[:, :, None] + _ALONG[:, None] * edge[:, :, None]  # (m, 4, 15, 2)
    probe = base[..., None, :] + offset[:, :, None, :, None] * normal[:, :, None, None]
    flat = probe.reshape(-1, _PROBES * len(_ALONG), 2).astype(np.float32)
    values = cv2.remap(gray, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rise = np.maximum(np.diff(values.reshape(probe.shape[:-1]).astype(np.float64), axis=-1), 0)
    weight = rise.sum(axis=-1)
    middle = (offset[..., 1:] + offset[..., :-1])[:, :, None] / 2
    shift = (rise * middle).sum(axis=-1) / np.maximum(weight, 1e-9)
    return base + shift[..., None] * normal[:, :, None], weight


def _lines(points: Array, weight: Array) -> Array:
    """(m, 4, 3) homogeneous lines through weighted points; outliers count less in a second fit."""
    for _ in range(2):
        total = np.maximum(weight.sum(axis=-1, keepdims=True), 1e-9)
        mean = (points * weight[..., None]).sum(axis=-2) / total
        away = points - mean[..., None, :]
        spread = np.einsum("...k,...ki,...kj->...ij", weight, away, away)
        normal = np.linalg.eigh(spread)[1][..., 0]
        off = np.abs((away * normal[..., None, :]).sum(axis=-1))
        scale = 1.5 * np.median(off, axis=-1, keepdims=True) + 0.02
        weight = weight / (1 + (off / scale) ** 4)
    return np.concatenate([normal, -(normal * mean).sum(axis=-1, keepdims=True)], axis=-1)


def refine_corners(gray: AnyImage, corners: Array) -> Array:
    """Corners (m, 4, 2), pixels (integers are pixel centres), clockwise, of dark squares on light; refined.

    A square whose corners would move far was not what it seemed: it is returned as it was.
    """
    refined = corners
    for _ in range(_ROUNDS):
        lines = _lines(*_edge_points(gray, refined))
        meet = np.cross(np.roll(lines, 1, axis=1), lines)
        with np.errstate(divide="ignore", invalid="ignore"):
            refined = meet[..., :2] / meet[..., 2:]
        refined = np.where(np.isfinite(refined).all(axis=(1, 2), keepdims=True), refined, corners)
    size = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1).mean(axis=1)
    moved = np.abs(refined - corners).max(axis=(1, 2))
    return np.where((moved < np.maximum(4.0, _FARTHEST * size))[:, None, None], refined, corners)
