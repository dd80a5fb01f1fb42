"""Draws a plan: backdrop, soft shadows, then the blocks from the farthest to the nearest.

Pixel coordinates are those of `camera.intrinsics`: integers are pixel centres. Blocks are drawn at
twice the size and averaged down; there, picture pixel u has its centre at 2 u + 0.5.
"""

from __future__ import annotations

from functools import cmp_to_key
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.backdrop import draw_backdrop
from genspace_adapter_blockworld.camera import heading_matrix, pitch_matrix, project
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.sides import SIDES, face_corners, marker_print
from genspace_adapter_blockworld.textures import CELLS, LEVELS, face_texture

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

SUN: Final = np.array([-0.42, -0.80, -0.43])
"""Direction towards the light, gravity frame: from above, the left and behind the camera."""

AMBIENT: Final = 0.80
SHADOW: Final = 0.42
_SHADOW_SCALE: Final = 4  # shadows are soft: a quarter of the resolution is enough
_MARGIN: Final = 3
_NEAR: Final = 0.05  # metres before the camera, where things begin to be seen
_SUPER: Final = 2
_FOOT: Final = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]])
_ENDS: Final = np.concatenate([_FOOT, -_FOOT])


def _light(normal: Array) -> float:
    """Brightness of a face, gravity frame normal."""
    return AMBIENT + (1.04 - AMBIENT) * max(0.0, float(normal @ SUN))


def _shadow(plan: Plan, picture: Image) -> None:
    """Darken the ground where a block stands and where it keeps the light off."""
    small = plan.size // _SHADOW_SCALE
    turn = pitch_matrix(plan.pitch)
    mask = np.zeros((small, small), np.uint8)
    for block in plan.blocks:
        rotation, center = plan.pose(block)
        top = face_corners(block.asset.size, SIDES[4]) @ rotation.T + center
        up = turn @ np.array([0.0, -1.0, 0.0])
        foot = top - block.asset.size[2] * up
        reach = turn @ (np.array([-SUN[0] / SUN[1], 0.0, -SUN[2] / SUN[1]]) * -block.asset.size[2] * 0.35)
        points = np.concatenate([foot, foot + reach])
        if points[:, 2].min() < 0.02:
            continue
        uv = (project(plan.K, points) + 0.5) / _SHADOW_SCALE - 0.5
        hull = cv2.convexHull((uv * 16).round().astype(np.int32))
        one = np.zeros_like(mask)
        cv2.fillConvexPoly(one, hull, 255, cv2.LINE_AA, 4)
        spread = float(np.ptp(uv, axis=0).max())
        cv2.max(mask, cv2.GaussianBlur(one, (0, 0), max(0.8, 0.035 * spread)), mask)
    box = cv2.boundingRect(mask)
    if not box[2]:
        return
    x, y, w, h = box
    soft = cv2.resize(
        mask[y : y + h, x : x + w], None, fx=_SHADOW_SCALE, fy=_SHADOW_SCALE, interpolation=cv2.INTER_CUBIC
    )
    part = picture[y * _SHADOW_SCALE : (y + h) * _SHADOW_SCALE, x * _SHADOW_SCALE : (x + w) * _SHADOW_SCALE]
    keep = 255 - (soft[: part.shape[0], : part.shape[1]] * SHADOW).astype(np.uint8)
    cv2.multiply(part, cv2.merge([keep] * 3), part, 1 / 255)


def _draw_face(canvas: Image, block: Block, side_index: int, corners: Array, light: float) -> None:
    """Warp one face's texture onto the enlarged canvas; `corners` (4, 2) in its pixels."""
    side = SIDES[side_index]
    at = marker_print(block.asset.size, side)
    edges = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    # Screen pixels per marker cell, along the face's larger dimension as seen.
    wide = np.linalg.norm(np.diff(face_corners(block.asset.size, side)[:3], axis=0), axis=1)
    density = max((edges[0] + edges[2]) / 2 / wide[0], (edges[1] + edges[3]) / 2 / wide[1]) * at.side / CELLS
    level = next((x for x in LEVELS if x >= density), LEVELS[-1])
    texture = face_texture(block.asset.marker, side_index, level)
    h, w = texture.shape[:2]
    source = np.array([[0.5, 0.5], [w - 1.5, 0.5], [w - 1.5, h - 1.5], [0.5, h - 1.5]])
    x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, canvas.shape[1::-1])
    if x1 <= x0 or y1 <= y0:
        return
    target = (corners - (x0, y0)).astype(np.float32)
    homography = cv2.getPerspectiveTransform(source.astype(np.float32), target)
    lit = cv2.multiply(texture, np.array([light, light, light, 1.0]))
    patch = cv2.warpPerspective(lit, homography, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    part, alpha = canvas[y0:y1, x0:x1], cv2.extractChannel(patch, 3)
    paint = cv2.cvtColor(patch, cv2.COLOR_RGBA2RGB)
    cv2.copyTo(paint, cv2.inRange(alpha, 255, 255), part)
    # Only the rim is half covered; there the paint has faded to black with the coverage.
    rim = cv2.findNonZero(cv2.inRange(alpha, 1, 254))
    if rim is not None:
        columns, rows = rim.reshape(-1, 2).T
        uncovered = 255 - alpha[rows, columns, None].astype(np.uint16)
        part[rows, columns] = np.minimum(paint[rows, columns] + part[rows, columns] * uncovered // 255, 255)


def _draw_block(plan: Plan, block: Block, picture: Image) -> None:
    rotation, center = plan.pose(block)
    if (_ENDS * block.asset.half @ rotation.T + center)[:, 2].min() < _NEAR:
        return  # it reaches past the camera, which would see a blur at most
    axes = pitch_matrix(plan.pitch).T @ rotation
    faces = []
    for i, side in enumerate(SIDES):
        corners = face_corners(block.asset.size, side) @ rotation.T + center
        normal = rotation @ np.array(side.normal, dtype=np.float64)
        if normal @ corners.mean(axis=0) < 0:
            faces.append(
                (i, project(plan.K, corners), _light(axes @ np.array(side.normal, dtype=np.float64)))
            )
    every = np.concatenate([uv for _, uv, _ in faces])
    x0, y0 = np.maximum(np.floor(every.min(axis=0)).astype(int) - _MARGIN, 0)
    x1, y1 = np.minimum(np.ceil(every.max(axis=0)).astype(int) + _MARGIN + 1, plan.size)
    if x1 <= x0 or y1 <= y0:
        return
    part = picture[y0:y1, x0:x1]
    large = cv2.resize(part, None, fx=_SUPER, fy=_SUPER, interpolation=cv2.INTER_NEAREST)
    canvas = np.asarray(large, dtype=np.uint8)

    def enlarged(uv: Array) -> Array:
        return np.asarray((uv - (x0, y0)) * _SUPER + (_SUPER - 1) / 2)

    # Faces fade at their edges; without something dark below, the ground would shine through the seams.
    hull = cv2.convexHull(np.asarray((enlarged(every) * 16).round(), dtype=np.int32))
    cv2.fillConvexPoly(canvas, hull, (58, 56, 62), cv2.LINE_AA, 4)
    for i, uv, light in faces:
        _draw_face(canvas, block, i, enlarged(uv), light)
    part[:] = cv2.resize(canvas, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_AREA)


def _behind(one: Block, other: Block) -> bool:
    """Whether `one` must be drawn first: a face of either lies between them, and `one` beyond it.

    Distances of centres do not tell: a long block's centre may be nearer than a small one before its end.
    """
    for a, b, first in ((one, other, True), (other, one, False)):
        axes = heading_matrix(a.heading)
        corners = (_FOOT * b.asset.half) @ heading_matrix(b.heading).T + b.center
        theirs, camera = (corners - a.center) @ axes, -a.center @ axes
        for k in (0, 2):
            for sign in (1.0, -1.0):
                if (sign * theirs[:, k] >= a.asset.half[k]).all():
                    beyond = sign * camera[k] >= a.asset.half[k]  # the camera is on b's side: a is behind
                    return bool(beyond) == first
    return float(np.linalg.norm(one.center)) > float(np.linalg.norm(other.center))


def _order(one: Block, other: Block) -> int:
    return -1 if _behind(one, other) else 1


def draw(plan: Plan) -> Image:
    """(size, size, 3) sRGB picture of a plan."""
    picture = draw_backdrop(plan)
    _shadow(plan, picture)
    for block in sorted(plan.blocks, key=cmp_to_key(_order)):
        _draw_block(plan, block, picture)
    return picture
