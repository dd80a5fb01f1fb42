"""Displaces what an edit should leave alone, so that what was asked for holds all the same.

Batched like `proposals`; frames as in `changes`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.changes import Stage, way
from genspace_adapter_blockworld.framing import Framed
from genspace_adapter_blockworld.meeting import IMPOSSIBLE
from genspace_adapter_blockworld.proposals import Sampler

Array = NDArray[np.float64]

_TAKEN_ALONG: Final = 0.4
"""Of an asked-for motion: the most that the others may go along with it."""

_SEEMS: Final = (0.78, 1.28)
"""Times the asked-for way: least and most that the camera may seem to have gone along it."""

_SEEMS_ASIDE: Final = 0.45
"""Of the asked-for way: the most that the camera may seem to have gone besides."""

_TOLD_APART: Final = np.radians(15.0)
"""When places turn so much more than headings do, no turn of the camera is read from them."""


def strayed(stage: Stage, draw: Sampler, share: float) -> Stage:
    """The stage with everything displaced that was to stay, by a `share` of its distance from the camera.

    The distance is that of the place where it stands. When the camera goes round, the others go straight away
    from the anchor: it sees them where they were.
    """
    center = stage.center.copy()
    for i in stage.kept:
        at = center[:, i]
        step = share * np.sqrt(at[:, 0] ** 2 + stage.height**2 + at[:, 2] ** 2)
        away = at - stage.center[:, stage.main] if stage.action.kind == "orbit" else None
        heading = draw.uniform(-np.pi, np.pi) if away is None else np.arctan2(away[:, 0], away[:, 2])
        center[:, i] += step[:, None] * np.stack([np.sin(heading), 0 * heading, np.cos(heading)], axis=1)
    return replace(stage, center=center)


def stray_cost(before: Stage, after: Framed) -> Array:
    """(N,) cost of straying so that something else seems to have been done than was asked for."""
    kept, action = list(before.kept), before.action
    cost = np.zeros(len(before.center))
    if action.kind == "move" and kept:
        gone = (after.center - before.center)[:, kept].mean(axis=1)
        cost += IMPOSSIBLE * ((gone * way(before)).sum(axis=1) > _TAKEN_ALONG * action.amount)
    if action.kind == "dolly" and kept:
        seems = apparent_step(before.center, after.center) / action.amount
        along = (seems * way(before)).sum(axis=1)
        aside = np.linalg.norm(seems - along[:, None] * way(before), axis=1)
        cost += IMPOSSIBLE * ((along < _SEEMS[0]) | (along > _SEEMS[1]) | (aside > _SEEMS_ASIDE * along))
    return cost


def apparent_step(before: Array, after: Array) -> Array:
    """(N, 3) where the camera seems to have gone, if objects at `before` (N, n, 3) are at `after` now.

    The least-squares turn about the vertical and shift that take the one to the other, undone. Headings have
    not turned here; so much turned places mean that an object moved, and not that the camera turned.
    """
    old, new = before.mean(axis=1, keepdims=True), after.mean(axis=1, keepdims=True)
    a, b = before - old, after - new
    along = (a[..., 0] * b[..., 0] + a[..., 2] * b[..., 2]).sum(axis=1)
    across = (a[..., 0] * b[..., 2] - a[..., 2] * b[..., 0]).sum(axis=1)
    turn = np.arctan2(across, along)
    turn = np.where(np.abs(turn) < _TOLD_APART, turn, 0.0)
    c, s = np.cos(turn), np.sin(turn)
    x, y, z = new[:, 0].T
    return np.asarray(old[:, 0] - np.stack([c * x + s * z, y, c * z - s * x], axis=1))
