"""The depth map that an estimator hands on, checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import DepthMap


def depth_map(
    depth: ArrayLike, *, K: NDArray[np.float64] | None = None, focal: float | None = None
) -> DepthMap:
    """A `DepthMap` of these metres, (H, W) along z; what is not a distance before the camera is unknown, NaN.

    Raises:
        ReconstructionError: no pixel has a depth, or the model's camera is none.
    """
    metres = np.array(depth, np.float32)
    metres[~(np.isfinite(metres) & (metres > 0))] = np.nan
    if np.isnan(metres).all():
        raise ReconstructionError(
            'the model found no depth in any pixel; with a 16-bit dtype, try dtype = "float32"'
        )
    if K is not None and not (np.isfinite(K).all() and K[0, 0] > 0 and K[1, 1] > 0):
        raise ReconstructionError(
            "the model's focal length is not a positive number, so its camera is unknown"
        )
    return DepthMap(depth=metres, K=K, focal=focal)
