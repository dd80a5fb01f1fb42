"""Metric3D's canonical camera: pictures fitted into one size, depth as a camera of focal length 1000 sees it.

Sizes, padding, scale and clamp are those of the published protocol (Metric3D v2, the ViT models).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_depth.resizing import resize

HEIGHT: Final = 616
WIDTH: Final = 1064
FOCAL: Final = 1000.0  # pixels
FARTHEST: Final = 300.0  # metres
MEAN: Final = np.array((123.675, 116.28, 103.53), np.float32)
STD: Final = np.array((58.395, 57.12, 57.375), np.float32)


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a picture lies in the model's input: its first row and column there, and its size."""

    top: int
    left: int
    height: int
    width: int
    scale: float


def fit(height: int, width: int) -> Fit:
    """How a picture of this size is fitted: as large as it goes, in the middle."""
    scale = min(HEIGHT / height, WIDTH / width)
    inner_height, inner_width = max(int(height * scale), 1), max(int(width * scale), 1)
    return Fit((HEIGHT - inner_height) // 2, (WIDTH - inner_width) // 2, inner_height, inner_width, scale)


def fitted(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(3, 616, 1064) the model's input, from an (H, W, 3) sRGB picture; the padding is the mean colour, 0."""
    place = fit(*image.shape[:2])
    inner = np.rint(resize(image, place.height, place.width))
    padded = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    rows, columns = _inside(place)
    padded[rows, columns] = (inner - MEAN) / STD
    return np.ascontiguousarray(padded.transpose(2, 0, 1))


def metric(canonical: NDArray[np.float32], height: int, width: int, focal: float) -> NDArray[np.float32]:
    """Depth (height, width), metres, of the picture that was fitted.

    Args:
        canonical: (616, 1064), what the model gave.
        height: of the picture.
        width: of the picture.
        focal: focal length in the picture's pixels.
    """
    place = fit(height, width)
    depth = resize(canonical[_inside(place)], height, width)
    depth *= np.float32(focal * place.scale / FOCAL)
    return depth.clip(0, FARTHEST)


def _inside(place: Fit) -> tuple[slice, slice]:
    return slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)
