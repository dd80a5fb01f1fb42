"""Draws what lies behind the blocks: sky or wall, the horizon, and the ground to it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_adapter_blockworld.grounds import MARK_STEPS, TILE_PIXELS, Ground, ground_of, pattern_tile
from genspace_adapter_blockworld.plan import Plan

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

# Colours at the zenith and at the horizon.
SKY: Final = ((104, 158, 216), (224, 234, 240))
WALL: Final = ((206, 204, 200), (236, 233, 227))
_HAZE_HEIGHTS: Final = 26.0  # camera heights at which the ground has half turned to haze
_COARSEST: Final = 8.0  # tile pixels a picture pixel may span before the pattern fades


def _rows(plan: Plan) -> tuple[Array, Array]:
    """(size,) elevation angle (radians, up) and ground distance in camera heights (inf above) of each row."""
    rays = np.ones((3, plan.size))
    rays[0], rays[1] = (plan.size - 1) / 2, np.arange(plan.size)
    _, y, z = pitch_matrix(plan.pitch).T @ np.linalg.inv(plan.K) @ rays
    with np.errstate(divide="ignore"):
        return np.arctan2(-y, z), np.where(y > 1e-9, z / np.where(y > 1e-9, y, 1.0), np.inf)


def _tile(plan: Plan, ground: Ground) -> float:
    """Metres a tile spans. Grain has no size of its own: it follows the camera's height in steps of two."""
    if ground.pattern != "grain":
        return ground.tile
    return float(ground.tile * 2.0 ** np.clip(np.round(np.log2(plan.height / 1.6)), -3, 2))


def _pattern(plan: Plan, ground: Ground, top: int) -> Image | None:
    """(rows, size) the ground's pattern from picture row `top` down, 128 where it changes nothing."""
    tile = pattern_tile(ground.pattern)
    if tile is None:
        return None
    # A pixel's ray meets the ground at height * ray / ray_y: a homography to metres, then to tile pixels.
    ray = pitch_matrix(plan.pitch).T @ np.linalg.inv(plan.K)
    per_metre = TILE_PIXELS / _tile(plan, ground)
    shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
    homography = np.diag([per_metre * plan.height, per_metre * plan.height, 1.0]) @ ray[[0, 2, 1]] @ shift
    out = cv2.warpPerspective(
        tile,
        homography,
        (plan.size, plan.size - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(out, dtype=np.uint8)


def _mark(part: Image, pattern: Image, ground: Ground, strength: Array) -> None:
    """Lighten and darken ground rows (r, size, 3) by a pattern (r, size), each row as strong as told (r,)."""
    colour = np.array(ground.ground, dtype=np.float64)
    # In 1/256 of a colour step: whole numbers are several times faster here.
    weight = np.round(strength * ground.marks / MARK_STEPS * colour.mean() * 256).astype(np.int16)
    marks = (pattern.astype(np.int16) - 128) * weight[:, None] >> 8
    cv2.add(part, cv2.merge([marks, marks, marks]), part, dtype=cv2.CV_8U)


def _haze(distance: Array) -> Array:
    """Share of haze at ground distances in camera heights."""
    return distance / (distance + _HAZE_HEIGHTS)


def row_colours(plan: Plan, ground: Ground) -> Image:
    """(size, 3) sRGB of sky or wall and of a ground without its pattern, by picture row."""
    elevation, distance = _rows(plan)
    high, low = (np.array(c, dtype=np.float64) for c in (WALL if ground.indoors else SKY))
    rows = low + (high - low) * np.clip(elevation / 0.7, 0, 1)[:, None] ** 0.8
    below = np.isfinite(distance)
    near = np.array(ground.ground, dtype=np.float64)
    rows[below] = near + (low * 0.96 - near) * _haze(distance[below])[:, None]
    return np.asarray(rows.round().astype(np.uint8))


def draw_backdrop(plan: Plan) -> Image:
    """(size, size, 3) sRGB picture without blocks."""
    ground = ground_of(plan.setting)
    picture = np.repeat(row_colours(plan, ground)[:, None], plan.size, axis=1)
    _, distance = _rows(plan)
    below = np.isfinite(distance)
    if below.any():
        # A pattern finer than the picture's pixels would shimmer: it fades where its tile gets small.
        footprint = plan.height * distance[below] ** 2 / plan.K[0, 0] * TILE_PIXELS / _tile(plan, ground)
        strength = (1 - _haze(distance[below])) * np.clip(1.6 - footprint / _COARSEST, 0, 1)
        first = int(np.argmax(below)) + int(np.argmax(strength > 0.01))
        if (strength > 0.01).any() and (pattern := _pattern(plan, ground, first)) is not None:
            _mark(picture[first:], pattern, ground, strength[first - int(np.argmax(below)) :])
    return picture
