"""Pictures small enough to live inside a page."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

LONGEST_SIDE: Final = 320
_QUALITIES: Final = (78, 60, 40)
_MOST_BYTES: Final = 28_000
"""Rarely reached; keeps a page of 54 pictures near two megabytes whatever they show."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int


def thumbnail(path: Path | None) -> Thumbnail | None:
    """Shrink a picture to a JPEG; None if it is missing or cannot be read."""
    if path is None:
        return None
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # a huge picture is shrunk at once, an odd one shown as it is
            image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            small = _on_white(image)
    except Exception:  # decoders raise anything at all on broken files, and a report must not stop
        return None
    data = b""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=quality, optimize=True)
        data = buffer.getvalue()
        if len(data) <= _MOST_BYTES:
            break
    uri = "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")
    return Thumbnail(uri, small.width, small.height)


def _on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency, which JPEG does not have."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")
