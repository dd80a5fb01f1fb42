"""Arrays of pixels brought to another size, in numpy: the same numbers wherever it runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def resize(values: ArrayLike, height: int, width: int) -> NDArray[np.float32]:
    """Bilinear resize that keeps the picture's borders in place (what torch calls align_corners=False).

    Pixel i of n covers [i, i + 1] of n, so the middle of pixel i of the result lies at
    (i + 1/2) * n / m - 1/2 in the input's pixels. Outside the outermost middles the value stays. There
    is no blur before making smaller. A value that is not finite makes each value that it takes part in
    not finite.

    Args:
        values: (H, W) or (H, W, C).
        height: rows of the result.
        width: columns of the result.

    Returns:
        (height, width) or (height, width, C).
    """
    array = np.asarray(values, np.float32)
    return _along(_along(array, 0, height), 1, width)


def _along(array: NDArray[np.float32], axis: int, size: int) -> NDArray[np.float32]:
    old = array.shape[axis]
    if old == size:
        return array
    middles = np.clip((np.arange(size) + 0.5) * (old / size) - 0.5, 0, old - 1)
    low = np.minimum(middles.astype(np.intp), max(old - 2, 0))
    shape = [1] * array.ndim
    shape[axis] = size
    part = (middles - low).astype(np.float32).reshape(shape)
    before, after = array.take(low, axis), array.take(np.minimum(low + 1, old - 1), axis)
    result: NDArray[np.float32] = before * (1 - part) + after * part
    return result
