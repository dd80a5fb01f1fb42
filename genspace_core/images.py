"""Reading pictures as a viewer would show them, and recognising their formats."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from genspace_core.errors import InputError

# Magic numbers, because files named .png are often JPEG.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
)


def image_suffix(data: bytes) -> str:
    """File suffix (".png", ".jpg", ...) for encoded picture bytes; ".bin" when unknown."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for magic, suffix in _SIGNATURES if data.startswith(magic)), ".bin")


def image_digest(data: bytes) -> str:
    """The sha256 of the encoded file, hexadecimal."""
    return sha256(data).hexdigest()


def decode_image(data: bytes, where: str) -> NDArray[np.uint8]:
    """Decode to (H, W, 3) sRGB, turned upright as EXIF says.

    Raises:
        InputError: the bytes are not a whole picture; the message starts with `where`.
    """
    if not data:
        raise InputError(f"{where}: the file is empty; it should hold a PNG, JPEG or WebP picture")
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:  # a viewer shows what is transparent on white paper
                upright = upright.convert("RGBA")
                paper = Image.new("RGBA", upright.size, "white")
                upright = Image.alpha_composite(paper, upright)
            return np.asarray(upright.convert("RGB"))
    except UnidentifiedImageError:
        raise InputError(f"{where}: not a picture that can be read (PNG, JPEG and WebP can)") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{where}: the picture is damaged or cut short ({error})") from None


def check_image(data: bytes, where: str) -> None:
    """Make sure that the bytes are a whole picture, as cheaply as its format allows.

    A PNG whose writer made a mistake inside intact chunks is not found out; decode what is paid for.

    Raises:
        InputError: as `decode_image`.
    """
    if image_suffix(data) != ".png":
        decode_image(data, where)
        return
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()  # every chunk's checksum, without inflating the pixels
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{where}: the picture is damaged or cut short ({error})") from None


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read a picture file, (H, W, 3) sRGB.

    Raises:
        InputError: missing, unreadable or damaged.
    """
    return decode_image(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises:
        InputError: missing or unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Encode (H, W, 3) sRGB as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
