"""The edges of an object in a depth map, where estimated depth is least to be trusted.

Estimated depth does not jump at an edge: it runs through a few pixels that show neither the object nor
what is behind it. The mask tells better where the object ends. So pixels near such a ramp are held against
the surface further in, continued: in the picture a plane's 1 / depth is linear, so a surface's next pixel
can be told from two. A pixel that fits keeps its depth, one that fits the background continued inwards is
left out, and one that fits neither is given the depth of its surface. Sharp edges stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from genspace_core.geometry.patches import MARGIN, Patch

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

EDGE = 4.0  # how deep ramps go, pixels of the picture ...
EDGE_SHARE = 0.04  # ... and at most as a share of the mask's side
STEEP = 15.0  # slope, depth per width, beyond which neighbours are not one surface (86 degrees)
FIT = 3.0  # how far a pixel may be off its surface, in depth per width
NOISE_STEPS = 6.0  # and how many deviations of the noise
SHARP = 0.15  # how far a pixel outside may be on its way to the object and still be of the background
LEAST_SURE = 0.3  # of the pixels, away from edges: a mask with less (a wire, a fence) has no inside
_SQUARE = np.ones((3, 3), dtype=np.bool_)


def mend_edges(patch: Patch) -> Patch:
    """The patch with the pixels at the object's edges mended, or taken out of its mask."""
    side = float(np.sqrt(np.count_nonzero(patch.mask)))
    reach = max(1, round(min(EDGE / patch.step, EDGE_SHARE * side)))
    continuation = _Continuation(patch, reach)
    flying = _flying(patch)
    outside = np.flatnonzero(ndimage.binary_dilation(patch.mask, _SQUARE) & ~patch.mask)
    ramp = flying & patch.mask
    ramp.ravel()[outside[~continuation.fits_outside(outside)]] = True
    doubtful = patch.mask & ndimage.binary_dilation(ramp, _SQUARE, iterations=reach)
    if np.count_nonzero(doubtful) > (1.0 - LEAST_SURE) * np.count_nonzero(patch.mask):
        return _nearest(patch) if (flying & patch.mask).any() else patch
    return continuation.run(doubtful, flying)


def _nearest(patch: Patch) -> Patch:
    """The patch of a thin thing in soft depth, each pixel as near as any beside it: ramps lead away."""
    near = ndimage.minimum_filter(np.where(patch.mask, patch.log_depth, np.inf), 3)
    return replace(patch, log_depth=np.where(patch.mask, near, patch.log_depth))


def _flying(patch: Patch) -> Bools:
    """Pixels to which depth comes steeply from one side and goes on as steeply to the other: (h, w)."""
    limit = STEEP * patch.slope + NOISE_STEPS * np.sqrt(2.0) * patch.noise
    flying = np.zeros(patch.mask.shape, dtype=np.bool_)
    for values, marks in ((patch.log_depth, flying), (patch.log_depth.T, flying.T)):
        change = np.diff(values, axis=0)
        up, down = change > limit, change < -limit  # false beside NaN
        marks[1:-1] |= (up[1:] & up[:-1]) | (down[1:] & down[:-1])
    return flying


class _Continuation:
    """Surfaces of a patch continued from pixel to pixel; pixels are flat indices."""

    def __init__(self, patch: Patch, reach: int) -> None:
        width = patch.mask.shape[1]
        self.patch, self.reach, self.ways = patch, reach, np.array([1, -1, width, -width])
        self.unit = float(np.median(patch.log_depth[patch.mask]))
        self.mask = patch.mask.ravel()
        self.clear = ~ndimage.binary_dilation(patch.mask, _SQUARE, iterations=reach).ravel()
        self.inverse = np.exp(self.unit - patch.log_depth).ravel()
        # With much noise the slope between two pixels tells nothing, and a surface is continued level.
        self.trend = 1.0 / (1.0 + (patch.noise / patch.slope) ** 2)
        self.steepest = STEEP * patch.slope
        self.allowed = FIT * patch.slope + NOISE_STEPS * patch.noise

    def run(self, doubtful: Bools, flying: Bools) -> Patch:
        """The patch with the doubtful pixels of its mask, (h, w), mended or taken out."""
        inverse = self.inverse.copy()
        sure: Bools = np.asarray(self.patch.mask & ~doubtful, dtype=np.bool_).ravel()
        rest = np.flatnonzero(doubtful)
        behind = np.zeros_like(sure)
        behind[rest] = self.fits_outside(rest)
        for _ in range(2 * self.reach):
            near = rest[:, None] + self.ways
            guess = self._continued(inverse, rest, 1, 2)
            guess[~(sure[near] & sure[near + self.ways])] = np.nan
            # Along an edge a ramp is as smooth as a surface: better look straight into the object.
            inwards = self._inwards(rest) & ~np.isnan(guess)
            guess[inwards.any(axis=1, keepdims=True) & ~inwards] = np.nan
            off = np.abs(guess - self.inverse[rest, None])
            reached = ~np.isnan(off).all(axis=1)
            if not reached.any():
                break
            found, off, guess = rest[reached], off[reached], guess[reached]
            fits = np.nanmax(off, axis=1) <= self.allowed * self.inverse[found]
            mended = ~fits & ~behind[found]
            inverse[found[mended]] = np.nanmedian(guess[mended], axis=1)
            sure[found[fits | mended]] = True
            rest = rest[~reached]
        sure[rest[~behind[rest] & ~flying.ravel()[rest]]] = True  # nothing beside them to hold them against
        shape = self.patch.mask.shape
        log_depth = self.unit - np.log(inverse)
        return replace(self.patch, log_depth=log_depth.reshape(shape), mask=sure.reshape(shape))

    def fits_outside(self, pixels: Indices) -> Bools:
        """Whether pixels, (n,), continue what is outside the mask, past any ramp, at some side: (n,)."""
        first = 2 * self.reach
        second = min(first + 2, MARGIN)
        guess = self._continued(self.inverse, pixels, first, second)
        near, far = pixels[:, None] + first * self.ways, pixels[:, None] + second * self.ways
        guess[~(self.clear[near] & self.clear[far])] = np.nan
        own: Array = self.inverse[pixels, None]
        allowed = self.allowed * own + SHARP * np.abs(1.0 - guess)  # the object's 1 / depth is about 1 here
        fits: Bools = np.asarray((np.abs(own - guess) <= allowed).any(axis=1))  # false for NaN
        return fits

    def _inwards(self, pixels: Indices) -> Bools:
        """Which ways, (n, 4), lead from (n,) pixels away from an edge of the mask that is near."""
        steps = -np.arange(1, self.reach + 1)[:, None] * self.ways
        outside: Bools = ~self.mask[pixels[:, None, None] + steps].all(axis=1)
        return outside

    def _continued(self, inverse: Array, pixels: Indices, first: int, second: int) -> Array:
        """1 / depth of (n,) pixels as those `first` and `second` steps off tell it, to each side: (n, 4)."""
        near = inverse[pixels[:, None] + first * self.ways]
        change = (near - inverse[pixels[:, None] + second * self.ways]) * (first / (second - first))
        bound = first * self.steepest * near
        guess: Array = near + self.trend * np.clip(change, -bound, bound)
        return guess
