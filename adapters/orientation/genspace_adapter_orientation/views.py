"""What a network is shown of a detection: the crop around its box, or the object alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import RGB, Detection

FOREGROUND: Final = 0.85
"""Share of the side of a picture without background that the object takes, as published."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A piece of a picture.

    Attributes:
        pixels: (h, w, 3) sRGB.
        centre: (2,), the pixel u, v of the whole picture that its middle shows. Pixels are counted at their
            centres: the middle of the first two columns is u = 0.5.
    """

    pixels: RGB
    centre: NDArray[np.float64]


def padded_box(image: RGB, box: NDArray[np.float64], padding: int) -> tuple[int, int, int, int]:
    """A box with a margin, within the picture: x0, y0, x1, y1 in whole pixels, the last ones excluded.

    Args:
        image: (H, W, 3).
        box: (4,), pixels, x0 y0 x1 y1.
        padding: pixels on each side.

    Raises:
        ReconstructionError: an edge of the box is not a number.
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = (float(edge) for edge in box)
    if isnan(x0 + y0 + x1 + y1):
        raise ReconstructionError(f"the box {x0:g} {y0:g} {x1:g} {y1:g} of a detection is none")
    return (
        round(max(0.0, x0 - padding)),
        round(max(0.0, y0 - padding)),
        round(min(float(width), x1 + padding)),
        round(min(float(height), y1 + padding)),
    )


def crop_view(image: RGB, detection: Detection, padding: int) -> View | None:
    """A detection's box with a margin, its background kept; None if no pixel of the picture is in it.

    Args:
        image: (H, W, 3) sRGB.
        detection: box in pixels.
        padding: pixels on each side.
    """
    x0, y0, x1, y1 = padded_box(image, detection.box, padding)
    if x0 >= x1 or y0 >= y1:
        return None
    return View(image[y0:y1, x0:x1], np.array([x0 + x1 - 1, y0 + y1 - 1]) / 2)


def foreground_view(crop: View, opacity: NDArray[np.uint8], colour: int) -> View | None:
    """The object of a crop on a plain square, over 85 % of its side; None if all of it is background.

    Args:
        crop: with background.
        opacity: (h, w), 0 for background to 255 for the object.
        colour: grey value of the square, 0-255.
    """
    rows, columns = (np.flatnonzero(opacity.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    share = opacity[y0:y1, x0:x1, None].astype(np.float64) / 255
    blended = crop.pixels[y0:y1, x0:x1] * share + colour * (1 - share)
    height, width = blended.shape[:2]
    side = int(max(height, width) / FOREGROUND)
    top, left = (side - height) // 2, (side - width) // 2
    pixels = np.full((side, side, 3), colour, np.uint8)
    pixels[top : top + height, left : left + width] = blended.round()
    middle = np.array([x0 + x1 - 1, y0 + y1 - 1]) / 2
    corner = crop.centre - (np.array(opacity.shape[::-1]) - 1) / 2
    return View(pixels, corner + middle)
