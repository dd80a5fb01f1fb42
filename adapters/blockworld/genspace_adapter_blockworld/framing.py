"""Places the camera so that the objects fill the picture, in the middle of it. Batched like `proposals`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import FOCAL_SHARE
from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.proposals import Proposals

Array = NDArray[np.float64]

HALF_WIDTH: Final = 0.5 / FOCAL_SHARE
"""Tangent of half the field of view."""

_BISECTIONS: Final = 9
_CORNERS: Final = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """N scenes as their cameras see them, gravity frame (origin at the camera, z forward).

    Attributes:
        center: (N, n, 3), metres.
        heading: (N, n), radians, as `plan.Block.heading`.
        pitch: (N,), radians, positive down.
        height: (N,) of the camera above the ground, metres.
        extent: (N,) farthest that any corner lies from the picture's middle, in half-widths.
    """

    center: Array
    heading: Array
    pitch: Array
    height: Array
    extent: Array

    def take(self, which: NDArray[np.intp]) -> Framed:
        """The scenes of these indices."""
        return Framed(*(getattr(self, f.name)[which] for f in fields(self)))


def rotate_about_vertical(points: Array, yaw: Array) -> Array:
    """(..., 3) points seen by a camera turned by `yaw` (...), radians to the right."""
    c, s = np.cos(yaw), np.sin(yaw)
    x, z = points[..., 0], points[..., 2]
    return np.stack([c * x - s * z, points[..., 1], s * x + c * z], axis=-1)


def object_axes(heading: Array) -> Array:
    """(..., 3, 3) object axes as columns, gravity frame; batched `camera.heading_matrix`."""
    c, s, zero = np.cos(heading), np.sin(heading), np.zeros_like(heading)
    rows = [s, zero, c, zero, zero - 1, zero, c, zero, -s]
    return np.stack(rows, axis=-1).reshape(*heading.shape, 3, 3)


def _bounds(points: Array, yaw: Array, pitch: Array) -> tuple[Array, Array, Array, Array]:
    """(N,) left, right, top, bottom tangents of (N, m, 3) points before the camera."""
    p = rotate_about_vertical(points, yaw[:, None])
    c, s = np.cos(pitch)[:, None], np.sin(pitch)[:, None]
    y, z = c * p[..., 1] - s * p[..., 2], s * p[..., 1] + c * p[..., 2]
    # A corner beside or behind the camera counts as far outside the picture.
    z = np.maximum(z, 1e-3 * (np.abs(p[..., 0]) + np.abs(y)) + 1e-6)
    u, v = p[..., 0] / z, y / z
    return u.min(axis=1), u.max(axis=1), v.min(axis=1), v.max(axis=1)


def _aim(points: Array, yaw: Array, pitch: Array, rounds: int) -> tuple[Array, Array, Array]:
    """Turn the camera until the points' bounds are centred; also their half extent (N,), half-widths."""
    for _ in range(rounds):
        left, right, top, bottom = _bounds(points, yaw, pitch)
        yaw = yaw + np.arctan(np.clip((left + right) / 2, -0.5, 0.5))
        pitch = pitch + np.arctan(np.clip((top + bottom) / 2, -0.5, 0.5))
    left, right, top, bottom = _bounds(points, yaw, pitch)
    extent = np.max([-left, right, -top, bottom], axis=0) / HALF_WIDTH
    return yaw, pitch, extent


def _corners(center: Array, heading: Array, assets: tuple[Asset, ...]) -> Array:
    """(N, n, 8, 3) corners of blocks at `center` (N, n, 3), `heading` (N, n)."""
    half = np.array([a.half for a in assets])
    return (half[:, None] * _CORNERS)[None] @ object_axes(heading).swapaxes(-1, -2) + center[:, :, None]


def as_seen(center: Array, heading: Array, pitch: Array, height: Array, assets: tuple[Asset, ...]) -> Framed:
    """Scenes as a camera that is where it is sees them; arrays as in `Framed`."""
    points = _corners(center, heading, assets).reshape(len(center), -1, 3)
    _, _, extent = _aim(points, np.zeros(len(center)), pitch, 0)
    return Framed(center, heading, pitch, height, extent)


def frame(proposals: Proposals, assets: tuple[Asset, ...]) -> Framed:
    """Find every proposal's camera."""
    level = np.array([-a.half[1] for a in assets])
    center = np.stack(
        [proposals.ground[..., 0], np.broadcast_to(level, proposals.heading.shape), proposals.ground[..., 1]],
        axis=-1,
    )
    corners = _corners(center, proposals.heading, assets)
    points = corners.reshape(len(center), -1, 3)
    middle = (points.min(axis=1) + points.max(axis=1)) / 2
    anchor = middle if proposals.pivot is None else center[:, proposals.pivot]
    c, s = np.cos(proposals.elevation), np.sin(proposals.elevation)
    away = np.stack([c * np.sin(proposals.azimuth), -s, c * np.cos(proposals.azimuth)], axis=-1)
    yaw, pitch = proposals.azimuth + np.pi, proposals.elevation
    target = points
    if proposals.range and proposals.pivot is not None:
        distance, target = np.full(len(center), proposals.range), corners[:, proposals.pivot]
    else:
        radius = np.linalg.norm(points - anchor[:, None], axis=-1).max(axis=1)
        low, high = np.log(radius * 0.7), np.log(radius * 12)
        for _ in range(_BISECTIONS):
            middling = (low + high) / 2
            seen = points - (anchor + np.exp(middling)[:, None] * away)[:, None]
            _, _, extent = _aim(seen, yaw, pitch, 1)
            too_near = extent > proposals.fill
            low, high = np.where(too_near, middling, low), np.where(too_near, high, middling)
        distance = np.exp(high)
    camera = anchor + distance[:, None] * away
    yaw, pitch, _ = _aim(target - camera[:, None], yaw, pitch, 3)
    center, heading = (
        rotate_about_vertical(center - camera[:, None], yaw[:, None]),
        proposals.heading - yaw[:, None],
    )
    return as_seen(center, heading, pitch, -camera[:, 1], assets)
