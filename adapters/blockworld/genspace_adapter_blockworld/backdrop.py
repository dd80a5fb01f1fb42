"""Draws what lies behind the blocks: sky or wall, the horizon, and the ground to it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_adapter_blockworld.grounds import TILE_PIXELS, Ground, ground_of, pattern_tile
from genspace_adapter_blockworld.plan import Plan

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

# Colours at the zenith and at the horizon.
SKY: Final = ((104, 158, 216), (224, 234, 240))
WALL: Final = ((206, 204, 200), (236, 233, 227))
_HAZE_HEIGHTS: Final = 26.0  # camera heights at which the ground has half turned to haze
_SHARP: Final = 0.5  # tile pixels per picture pixel up to which a pattern shows in full


def _rows(plan: Plan) -> tuple[Array, Array]:
    """(size,) elevation angle (radians, up) and ground distance in camera heights (inf above) of each row."""
    rays = np.linalg.inv(plan.K) @ np.stack([np.full(plan.size, (plan.size - 1) / 2), np.arange(plan.size), np.ones(plan.size)])
    x, y, z = pitch_matrix(plan.pitch).T @ rays
    with np.errstate(divide="ignore"):
        return np.arctan2(-y, z), np.where(y > 1e-9, z / np.where(y > 1e-9, y, 1.0), np.inf)


def _pattern(plan: Plan, ground: Ground, top: int) -> Image | None:
    """(rows, size, 3) the ground's pattern from picture row `top` down, with no haze."""
    tile = pattern_tile(ground)
    if tile is None:
        return None
    # Ground point = height * ray / ray_y: a homography from pixels to metres, then to tile pixels.
    to_metres = plan.height * (pitch_matrix(plan.pitch).T @ np.linalg.inv(plan.K))
    to_metres = to_metres[[0, 2, 1]] / np.array([[1.0], [1.0], [plan.height]])
    scale = np.diag([TILE_PIXELS / ground.tile, TILE_PIXELS / ground.tile, 1.0])
    shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
    homography = scale @ to_metres @ shift
    out: Image = cv2.warpPerspective(  # type: ignore[assignment]
        tile,
        homography,
        (plan.size, plan.size - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return out


def draw_backdrop(plan: Plan) -> Image:
    """(size, size, 3) sRGB picture without blocks."""
    ground = ground_of(plan.setting)
    elevation, distance = _rows(plan)
    high, low = (np.array(c, dtype=np.float64) for c in (WALL if ground.indoors else SKY))
    blend = np.clip(elevation / 0.7, 0, 1)[:, None] ** 0.8
    rows = low + (high - low) * blend
    near = np.array(ground.ground, dtype=np.float64)
    below = np.isfinite(distance)
    haze = distance[below] / (distance[below] + _HAZE_HEIGHTS)
    rows[below] = near + (low * 0.96 - near) * haze[:, None]
    picture = np.repeat(rows[:, None], plan.size, axis=1).round().astype(np.uint8)
    top = int(np.argmax(below)) if below.any() else plan.size
    if top < plan.size and (pattern := _pattern(plan, ground, top)) is not None:
        # A pattern finer than the picture's pixels would shimmer: let it go where its tile gets small.
        footprint = plan.height * distance[top:] ** 2 / plan.K[0, 0] * TILE_PIXELS / ground.tile
        strength = (1 - haze) * np.clip(1.6 - footprint * _SHARP / 4, 0, 1)
        weight = np.repeat((strength * 256).astype(np.uint16)[:, None, None], 3, axis=2)
        mean = np.round(near).astype(np.int16)
        part = picture[top:]
        delta = (pattern.astype(np.int16) - mean) * weight.astype(np.int32) >> 8
        part[:] = np.clip(part + delta, 0, 255)
    return picture
