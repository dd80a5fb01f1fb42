"""Finds the markers in a picture: which asset, which side, and their corners to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset, load_assets
from genspace_adapter_blockworld.corners import refine_corners
from genspace_adapter_blockworld.sides import SIDES
from genspace_adapter_blockworld.textures import CELLS, DICTIONARY

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

MAX_HUE_ERROR: Final = 17.0  # degrees; half the least difference between two sides
LEAST_CHROMA: Final = 25.0  # max - min of the channels; paint has over 80, noise and greys little
_CELL_PIXELS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Marker:
    """A marker as seen: its asset, its side (index into `SIDES`), corners (4, 2) in pixels."""

    asset: Asset
    side: int
    corners: Array

    @property
    def span(self) -> float:
        """Mean length of its edges, pixels."""
        return float(np.linalg.norm(self.corners - np.roll(self.corners, -1, axis=0), axis=1).mean())


@cache
def _detector() -> cv2.aruco.ArucoDetector:
    settings = cv2.aruco.DetectorParameters()
    # One threshold instead of three: half the time, and 98 of 100 markers are found all the same.
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = 15
    settings.minMarkerPerimeterRate = 0.06
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), settings)


@cache
def _light_cells(number: int) -> NDArray[np.bool_]:
    """(7, 7) which cells of a marker show the face's paint."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    return np.asarray(cv2.aruco.generateImageMarker(dictionary, number, CELLS) > 0)


def _hue(colour: Iterable[float]) -> tuple[float, float]:
    """Hue in degrees and chroma of an sRGB colour."""
    r, g, b = colour
    top, low = max(r, g, b), min(r, g, b)
    chroma = top - low
    if chroma <= 0:
        return 0.0, 0.0
    if top == r:
        return 60 * ((g - b) / chroma % 6), chroma
    return (60 * ((b - r) / chroma + 2), chroma) if top == g else (60 * ((r - g) / chroma + 4), chroma)


@cache
def _side_hues() -> tuple[float, ...]:
    return tuple(_hue(side.colour)[0] for side in SIDES)


def side_of_colour(colour: Iterable[float]) -> int | None:
    """Index into `SIDES` of the side painted so; None when it is no side's colour. Shade does not matter."""
    hue, chroma = _hue(colour)
    errors = [abs((hue - h + 180) % 360 - 180) for h in _side_hues()]
    best = int(np.argmin(errors))
    return best if chroma >= LEAST_CHROMA and errors[best] <= MAX_HUE_ERROR else None


def _side(image: Image, corners: Array, number: int) -> int | None:
    """The side a marker is on, from the paint that shows between its black cells."""
    end = CELLS * _CELL_PIXELS - 0.5
    square = np.array([[-0.5, -0.5], [end, -0.5], [end, end], [-0.5, end]], np.float32)
    flat = cv2.getPerspectiveTransform(corners.astype(np.float32), square)
    patch = cv2.warpPerspective(
        image, flat, (CELLS * _CELL_PIXELS, CELLS * _CELL_PIXELS), flags=cv2.INTER_LINEAR
    )
    cells = patch.reshape(CELLS, _CELL_PIXELS, CELLS, _CELL_PIXELS, 3)[:, 1:3, :, 1:3].mean(axis=(1, 3))
    return side_of_colour(cells[_light_cells(number)].mean(axis=0))


def find_markers(image: Image, enlarge: int = 1) -> list[Marker]:
    """All readable markers of the catalogue's assets in an (H, W, 3) sRGB image.

    `enlarge` looks in a picture so many times larger: slower, but reads the smallest markers.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    looked = (
        cv2.resize(gray, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC) if enlarge > 1 else gray
    )
    quads, numbers, _ = _detector().detectMarkers(looked)
    if numbers is None:
        return []
    rough = (np.asarray(quads, np.float64).reshape(-1, 4, 2) + 0.5) / enlarge - 0.5
    found = []
    for corners, number in zip(refine_corners(gray, rough), numbers.ravel(), strict=True):
        asset = load_assets().get(int(number))
        side = _side(image, corners, int(number)) if asset else None
        if asset is not None and side is not None:
            found.append(Marker(asset, side, corners))
    return found
