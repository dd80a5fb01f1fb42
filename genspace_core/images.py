"""Reading pictures as a viewer would show them, and recognising their formats."""

from __future__ import annotations

import io
import warnings
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from genspace_core.errors import InputError

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

MAX_PIXELS: Final = 2**26
"""The largest picture that is decoded: 67 million pixels, e.g. 8192 x 8192. A file of a few kilobytes can
unfold to many times that; beyond it a picture is refused before its pixels are touched."""

# Magic numbers, because files named .png are often JPEG.
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
)
# Pillow is offered no other format: some of those it knows run other programs (EPS).
_FORMATS: Final = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".tif": "TIFF",
    ".bmp": "BMP",
    ".avif": "AVIF",
}

_ORIENTATION: Final = 0x0112  # the EXIF tag
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_DEPTH_AT: Final = 24  # offset of the byte that tells a PNG's bit depth
_PHOTOMETRIC: Final = 262  # the TIFF tag; 0: the largest number is black
_GREY: Final = ("1", "L", "LA")
_SRGB_WITHIN: Final = 2  # levels of 255 by which profiles that all mean sRGB differ

# Pillow warns between its limit and twice that. Ours is lower, and an error.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def image_suffix(data: bytes) -> str:
    """File suffix (".png", ".jpg", ...) for encoded picture bytes (16 are enough); ".bin" when unknown."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ".webp"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return ".avif"
    if data.startswith(b"BM") and data[6:10] == bytes(4):  # many a text starts with "BM"
        return ".bmp"
    return next((suffix for magic, suffix in _SIGNATURES if data.startswith(magic)), ".bin")


def image_digest(data: bytes) -> str:
    """The sha256 of the encoded file, hexadecimal."""
    return sha256(data).hexdigest()


def decode_image(data: bytes, where: str) -> NDArray[np.uint8]:
    """Decode to (H, W, 3) sRGB, as a viewer shows the file.

    - What is transparent shows white paper.
    - It is turned upright as EXIF says.
    - Colours of an embedded profile become sRGB; a profile that is broken, or of another colour space
      than the picture, is ignored. CMYK without a profile is taken as plain inks.
    - Numbers wider than 8 bits are scaled. White is 65535 for 16 bits and 1.0 for fractions; for 32-bit
      integers, of which no file says it, the first of 255, 65535 and 2**31 - 1 that none exceeds.
    - An animation (GIF, WebP, APNG) shows its first frame on the whole canvas, as where it is not
      played; a file of several pages or pictures (TIFF, MPO) its first.

    Args:
        data: the encoded file: PNG, JPEG, WebP, GIF, TIFF, BMP, or AVIF where Pillow has it.
        where: names it in errors.

    Raises:
        InputError: the bytes are not a whole picture, one of over `MAX_PIXELS`, or one whose colours
            cannot be told; the message starts with `where`.
    """
    with _opened(data, where) as file:
        try:
            image = _loaded(file)
        except Exception as error:  # decoders meet broken files with errors of every kind
            raise _damaged(where, error) from None
        if file.format == "PNG":
            _scale_key(image, depth=data[_PNG_DEPTH_AT])
        image = _rgb(image, where)
        way = _UPRIGHT.get(_orientation(file))
        return np.asarray(image if way is None else image.transpose(way))


def check_image(data: bytes, where: str) -> None:
    """Make sure that the bytes are a whole picture, as cheaply as its format allows.

    A PNG whose writer made a mistake inside intact chunks is not found out; decode what is paid for.

    Raises:
        InputError: as `decode_image`.
    """
    if image_suffix(data) != ".png":
        decode_image(data, where)
        return
    with _opened(data, where) as image:
        try:
            image.verify()  # every chunk's checksum, without inflating the pixels
        except Exception as error:
            raise _damaged(where, error) from None


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read a picture file, (H, W, 3) sRGB; see `decode_image`.

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


# --- opening -----------------------------------------------------------------------------------------


def resized(image: NDArray[np.uint8], height: int | None) -> NDArray[np.uint8]:
    """The (H, W, 3) picture at another height, its shape kept; as it is for None or the height it has."""
    if height is None or image.shape[0] == height:
        return image
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def _opened(data: bytes, where: str) -> ImageFile.ImageFile:
    """The picture with its header read and its size in bounds, its pixels not yet."""
    if not data:
        raise InputError(f"{where}: the file is empty; it should hold a PNG, JPEG or WebP picture")
    kind = _FORMATS.get(image_suffix(data))
    if kind is None:
        raise InputError(
            f"{where}: not a picture that can be read (PNG, JPEG, WebP, GIF, TIFF, BMP and AVIF can)"
        )
    try:
        image = Image.open(io.BytesIO(data), formats=(kind,))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(where) from None
    except Exception as error:
        raise _damaged(where, error) from None
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(where)
    return image


def _loaded(image: ImageFile.ImageFile) -> Image.Image:
    """The picture with the pixels of its first frame read, on the whole canvas."""
    box = image.tile[0][1] if image.format == "GIF" and image.tile else None
    image.load()
    if box is None or box == (0, 0, *image.size):
        return image
    canvas = Image.new("RGBA", image.size)  # Pillow would fill the rest with the palette's first colour
    canvas.paste(image.crop(box).convert("RGBA"), box[:2])
    return canvas


def _damaged(where: str, error: Exception) -> InputError:
    unknown = isinstance(error, UnidentifiedImageError)
    why = "its header cannot be read" if unknown else " ".join(str(error).split()) or type(error).__name__
    return InputError(f"{where}: the picture is damaged or cut short ({why})")


def _too_large(where: str) -> InputError:
    return InputError(
        f"{where}: the picture has more than {MAX_PIXELS:,} pixels, the most that is read; make it smaller"
    )


# --- colours -----------------------------------------------------------------------------------------


def _rgb(image: Image.Image, where: str) -> Image.Image:
    """The picture's colours in sRGB, on white paper."""
    profile = image.info.get("icc_profile")
    if image.mode == "F" or image.mode.startswith("I"):
        image = _narrowed(image, where)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in _GREY else "RGBA")
        alpha = image.getchannel("A")
    if image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("L" if image.mode in _GREY else "RGB")
    to_srgb = _to_srgb(profile, image.mode) if isinstance(profile, bytes) else None
    image = to_srgb.apply(image) if to_srgb else image if image.mode == "RGB" else image.convert("RGB")
    return image if alpha is None else Image.composite(image, Image.new("RGB", image.size, "white"), alpha)


def _narrowed(image: Image.Image, where: str) -> Image.Image:
    """8-bit grey from wider numbers, which Pillow would clip; with alpha if a grey is marked transparent."""
    numbers = np.asarray(image)
    low, high = numbers.min(), numbers.max()
    whites = {"I": (255, 65535, 2**31 - 1), "F": (1.0,)}.get(image.mode, (65535,))
    white = next((white for white in whites if high <= white), None)
    if white is None or not low >= 0:  # also where one is not a number
        raise InputError(
            f"{where}: its greys run from {low} to {high}, so black and white cannot be told; "
            "save it with 8 or 16 bits, or as fractions from 0 to 1"
        )
    grey = (numbers * np.float32(255 / white) + np.float32(0.5)).astype(np.uint8)
    if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == 0:
        grey = 255 - grey
    key = image.info.get("transparency")
    narrow = Image.fromarray(grey)
    if key is not None:
        narrow.putalpha(Image.fromarray(np.where(numbers == key, np.uint8(0), np.uint8(255))))
    return narrow


def _scale_key(image: Image.Image, depth: int) -> None:
    """Put a PNG's transparent colour, told in the file's own depth, on the scale of the decoded pixels."""
    key = image.info.get("transparency")
    if depth == 16 and isinstance(key, tuple):
        image.info["transparency"] = tuple(part >> 8 for part in key)
    elif depth in (2, 4) and isinstance(key, int) and image.mode == "L":
        image.info["transparency"] = key * 255 // (2**depth - 1)


@lru_cache(maxsize=8)
def _to_srgb(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """What turns colours of a profile into sRGB; None where they are sRGB, or it is not one for this mode."""
    from PIL import ImageCms  # few pictures need it

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        # What is "optimized" for one channel is wrong by several levels where it is dark, and no faster.
        flags = ImageCms.Flags.NOOPTIMIZE if mode == "L" else ImageCms.Flags.NONE
        transform = ImageCms.buildTransform(source, target, mode, "RGB", flags=flags)
    except Exception:  # a broken profile, or Pillow built without colour management
        return None
    if mode == "RGB":  # names do not tell: there is "linear sRGB", and Facebook's sRGB is called "c2"
        probe = np.indices((6, 6, 6)).reshape(3, 1, -1).T.astype(np.uint8) * 51
        seen = np.asarray(transform.apply(Image.fromarray(probe)))
        if np.abs(seen.astype(int) - probe).max() <= _SRGB_WITHIN:
            return None
    return transform


# --- the way up --------------------------------------------------------------------------------------


def _orientation(image: Image.Image) -> int:
    """EXIF's number for how the camera was held; 1 is upright, and so is TIFF, which Pillow turns itself."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a viewer shows a picture whose notes are damaged
        return 1
