"""Depth freed of noise that changes from pixel to pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


def smoothed(log_depth: Array, pixels: Bools, window: int) -> Array:
    """Log depth of the plane that fits best to the pixels around each.

    In the picture a plane's 1 / depth is linear in row and column, so the fit is linear, and a slanted
    face keeps its slope up to its very edge.

    Args:
        log_depth: (h, w), logarithm of metres.
        pixels: (h, w), those that count.
        window: side of the square around each, pixels, odd.

    Returns:
        (h, w); NaN but for `pixels`.
    """
    unit = float(np.median(log_depth[pixels]))
    inverse = np.exp(np.where(pixels, unit - log_depth, -np.inf))
    weight = pixels.astype(np.float64)
    row, column = np.indices(pixels.shape, dtype=np.float64) / window

    def mean(values: Array) -> Array:
        return np.asarray(ndimage.uniform_filter(values, window, mode="constant"))

    # Moments about each pixel itself, from moments about a corner.
    n, r, c, q = mean(weight), mean(weight * row), mean(weight * column), mean(inverse)
    rr = mean(weight * row * row) - 2 * row * r + row * row * n
    cc = mean(weight * column * column) - 2 * column * c + column * column * n
    rc = mean(weight * row * column) - row * c - column * r + row * column * n
    rq, cq = mean(inverse * row) - row * q, mean(inverse * column) - column * q
    r, c = r - row * n, c - column * n
    # A grain of ridge on the slopes decides where the pixels lie along a line and say nothing across it.
    rr, cc = rr + 1e-6, cc + 1e-6
    minor = rr * cc - rc * rc
    with np.errstate(divide="ignore", invalid="ignore"):
        top = q * minor - r * (rq * cc - rc * cq) + c * (rq * rc - rr * cq)
        value = top / (n * minor - r * (r * cc - rc * c) + c * (r * rc - rr * c))
        result: Array = np.where(pixels & (value > 0), unit - np.log(value), np.nan)
    return np.where(pixels & np.isnan(result), log_depth, result)
