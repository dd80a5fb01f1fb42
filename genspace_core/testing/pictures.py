"""Pictures to try a plugin on: they need no file and no network, and are the same everywhere."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_core.images import encode_png


def smooth_picture(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture of soft coloured waves, which leaves no patch of it empty.

    Args:
        height: pixels.
        width: pixels.
        seed: another seed, another picture.

    Returns:
        (height, width, 3) sRGB.
    """
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = np.zeros((height, width, 3))
    for _ in range(6):
        across, down = random.uniform(-12, 12, size=2)
        phase, strength = random.uniform(0, 2 * np.pi, size=3), random.uniform(0.3, 1, size=3)
        waves += strength * np.sin((across * x + down * y)[..., None] + phase)
    low, high = waves.min(), waves.max()
    grey: NDArray[np.uint8] = ((waves - low) / (high - low) * 255).round().astype(np.uint8)
    return grey


def grey_picture(height: int, width: int) -> NDArray[np.uint8]:
    """(height, width, 3) sRGB of one grey: nothing to be seen."""
    return np.full((height, width, 3), 127, np.uint8)


def picture(width: int, height: int, seed: int = 0) -> bytes:
    """The PNG file of a `smooth_picture`."""
    return encode_png(smooth_picture(height, width, seed))


@cache
def large_picture() -> bytes:
    """A PNG file of about 40 MB: noise, in which nothing can be packed."""
    noise = np.random.default_rng(0).integers(0, 256, (3650, 3650, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    return file.getvalue()
