"""How settings look: a table of ground colours and patterns, and the pattern tiles painted from it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

TILE_PIXELS: Final = 256
MARK_STEPS: Final = 85.0
"""Steps of a tile's value for a mark of strength 1."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A row of data/grounds.toml."""

    words: tuple[str, ...]
    ground: tuple[int, int, int]
    pattern: str
    tile: float
    marks: float
    indoors: bool

    @property
    def phrase(self) -> str:
        """A setting that looks so, in few words."""
        return self.words[0] if self.words else ""


@cache
def load_grounds() -> tuple[Ground, ...]:
    """The table's rows, in order."""
    text = files("genspace_adapter_blockworld").joinpath("data/grounds.toml").read_text("utf-8")
    rows = tomllib.loads(text)["ground"]
    return tuple(
        Ground(**{**row, "words": tuple(row["words"]), "ground": tuple(row["ground"])}) for row in rows
    )


def ground_of(setting: str) -> Ground:
    """The look of a setting's phrase, e.g. "on a lawn"."""
    return next(g for g in load_grounds() if not g.words or any(word in setting.lower() for word in g.words))


def _grain() -> Array:
    """Soft patches that repeat without a seam: noise of low and middling frequencies, (n, n), -1 to 1."""
    rng = np.random.default_rng(20240607)
    n = TILE_PIXELS
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(n) * n, np.fft.fftfreq(n) * n))
    spectrum = np.fft.fft2(rng.standard_normal((n, n))) * (
        np.exp(-((frequency / 7.0) ** 2)) + 0.22 * np.exp(-((frequency / 30.0) ** 2))
    )
    noise = np.real(np.fft.ifft2(spectrum))
    return np.asarray(np.clip(noise / (2.0 * noise.std()), -1, 1))


def _planks() -> Array:
    """Six boards a tile, each with its own tone and a dark joint, staggered ends."""
    tile = np.zeros((TILE_PIXELS, TILE_PIXELS))
    tones = (0.25, -0.3, 0.45, -0.05, 0.1, -0.4)
    edges = np.linspace(0, TILE_PIXELS, len(tones) + 1).astype(int)
    for i, tone in enumerate(tones):
        tile[:, edges[i] : edges[i + 1]] = tone
        tile[:, edges[i] : edges[i] + 2] = -1.4
        end = (i * 97) % TILE_PIXELS
        tile[end : end + 2, edges[i] : edges[i + 1]] = -1.4
    return tile


def _tiles() -> Array:
    """Two by two plates with light joints, two of them a shade darker."""
    half = TILE_PIXELS // 2
    tile = np.zeros((TILE_PIXELS, TILE_PIXELS))
    tile[:half, :half] = tile[half:, half:] = -0.45
    for start in (0, half):
        tile[start : start + 3] = tile[:, start : start + 3] = 0.9
    return tile


def _slabs() -> Array:
    """Plates of unequal size with dark joints."""
    tile = np.zeros((TILE_PIXELS, TILE_PIXELS))
    boxes = ((0, 0, 110, 150), (110, 0, 146, 90), (110, 90, 146, 60), (0, 150, 70, 106), (70, 150, 186, 106))
    for i, (x, y, w, h) in enumerate(boxes):
        tile[y : y + h, x : x + w] = (0.3, -0.25, 0.1, -0.1, 0.4)[i]
        cv2.rectangle(tile, (x, y), (x + w - 1, y + h - 1), -1.2, 2)
    return tile


def _stripes() -> Array:
    """The light and dark bands that a mower leaves."""
    across = np.sin(np.arange(TILE_PIXELS) * 2 * np.pi / TILE_PIXELS)
    return np.asarray(np.tile(np.clip(across * 5, -1, 1) * 0.6, (TILE_PIXELS, 1)))


def _dashes() -> Array:
    """A white line, broken, down the middle."""
    tile = np.zeros((TILE_PIXELS, TILE_PIXELS))
    tile[: TILE_PIXELS // 2, 122:134] = 1.0
    return tile


_PATTERNS: Final = {
    "grain": _grain,
    "planks": _planks,
    "tiles": _tiles,
    "slabs": _slabs,
    "stripes": _stripes,
    "dashes": _dashes,
}


@cache
def pattern_tile(pattern: str) -> Image | None:
    """(n, n) tile of a pattern, 128 where it changes nothing; None for a plain ground."""
    if pattern not in _PATTERNS:
        return None
    return np.asarray(np.clip(128 + _PATTERNS[pattern]() * MARK_STEPS, 0, 255).round().astype(np.uint8))
