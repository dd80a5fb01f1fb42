"""The picture to edit: brought to a size that the model takes, and the result brought back.

Width and height are each scaled by a factor of its own, and nothing is cropped or padded; so a point of the
result lies where it lies in the source once it is scaled back.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def model_size(height: int, width: int, pixels: int | None, multiple: int) -> tuple[int, int]:
    """Height and width to show a picture at.

    Args:
        height: of the source.
        width: of the source.
        pixels: about so many, width times height; None for the source's own.
        multiple: each side is a multiple of it.
    """
    scale = math.sqrt(pixels / (height * width)) if pixels else 1.0
    rows, columns = (max(multiple, round(side * scale / multiple) * multiple) for side in (height, width))
    return rows, columns


def resized(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """(height, width, 3), Lanczos; as it is where it has that size."""
    if pixels.shape[:2] == (height, width):
        return pixels
    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture)
