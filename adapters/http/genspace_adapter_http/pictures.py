"""Pictures on their way to an editing model, and back."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from genspace_core.errors import GenerationError
from genspace_core.interfaces import RGB


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as it is kept.

    Attributes:
        data: the encoded file.
        size: as the model made it, such as "1024x1024".
    """

    data: bytes
    size: str


def source_png(source: RGB, sides: tuple[int, int] | None) -> bytes:
    """A source as PNG; brought to these sides (width, height), each by its own factor, if some are given."""
    image = Image.fromarray(source)
    if sides is not None and image.size != sides:
        image = image.resize(sides, Image.Resampling.LANCZOS)
    return _png(image)


def as_base64(data: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(data).decode("ascii")


def received(data: bytes, sides: tuple[int, int] | None) -> Made:
    """A picture that came, byte for byte; or brought to these sides (width, height) if it has others.

    Raises:
        GenerationError: it is no picture, or a damaged one; it is paid for.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            size = f"{image.width}x{image.height}"
            if sides is None or image.size == sides:
                return Made(data, size)
            upright = ImageOps.exif_transpose(image).convert("RGB")
            return Made(_png(upright.resize(sides, Image.Resampling.LANCZOS)), size)
    except Exception as error:  # decoders meet broken files with errors of every kind
        start = " ".join(data[:40].decode("utf-8", "replace").split())
        raise GenerationError(
            f"the result is not a whole picture ({type(error).__name__}); it begins with {start!r}",
            charged=True,
        ) from None


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
