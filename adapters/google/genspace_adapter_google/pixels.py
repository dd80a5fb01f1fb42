"""The file that came: what it is, and an edit at the size of its source."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from genspace_core.errors import GenerationError

FORMATS = ("PNG", "JPEG", "WEBP")


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height, without decoding it.

    Raises:
        GenerationError: it is not a picture.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return image.size
    except Exception as error:
        raise _no_picture(data, error) from None


def at_size(data: bytes, width: int, height: int) -> bytes:
    """The picture at another size, as PNG; as it is where it has that size.

    Raises:
        GenerationError: it is damaged.
    """
    if size_of(data) == (width, height):
        return data
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            profile = image.info.get("icc_profile")
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                seen = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
            scaled = upright.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    except Exception as error:
        raise _no_picture(data, error) from None
    file = io.BytesIO()
    scaled.save(file, "PNG", compress_level=3, icc_profile=profile)
    return file.getvalue()


def _no_picture(data: bytes, error: Exception) -> GenerationError:
    why = type(error).__name__ if data else "it is empty"
    return GenerationError(f"the answer's {len(data)} bytes are not a whole picture ({why})", charged=True)
