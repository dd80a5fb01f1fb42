"""Poses of upright cuboids under one camera that is pitched but not rolled: least squares on pixel corners.

Unknowns: the camera's pitch, and per object a heading and a centre in the camera frame. That everything
stands upright is what makes a single small marker enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import heading_matrix, pitch_matrix

Array = NDArray[np.float64]

_ITERATIONS: Final = 25
_STEP_DONE: Final = 1e-7
_QUARTER: Final = np.pi / 2
_UNIT: Final = np.eye(3)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Points of one object: (k, 3) metres in object axes, and the (k, 2) pixels they were seen at."""

    points: Array
    pixels: Array


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A solution: pitch (radians), heading (n,) as `plan.Block.heading`, center (n, 3) metres camera frame.

    `error`: (n,) root mean square distance between seen and predicted points, pixels, per object.
    """

    pitch: float
    heading: Array
    center: Array
    error: Array

    def rotation(self, i: int) -> Array:
        """(3, 3) axes of object i as columns, camera frame."""
        return pitch_matrix(self.pitch) @ heading_matrix(float(self.heading[i]))


def _residuals(K: Array, seen: Sequence[Observation], x: Array) -> tuple[Array, Array] | None:
    """Residuals (m,) and Jacobian (m, 1 + 4n) at x = pitch, then heading and centre per object."""
    turn, turn_d = pitch_matrix(x[0]), pitch_matrix(x[0] + _QUARTER)
    turn_d[0, 0] = (
        0.0  # the derivative of a rotation about x: a quarter turn further, the x axis itself unmoved
    )
    residuals, rows = [], []
    for i, view in enumerate(seen):
        heading, center = x[1 + 4 * i], x[2 + 4 * i : 5 + 4 * i]
        axes, axes_d = heading_matrix(heading), heading_matrix(heading + _QUARTER)
        axes_d[1, 1] = 0.0
        p = view.points @ (turn @ axes).T + center
        if p[:, 2].min() < 1e-3:
            return None
        scale = K[0, 0] / p[:, 2]
        uv = p[:, :2] / p[:, 2:]
        residuals.append((K[0, 0] * uv + K[:2, 2] - view.pixels).ravel())
        # How each point moves with pitch, heading and the three coordinates of the centre: (5, k, 3).
        moves = np.empty((5, *p.shape))
        moves[0] = view.points @ (turn_d @ axes).T
        moves[1] = view.points @ (turn @ axes_d).T
        moves[2:] = _UNIT
        shifts = (moves[..., :2] - uv * moves[..., 2:]) * scale[:, None]
        row = np.zeros((2 * len(p), len(x)))
        row[:, [0, *range(1 + 4 * i, 5 + 4 * i)]] = shifts.reshape(5, -1).T
        rows.append(row)
    return np.concatenate(residuals), np.concatenate(rows)


def same(one: Posed, other: Posed) -> bool:
    """Whether two solutions for one object are the same but for rounding."""
    turned = abs((one.heading[0] - other.heading[0] + np.pi) % (2 * np.pi) - np.pi)
    return bool(turned < 1e-3 and abs(one.pitch - other.pitch) < 1e-3)


def solve(K: Array, seen: Sequence[Observation], pitch: float, heading: Array, center: Array) -> Posed | None:
    """Refine a first guess (Levenberg-Marquardt); None when it ends behind the camera."""
    x = np.concatenate([[pitch], np.column_stack([heading, center]).ravel()])
    state = _residuals(K, seen, x)
    if state is None:
        return None
    damping = 1e-4
    for _ in range(_ITERATIONS):
        r, J = state
        normal, gradient = J.T @ J, J.T @ r
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), -gradient)
        tried = _residuals(K, seen, x + step)
        if tried is None or tried[0] @ tried[0] >= r @ r:
            damping *= 8
            if damping > 1e6 or np.abs(step).max() < _STEP_DONE:
                break
            continue
        gain = r @ r - tried[0] @ tried[0]
        x, state, damping = x + step, tried, max(damping / 8, 1e-9)
        if np.abs(step).max() < _STEP_DONE or gain < 1e-9 * (r @ r):
            break
    ends = np.cumsum([2 * len(view.points) for view in seen])
    errors = [np.sqrt(2 * np.mean(part**2)) for part in np.split(state[0], ends[:-1])]
    objects = x[1:].reshape(-1, 4)
    return Posed(float(x[0]), objects[:, 0], objects[:, 1:], np.array(errors))
