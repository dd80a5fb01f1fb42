"""What came out of a pipeline: a picture, a refusal, or numbers that are none."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_core.errors import GenerationError, Refused


def to_pixels(picture: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """(H, W, 3), 0-1, to 8-bit sRGB, as diffusers rounds it.

    Raises:
        GenerationError: it holds numbers that are none.
    """
    if not np.isfinite(picture).all():
        raise GenerationError(
            'the picture holds NaN: the numbers overflowed on the way; set dtype = "bfloat16" or "float32"'
        )
    return (picture * 255).round().astype(np.uint8)


def refuse_black(pixels: NDArray[np.uint8], flag: bool | None) -> None:
    """Complain of a picture that was blacked out, or that holds nothing.

    Args:
        pixels: (H, W, 3).
        flag: whether the pipeline's safety checker took it away; None where there is one that does not say.

    Raises:
        Refused: the safety checker took the picture away.
        GenerationError: it is black, and nobody took it away.
    """
    if flag or (flag is None and not pixels.any()):
        raise Refused("the pipeline's safety checker blacked the picture out")
    if not pixels.any():
        raise GenerationError(
            "the picture is black to the last pixel: numbers overflowed inside the pipeline; set "
            'dtype = "bfloat16" or "float32"'
        )


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """As PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(
        file, "PNG", compress_level=3
    )  # as small as 6 within a few per cent, quicker
    return file.getvalue()
