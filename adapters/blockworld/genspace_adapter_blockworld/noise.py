"""Errors for an exact depth, of the kinds that depth models make, drawn anew for each picture."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.plugin import NoiseKind

Array = NDArray[np.float64]

NODES: Final = 6
"""Independent draws across the longer side of a picture, of the smooth kind; softly joined."""


def noise_field(kind: NoiseKind, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """(H, W) of standard normal deviates: mean 0 and standard deviation 1 at every pixel.

    Kinds: "scale", the same everywhere; "smooth", alike in neighbouring parts of the picture; "pixel", each
    pixel on its own.
    """
    if kind == "scale":
        return np.full(shape, rng.standard_normal())
    if kind == "pixel":
        return rng.standard_normal(shape)
    step = max(shape) / NODES
    down, across = (_bumps(length, step) for length in shape)
    return np.asarray(down @ rng.standard_normal((down.shape[1], across.shape[1])) @ across.T)


def _bumps(length: int, step: float) -> Array:
    """(length, nodes) weights of nodes `step` pixels apart: a Gaussian around each, rows of unit length.

    Unit rows keep the deviation 1 at every pixel, on nodes and between them; nodes reach over both ends.
    """
    nodes = (np.arange(-2, np.ceil(length / step) + 3) - 0.5) * step
    weights = np.exp(-(((np.arange(length)[:, None] - nodes) / step) ** 2))
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))


def noisy(
    depth: NDArray[np.float32], deviation: float, kind: NoiseKind, seed: tuple[int, ...]
) -> NDArray[np.float32]:
    """(H, W) depth times exp(deviation * field): of a small deviation, the relative standard deviation.

    The exponential keeps depth positive and favours neither too near nor too far. The same `seed` gives
    the same error; 0, for unknown, stays 0.
    """
    if deviation == 0.0:
        return depth
    field = noise_field(kind, depth.shape, np.random.default_rng(seed))
    return np.asarray(depth * np.exp(deviation * field), np.float32)
