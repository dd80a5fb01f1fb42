"""From a view's pixels to the numbers a network takes. PIL and numpy: torchvision is not needed."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_core.interfaces import RGB

MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
STD: Final = np.array([0.229, 0.224, 0.225], np.float32)
EDGE: Final = 256
CROP: Final = 224
V2_SIDE: Final = 518
V2_PATCH: Final = 14

Array = NDArray[np.float32]


def dinov2_input(pixels: RGB) -> Array:
    """Shorter edge to 256 bicubically, the middle 224 x 224 of it, ImageNet's mean and deviation.

    As DINOv2's published image processor does it, whose sizes round down.

    Args:
        pixels: (h, w, 3) sRGB.

    Returns:
        (3, 224, 224).
    """
    height, width = pixels.shape[:2]
    size = (EDGE, EDGE * height // width) if width < height else (EDGE * width // height, EDGE)
    resized = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC), np.float32)
    left, top = (size[0] - CROP) // 2, (size[1] - CROP) // 2
    middle = resized[top : top + CROP, left : left + CROP] / np.float32(255)
    return np.ascontiguousarray(((middle - MEAN) / STD).transpose(2, 0, 1))


def vggt_input(pixels: RGB) -> Array:
    """Longer edge to 518 bicubically, the other to whole patches of 14, white around it; 0-1.

    As published for Orient Anything V2 (preprocess_images, mode "pad"); the network normalises itself.

    Args:
        pixels: (h, w, 3) sRGB.

    Returns:
        (3, 518, 518).
    """
    height, width = pixels.shape[:2]
    scale = V2_SIDE / max(height, width)
    # A strip is at least one patch wide: it would round to nothing.
    wide, high = (max(round(edge * scale / V2_PATCH), 1) * V2_PATCH for edge in (width, height))
    resized = Image.fromarray(pixels).resize((wide, high), Image.Resampling.BICUBIC)
    square = np.ones((V2_SIDE, V2_SIDE, 3), np.float32)
    left, top = (V2_SIDE - wide) // 2, (V2_SIDE - high) // 2
    square[top : top + high, left : left + wide] = np.asarray(resized, np.float32) / np.float32(255)
    return np.ascontiguousarray(square.transpose(2, 0, 1))
