"""The picture to edit: brought to a size that the model takes, and the result brought back.

Width and height are each scaled by a factor of its own, and nothing is cropped or padded; so a point of the
result lies where it lies in the source once it is scaled back.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def model_size(
    height: int, width: int, pixels: int | None, multiple: int, least: int = 1, most: int | None = None
) -> tuple[int, int]:
    """Height and width to show a picture at.

    Args:
        height: of the source.
        width: of the source.
        pixels: about so many, width times height; None for the source's own.
        multiple: each side is a multiple of it.
        least: no side is shorter; a multiple, too.
        most: never more than so many, width times height; None for no bound.
    """
    area = height * width
    scale = math.sqrt(min(pixels or area, most or math.inf) / area)

    def sides(whole: Callable[[float], int]) -> tuple[int, int]:
        rows, columns = (
            max(multiple, least, whole(side * scale / multiple) * multiple) for side in (height, width)
        )
        return rows, columns

    rows, columns = sides(round)
    return sides(math.floor) if most is not None and rows * columns > most else (rows, columns)


def fixed_size(height: int, width: int, pixels: int, multiple: int, up: bool) -> tuple[int, int]:
    """Height and width that a pipeline which rounds by itself leaves as they are.

    Args:
        height: of the source.
        width: of the source.
        pixels: the pipeline brings every picture to about so many, by its shape alone.
        multiple: each side to a multiple of it.
        up: it rounds up; to the nearest multiple if not.
    """
    whole = math.ceil if up else round
    shown = height, width
    while True:
        ratio = shown[1] / shown[0]
        across = math.sqrt(pixels * ratio)
        sides = (across / ratio, across)
        rows, columns = (max(multiple, whole(side / multiple) * multiple) for side in sides)
        if (rows, columns) == shown:
            return shown
        shown = rows, columns


def resized(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """(height, width, 3), Lanczos; as it is where it has that size."""
    if pixels.shape[:2] == (height, width):
        return pixels
    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture)
