"""Says how good each framed proposal is: what is asked holds with margin, and every block can be measured.

Costs add up; a cost of `IMPOSSIBLE` or more marks a proposal that must not be drawn.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import FOCAL_SHARE
from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.framing import Framed, object_axes
from genspace_adapter_blockworld.intent import Fact
from genspace_adapter_blockworld.proposals import SIDE_ANGLE, TOLERANCE
from genspace_adapter_blockworld.sides import SIDES, marker_corners

Array = NDArray[np.float64]

IMPOSSIBLE: Final = 100.0
EDGE: Final = 0.95  # the farthest a corner may lie from the middle, in half-widths
SMALLEST_MARKER: Final = 26.0  # pixels; below, detection becomes a matter of luck
GOOD_MARKER: Final = 60.0
CLEARLY_NEARER: Final = 1.15  # ratio of distances that a person sees without measuring
CLEARLY_LEFT: Final = 0.5  # sine of the pair's direction against the line of sight
SOLID_VIEW: Final = 0.5  # what it costs to show a block as one flat face
MARGIN_POINTS: Final = 1.12  # points tested for being hidden reach this far over the marker

# Fine enough that not even a person slips between the points on a van.
_STEPS: Final = np.linspace(-1, 1, 6)
_GRID: Final = np.stack(np.meshgrid(_STEPS, _STEPS), axis=-1).reshape(-1, 2)


def _wrapped(angle: Array) -> Array:
    return np.asarray(np.abs((angle + np.pi) % (2 * np.pi) - np.pi))


def _bearing(heading: Array, towards: Array) -> Array:
    """(N,) angle of ground direction `towards` (N, 3) off an object's front, positive to its right."""
    return np.asarray(np.arctan2(towards[:, 0], towards[:, 2]) - heading)


def _off(side: str, angle: Array) -> Array:
    """(N,) how far an angle is from a side's, in tolerances."""
    sides = ("left", "right") if side == "beside" else (side,)
    off = np.min([_wrapped(angle - SIDE_ANGLE[s]) for s in sides], axis=0)
    return np.asarray(off / TOLERANCE[side])


def _strict(off: Array) -> Array:
    """Cost of being `off` by a share of a tolerance: mild near the ideal, prohibitive near the bound."""
    return np.asarray(3 * off**2 + IMPOSSIBLE * (off > 0.8))


def _short_of(value: Array, wanted: float) -> Array:
    return np.asarray(np.maximum(0.0, wanted - value) * 8)


def fact_cost(fact: Fact, scene: Framed) -> Array:
    """(N,) cost of how well a fact holds."""
    at = scene.center[:, fact.subject]
    other = scene.center[:, fact.other]
    if fact.kind == "sees":
        off = _off(fact.value, _bearing(scene.heading[:, fact.subject], -at))
        # One camera cannot be straight before two objects: between them, half the precision will do.
        return _strict(
            off if scene.center.shape[1] == 1 else off * TOLERANCE[fact.value] / TOLERANCE["beside"]
        )
    if fact.kind == "bearing":
        return _strict(_off(fact.value, _bearing(scene.heading[:, fact.other], at - other)))
    if fact.kind == "heading":
        turn = scene.heading[:, fact.subject] - scene.heading[:, fact.other]
        return _strict(_wrapped(turn - (0.0 if fact.value == "same" else np.pi)) / TOLERANCE["beside"])
    if fact.kind == "nearer":
        ratio = np.linalg.norm(other, axis=1) / np.linalg.norm(at, axis=1)
        return np.asarray(_short_of(ratio, CLEARLY_NEARER) + IMPOSSIBLE * (ratio < 1.06))
    if fact.kind == "left_of":
        across = (other[:, 0] - at[:, 0]) / np.linalg.norm((other - at)[:, [0, 2]], axis=1)
        return np.asarray(_short_of(across, CLEARLY_LEFT) + IMPOSSIBLE * (across < 0.25))
    return np.zeros(len(at))  # amounts hold by construction


def _overlap(scene: Framed, assets: tuple[Asset, ...]) -> NDArray[np.bool_]:
    """(N,) whether the footprints of the first two objects touch (separating axis test)."""
    axes = object_axes(scene.heading)[..., [0, 2], :][..., [0, 2]]  # (N, 2, 2) ground axes as columns
    half = np.array([[a.half[0], a.half[2]] for a in assets])
    gap = (scene.center[:, 1] - scene.center[:, 0])[:, [0, 2]]
    apart = np.zeros(len(gap), dtype=bool)
    for i in range(2):
        for k in range(2):
            axis = axes[:, i, :, k]
            reach = sum(
                half[j, m] * np.abs((axes[:, j, :, m] * axis).sum(axis=1)) for j in range(2) for m in range(2)
            )
            apart |= np.abs((gap * axis).sum(axis=1)) > reach
    return ~apart


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
        cost += IMPOSSIBLE * (readable < SMALLEST_MARKER)
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
    if len(assets) > 1:
        total = total + IMPOSSIBLE * _overlap(scene, assets)
    for fact in facts:
        total = total + fact_cost(fact, scene)
    return np.asarray(total)
