"""The source of an edit as a file, and the edit at the size of its source."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_core.errors import GenerationError, InvalidRequest

LARGEST_SOURCE = 50_000_000  # bytes of the file that an edit may be given
BENT = 0.03  # share by which a picture may be stretched before that is worth telling


def source_png(source: NDArray[np.uint8]) -> bytes:
    """The file of a source picture.

    Raises:
        InvalidRequest: it is larger than OpenAI takes.
    """
    file = io.BytesIO()
    Image.fromarray(source).save(file, "PNG")
    if file.tell() > LARGEST_SOURCE:
        raise InvalidRequest(f"the source has {file.tell() / 1e6:.0f} MB as PNG; OpenAI takes 50 MB")
    return file.getvalue()


def brought_to(target: Any, data: bytes, info: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """An edit at the size of its source, so that what stayed is where it was; untouched if it has it.

    Args:
        target: width and height; None for a picture that is no edit.
        data: of the picture.
        info: to which the change is added.

    Raises:
        GenerationError: the data are no picture.
    """
    if target is None:
        return data, dict(info)
    try:
        with Image.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except Exception as error:
        raise GenerationError(f"what came is not a picture ({type(error).__name__})", charged=True) from None
    width, height = target
    if picture.size == (width, height):
        return data, dict(info)
    bend = picture.width / picture.height * height / width
    file = io.BytesIO()
    picture.resize((width, height), Image.Resampling.LANCZOS).save(file, "PNG")
    told = {"made_at": f"{picture.width}x{picture.height}", "resized_to": f"{width}x{height}"}
    if not 1 / (1 + BENT) <= bend <= 1 + BENT:
        told["stretched"] = f"{bend:.2f}"
    return file.getvalue(), dict(info) | told
