"""Paints the faces: colour by side, marker, name. Cached per asset, side and level."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import load_assets
from genspace_adapter_blockworld.sides import SIDES, Side, extents, marker_print

Image = NDArray[np.uint8]

DICTIONARY: Final = cv2.aruco.DICT_5X5_1000
CELLS: Final = 7  # a 5x5 marker with its border
INK: Final = (30, 30, 36)
LEVELS: Final = (3, 6, 12, 24, 48)
"""Texture pixels per marker cell; the renderer picks the first that is not coarser than the picture."""

_RIM_SHARE: Final = 0.012  # of the face's smaller side: a thin darker edge
_FONT: Final = cv2.FontFace("sans")
_FONT_LOCK: Final = Lock()  # a font keeps glyphs as it draws them: one thread at a time


def _write(face: Image, text: str, box: tuple[float, float, float, float], ink: tuple[int, ...]) -> None:
    """Write `text` as large as fits into `box` (x0, y0, x1, y1), centred, in texture pixels."""
    x0, y0, x1, y1 = box
    probe = 100
    (_, _, wide, _) = cv2.getTextSize((4000, 400), text, (0, 200), _FONT, probe, 700)
    # Ascenders and descenders of the font take about a whole em.
    em = int(min((x1 - x0) * probe / max(wide, 1), (y1 - y0) * 1.05))
    if em < 5:
        return
    width = wide * em / probe
    origin = (round((x0 + x1 - width) / 2), round((y0 + y1) / 2 + 0.27 * em))
    cv2.putText(face, text, origin, ink, _FONT, em, 700)


def _labels(face: Image, name: str, side: Side, marker: tuple[float, float, float], scale: float) -> None:
    """Write the object's name, and which side this is, where the marker leaves room."""
    height, width = face.shape[:2]
    x, y, s = marker  # the marker's centre and side, texture pixels
    ink = tuple(int(c * 0.32) for c in side.colour)
    below = height - (y + s / 2)
    beside = (width - s) / 2
    margin = 0.3 * scale
    if beside > below:
        tall = min(1.6 * scale + 0.12 * s, s)
        _write(face, name, (margin, y - tall, x - s / 2 - margin, y + tall), ink)
        _write(face, side.name, (x + s / 2 + margin, y - tall, width - margin, y + tall), ink)
    else:
        strip = min(below * 0.86, 2.6 * scale)
        middle = y + s / 2 + below / 2
        _write(face, name, (margin, middle - strip / 2, width - margin, middle + strip / 2), ink)


@lru_cache(maxsize=48)  # one may be a megabyte, and each picture asks for other sizes
def face_texture(marker: int, side_index: int, level: int) -> Image:
    """One painted face.

    Args:
        marker: marker number of the asset.
        side_index: index into `SIDES`.
        level: texture pixels per marker cell.

    Returns:
        (h, w, 4) sRGB times coverage, and coverage. The outermost pixels are clear, so that sampling fades
        the face's edge: it spans 1 to w-1 and 1 to h-1.
    """
    asset, side = load_assets()[marker], SIDES[side_index]
    wide, high = extents(asset.size, side)
    at = marker_print(asset.size, side)
    per_metre = level * CELLS / at.side
    width, height = max(round(wide * per_metre), 2), max(round(high * per_metre), 2)
    face = np.empty((height, width, 3), np.uint8)
    cv2.rectangle(face, (0, 0), (width - 1, height - 1), side.colour, cv2.FILLED)  # quicker than numpy
    rim = max(1, round(_RIM_SHARE * min(width, height)))
    cv2.rectangle(
        face, (0, 0), (width - 1, height - 1), tuple(int(c * 0.72) for c in side.colour), 2 * rim - 1
    )
    # Rounding the face to whole pixels must not move the print: place it by the exact homography of the face.
    x, y = (wide / 2 + at.x) / wide * width, (high / 2 - at.y) / high * height
    sx, sy = at.side / wide * width, at.side / high * height
    print_ = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), marker, CELLS)
    x0, y0, x1, y1 = int(x - sx / 2), int(y - sy / 2), int(x + sx / 2) + 1, int(y + sy / 2) + 1
    part = face[y0:y1, x0:x1]
    coverage = _placed(print_ == 0, (x - sx / 2 - x0, y - sy / 2 - y0, sx, sy), part.shape[1::-1])
    # From paint to ink in 256 steps; a table of them is quicker than arithmetic on every pixel.
    steps = np.linspace(side.colour, INK, 256).round().astype(np.uint8)
    part[:] = steps[(coverage * 255 + 0.5).astype(np.uint8)]
    with _FONT_LOCK:
        _labels(face, asset.name, side, (x, y, sx), level)
    opaque = cv2.cvtColor(face, cv2.COLOR_RGB2RGBA)
    texture = cv2.copyMakeBorder(opaque, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    return np.asarray(texture, np.uint8)


def _placed(
    ink: NDArray[np.bool_], box: tuple[float, float, float, float], size: tuple[int, int]
) -> NDArray[np.float64]:
    """(h, w) share of each texture pixel that is inked when `ink` cells fill `box` (x, y, width, height)."""
    x, y, w, h = box
    rows, columns = ink.shape
    return (
        _overlaps(y, h / rows, rows, size[1])
        @ ink.astype(np.float64)
        @ _overlaps(x, w / columns, columns, size[0]).T
    )


def _overlaps(start: float, step: float, count: int, length: int) -> NDArray[np.float64]:
    """(length, count) share of each pixel covered by each cell, along one axis."""
    pixel = np.arange(length)[:, None]
    low = start + step * np.arange(count)[None]
    return np.asarray(np.clip(np.minimum(pixel + 1, low + step) - np.maximum(pixel, low), 0.0, 1.0))
