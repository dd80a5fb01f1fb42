"""Says how good each framed proposal is: what is asked holds with margin, and every block can be measured.

Costs add up; a cost of `IMPOSSIBLE` or more marks a proposal that must not be drawn.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import FOCAL_SHARE
from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.framing import Framed, object_axes
from genspace_adapter_blockworld.intent import Fact
from genspace_adapter_blockworld.meeting import IMPOSSIBLE, fact_cost
from genspace_adapter_blockworld.sides import SIDES, marker_corners
from genspace_adapter_blockworld.steps import steps

Array = NDArray[np.float64]

EDGE: Final = 0.95  # the farthest a corner may lie from the middle, in half-widths
SMALLEST_MARKER: Final = 26.0  # pixels; below, detection becomes a matter of luck
GOOD_MARKER: Final = 60.0
COMFORTABLE_MARKER: Final = 40.0  # of what is asked to be small: it must stay readable when more happens
SOLID_VIEW: Final = 0.5  # what it costs to show a block as one flat face
NO_ROOM: Final = 15.0  # the most that a step without room costs
MARGIN_POINTS: Final = 1.12  # points tested for being hidden reach this far over the marker

# Fine enough that not even a person slips between the points on a van.
_STEPS: Final = np.linspace(-1, 1, 6)
_GRID: Final = np.stack(np.meshgrid(_STEPS, _STEPS), axis=-1).reshape(-1, 2)


def _overlap(scene: Framed, assets: tuple[Asset, ...]) -> NDArray[np.bool_]:
    """(N,) whether any two footprints touch (separating axis test)."""
    axes = object_axes(scene.heading)[..., [0, 2], :][..., [0, 2]]  # (N, n, 2, 2) ground axes as columns
    half = np.array([[a.half[0], a.half[2]] for a in assets])
    touch = np.zeros(len(axes), dtype=bool)
    for pair in combinations(range(len(assets)), 2):
        gap = (scene.center[:, pair[1]] - scene.center[:, pair[0]])[:, [0, 2]]
        apart = np.zeros(len(gap), dtype=bool)
        for i, k in product(pair, range(2)):
            axis = axes[:, i, :, k]
            reach = sum(
                half[j, m] * np.abs((axes[:, j, :, m] * axis).sum(axis=1)) for j in pair for m in range(2)
            )
            apart |= np.abs((gap * axis).sum(axis=1)) > reach
        touch |= ~apart
    return touch


def _test_points(asset: Asset) -> tuple[Array, Array, Array]:
    """Each side's marker corners (5, 4, 3), a grid around it (5, g, 3), normals (5, 3); object axes."""
    corners = np.stack([marker_corners(asset.size, side) for side in SIDES])
    middle = corners.mean(axis=1, keepdims=True)
    right, down = ((corners[:, i] - corners[:, 0])[:, None] * MARGIN_POINTS / 2 for i in (1, 3))
    grid = middle + _GRID[:, :1] * right + _GRID[:, 1:] * down
    return corners, grid, np.array([s.normal for s in SIDES], dtype=np.float64)


def _hidden(
    points: Array, by: int, scene: Framed, axes: Array, assets: tuple[Asset, ...]
) -> NDArray[np.bool_]:
    """(N, 5, g) whether block `by` stands between the camera and each point (slab test)."""
    turn = axes[:, by]
    start = (-scene.center[:, by])[:, None] @ turn
    way = points.reshape(len(points), -1, 3) @ turn
    half = np.array(assets[by].half)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (-half - start) / way, (half - start) / way
    enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
    return np.asarray((enter < leave) & (leave > 0) & (enter < 1 - 1e-6)).reshape(points.shape[:-1])


def _thickness(corners: Array, pitch: Array, focal: float) -> Array:
    """(N, 5) how many pixels high the thinnest way across each side's marker is; `corners` (N, 5, 4, 3)."""
    c, s = np.cos(pitch)[:, None, None], np.sin(pitch)[:, None, None]
    depth = np.maximum(s * corners[..., 1] + c * corners[..., 2], 1e-6)
    u, v = corners[..., 0] / depth, (c * corners[..., 1] - s * corners[..., 2]) / depth
    uv = np.stack([u, v], axis=-1) * focal
    edge = np.linalg.norm(uv - np.roll(uv, -1, axis=2), axis=-1)
    one, other = uv[:, :, 2] - uv[:, :, 0], uv[:, :, 3] - uv[:, :, 1]
    area = np.abs(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]) / 2
    return np.asarray(np.minimum(edge.min(axis=-1), area / np.maximum(edge.max(axis=-1), 1e-9)))


def view_cost(scene: Framed, assets: tuple[Asset, ...], facts: tuple[Fact, ...], size: int) -> Array:
    """(N,) cost of how well the blocks can be seen and measured in a picture of `size` pixels."""
    cost = 2.0 * np.maximum(0, np.degrees(scene.pitch) - 24) / 25
    least = COMFORTABLE_MARKER if any(fact.kind == "roomy" for fact in facts) else SMALLEST_MARKER
    axes = object_axes(scene.heading)
    for i, asset in enumerate(assets):
        corners, grid, normals = _test_points(asset)

        def placed(local: Array, i: int = i) -> Array:
            flat = local.reshape(-1, 3) @ axes[:, i].swapaxes(-1, -2) + scene.center[:, i, None]
            return np.asarray(flat.reshape(-1, *local.shape))

        seen, points = placed(corners), placed(grid)
        outward = normals @ axes[:, i].swapaxes(-1, -2)
        facing = (outward * seen.mean(axis=2)).sum(axis=-1) < 0
        shown = np.ones(points.shape[:-1], dtype=bool)
        for by in range(len(assets)):
            if by != i:
                shown &= ~_hidden(points, by, scene, axes, assets)
        thickness = np.where(facing, _thickness(seen, scene.pitch, FOCAL_SHARE * size), 0.0)
        readable = np.where(shown.all(axis=-1), thickness, 0.0).max(axis=1)
        cost += 2 * np.maximum(0, GOOD_MARKER - readable) / GOOD_MARKER
        cost += IMPOSSIBLE * (readable < least)
        cost += 3 * (
            1 - (facing[..., None] & shown).sum(axis=(1, 2)) / np.maximum(facing.sum(axis=1) * len(_GRID), 1)
        )
        second = np.sort(thickness, axis=1)[:, -2] / np.maximum(thickness.max(axis=1), 1e-9)
        cost += SOLID_VIEW * np.clip(1 - second / 0.25, 0, 1)
        for fact in facts:
            if fact.kind == "sees" and fact.subject == i:
                side = next(k for k, s in enumerate(SIDES) if s.name == fact.value)
                cost += 2 * (1 - shown[:, side].mean(axis=-1))
    return np.asarray(cost)


def layout_cost(scene: Framed, assets: tuple[Asset, ...], facts: tuple[Fact, ...]) -> Array:
    """(N,) cost of how well the facts hold; everything must be in the picture, and bodies must not touch."""
    total = IMPOSSIBLE * (scene.extent > EDGE)
    total = total + IMPOSSIBLE * _overlap(scene, assets)
    for fact in facts:
        total = total + fact_cost(fact, scene, assets)
    return np.asarray(total)


def room_cost(scene: Framed, assets: tuple[Asset, ...], facts: tuple[Fact, ...], size: int = 0) -> Array:
    """(N,) cost of what would go wrong after a step; of `size` 0 without what would be hidden.

    It ranks what is possible: a step that cannot be made is bad, and not forbidden.
    """
    total = np.zeros(len(scene.center))
    for after in steps(scene, assets, facts):
        cost = IMPOSSIBLE * ((after.extent > EDGE) | _overlap(after, assets))
        if size:
            cost = cost + view_cost(after, assets, (), size)
        total += np.minimum(cost, NO_ROOM)
    return total
