"""Exact depth and visible masks of a scene of blocks, by casting a ray through every pixel's centre."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import pitch_matrix, project
from genspace_adapter_blockworld.plan import Plan
from genspace_adapter_blockworld.sighting import Sighting
from genspace_adapter_blockworld.standing import ground_of_blocks

Array = NDArray[np.float64]

_CORNERS: Final = np.array(list(product((-1.0, 1.0), repeat=3)))
_NEAR: Final = 1e-3  # metres before the camera, where a corner's projection stops to make sense


@dataclass(frozen=True, slots=True, eq=False)
class SolidScene:
    """Blocks on a ground before a camera; camera frame.

    Attributes:
        K: (3, 3) intrinsics, pixels.
        pitch: of the camera, radians, positive down.
        height: of the camera above the ground, metres; None where no block tells.
        half: (n, 3) half extents along each block's own axes, metres.
        rotation: (n, 3, 3) object axes as columns.
        center: (n, 3) metres.
    """

    K: Array
    pitch: float
    height: float | None
    half: Array
    rotation: Array
    center: Array


def solids_of_plan(plan: Plan) -> SolidScene:
    """The truth: what a plan draws."""
    poses = [plan.pose(block) for block in plan.blocks]
    return SolidScene(
        plan.K,
        plan.pitch,
        plan.height,
        np.array([block.asset.half for block in plan.blocks]).reshape(-1, 3),
        np.array([rotation for rotation, _ in poses]).reshape(-1, 3, 3),
        np.array([center for _, center in poses]).reshape(-1, 3),
    )


def solids_of_sighting(seen: Sighting) -> SolidScene:
    """What was measured from pixels."""
    return SolidScene(
        seen.K,
        seen.pitch,
        ground_of_blocks(seen)[0] if seen.assets else None,
        np.array([asset.half for asset in seen.assets]).reshape(-1, 3),
        np.array([seen.rotation(i) for i in range(len(seen.assets))]).reshape(-1, 3, 3),
        seen.center,
    )


def exact_geometry(
    scene: SolidScene, shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Depth and visible masks of a picture of `shape` (H, W).

    The rig draws sky and wall alike as what lies above the horizon, at no distance: there, and everywhere
    if no block tells where the ground is, depth is unknown.

    Returns:
        depth: (H, W), metres along z at pixel centres; 0 where it is unknown.
        masks: (n, H, W), the pixels whose centres see each block.
    """
    depth = np.repeat(_ground(scene, shape[0])[:, None], shape[1], axis=1)
    # Blocks first compete among themselves: where feet and ground meet, rounding must not hide a foot.
    nearest = np.full(shape, np.inf, np.float32)
    owner = np.full(shape, -1, np.int32)
    for i in range(len(scene.center)):
        rows, columns = _bounds(scene, i, shape)
        hit = _entry(scene, i, rows, columns)
        closer = hit < nearest[rows, columns]
        nearest[rows, columns][closer] = hit[closer]
        owner[rows, columns][closer] = i
    np.copyto(depth, nearest, where=owner >= 0)
    return depth, owner == np.arange(len(scene.center))[:, None, None]


def _ground(scene: SolidScene, rows: int) -> NDArray[np.float32]:
    """(rows,) depth of the ground in each picture row, 0 from the horizon up: a rig's camera has no roll."""
    if scene.height is None:
        return np.zeros(rows, np.float32)
    slope = (np.arange(rows) - scene.K[1, 2]) / scene.K[1, 1]
    down = pitch_matrix(scene.pitch)[:, 1]  # gravity in the camera frame
    falls = slope * down[1] + down[2]
    depth = np.where(falls > 1e-9, scene.height / np.where(falls > 1e-9, falls, 1.0), 0.0)
    return np.asarray(depth, np.float32)


def _bounds(scene: SolidScene, i: int, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns that hold all of a block's pixels; the whole picture if it reaches past the camera."""
    corners = (_CORNERS * scene.half[i]) @ scene.rotation[i].T + scene.center[i]
    if corners[:, 2].min() < _NEAR:
        return slice(0, shape[0]), slice(0, shape[1])
    uv = project(scene.K, corners)
    low, high = np.floor(uv.min(axis=0)), np.ceil(uv.max(axis=0)) + 1
    (x0, y0), (x1, y1) = (np.clip(at, 0, shape[::-1]).astype(int) for at in (low, high))
    return slice(y0, y1), slice(x0, x1)


def _entry(scene: SolidScene, i: int, rows: slice, columns: slice) -> NDArray[np.float32]:
    """(h, w) depth at which each pixel's ray enters a block (slab test), infinite where it misses.

    Along the ray K^-1 (u, v, 1) the parameter is the depth itself.
    """
    start = -scene.center[i] @ scene.rotation[i]
    ray = scene.rotation[i].T @ np.linalg.inv(scene.K)
    u, v = np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop)[:, None]
    enter, leave = np.full((len(v), len(u)), _NEAR), np.full((len(v), len(u)), np.inf)
    for k in range(3):
        way = ray[k, 0] * u + ray[k, 1] * v + ray[k, 2]
        way[np.abs(way) < 1e-15] = 1e-15  # a ray along the slab is in it always or never
        inverse = 1.0 / way
        one, other = (-scene.half[i, k] - start[k]) * inverse, (scene.half[i, k] - start[k]) * inverse
        np.maximum(enter, np.minimum(one, other), out=enter)
        np.minimum(leave, np.maximum(one, other), out=leave)
    return np.where(enter < leave, enter, np.inf).astype(np.float32)
