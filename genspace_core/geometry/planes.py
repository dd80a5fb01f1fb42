"""The ground under a scene, as a plane through its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import InputError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_POINTS = 2500  # a random part of the points is enough to find a plane
TRIES = 1500  # triples of points; ground that fills a tenth of the picture is hit with near certainty
SCORED_ON = 700  # points that every try is scored on
# A measured depth is off by a share of itself, which moves a point of the ground by that share of the
# camera's height, however far it is; what the ground itself is uneven by shows more far away.
TOLERANCE_HEIGHT, TOLERANCE_DEPTH = 0.03, 0.004
BELOW = 2.0  # how many points on the plane one point clearly below it outweighs
LEAST_SHARE = 0.08  # of all points, on the plane
LEAST_SPREAD = 0.05  # of the points on the plane along its shorter side, as a share of their mean distance
REFINEMENTS = 4
SLACKS = (1.0, 3.0)  # times the tolerance; the wider one where depth is too noisy for the first


@dataclass(frozen=True, slots=True, eq=False)
class GroundPlane:
    """The ground.

    Attributes:
        down: (3,), unit normal of the plane, away from the camera's side of it; camera frame.
        height: of the camera above it, metres, > 0.
        inliers: share of the points that lie on it, 0-1.
    """

    down: Array
    height: float
    inliers: float

    def above(self, points: Array) -> Array:
        """Height of points above the ground, metres: (n, 3), camera frame -> (n,)."""
        return self.height - points @ self.down


def fit_ground(
    points: Array, *, down: Array | None = None, max_tilt: float = 50.0, seed: int = 0
) -> GroundPlane | None:
    """Find the plane that a scene stands on.

    Planes through random triples of points (RANSAC, Fischler and Bolles 1981) are scored by the points on
    them less those below, so that a table does not pass for the floor; the best is fitted to its points by
    least squares of relative residuals, since errors of depth grow with depth.

    Args:
        points: (n, 3), of the whole picture, metres, camera frame; those that are not finite are left out.
        down: (3,), where down is thought to be, camera frame, any length but 0; if not given, the
            image's down.
        max_tilt: degrees that the plane's normal may stand off `down`, below 90.
        seed: of the random choices.

    Returns:
        The plane; None if no plane below the camera has enough points on it and few enough below.

    Raises:
        InputError: `points` is not (n, 3).
    """
    if points.ndim != 2 or points.shape[1] != 3:
        raise InputError(f"points must have shape n x 3, not {' x '.join(map(str, points.shape))}")
    guess = np.array([0.0, 1.0, 0.0]) if down is None else np.asarray(down, dtype=np.float64)
    guess = guess / np.linalg.norm(guess)
    known = points[np.isfinite(points).all(axis=1) & (points[:, 2] > 0)].astype(np.float64)
    if len(known) < 3:
        return None
    rng = np.random.default_rng(seed)
    if len(known) > MOST_POINTS:
        known = known[rng.choice(len(known), MOST_POINTS, replace=False)]
    unit = float(np.median(known[:, 2]))  # work in depths of the scene: nothing depends on its scale
    known /= unit
    least_cosine = float(np.cos(np.radians(max_tilt)))
    normals = _candidates(known, guess, least_cosine, rng)
    for slack in SLACKS:
        normal = _refined(normals, known, slack, rng) if len(normals) else None
        if normal is not None and normal @ guess >= least_cosine * np.linalg.norm(normal):
            length = float(np.linalg.norm(normal))
            return GroundPlane(normal / length, unit / length, float(_on(normal, known, slack).mean()))
    return None


def _refined(normals: Array, points: Array, slack: float, rng: np.random.Generator) -> Array | None:
    """The best of planes n with n . p = 1, (m, 3), fitted to its points, (3,); None if it is no ground."""
    some = points if len(points) <= SCORED_ON else points[rng.choice(len(points), SCORED_ON, replace=False)]
    normal = normals[np.argmax(_scores(normals, some, slack))]
    for _ in range(REFINEMENTS):
        on = _on(normal, points, slack)
        if np.count_nonzero(on) < 3:
            return None
        normal = np.linalg.lstsq(points[on], np.ones(int(on.sum())), rcond=None)[0]
    good = _scores(normal[None], points, slack)[0] >= LEAST_SHARE * slack
    return normal if good and _spreads(points[_on(normal, points, slack)]) else None


def _candidates(points: Array, guess: Array, least_cosine: float, rng: np.random.Generator) -> Array:
    """Planes through triples of points, (m, 3) normals n with n . p = 1, below the camera and level enough.

    Half of the triples come from the half of the rays that point furthest down.
    """
    low = np.argsort(points @ guess / np.linalg.norm(points, axis=1))[len(points) // 2 :]
    picks = rng.integers(0, len(points), (TRIES, 3))
    picks[: TRIES // 2] = low[rng.integers(0, len(low), (TRIES // 2, 3))]
    a, b, c = points[picks[:, 0]], points[picks[:, 1]], points[picks[:, 2]]
    cross = np.cross(b - a, c - a)
    offset = np.einsum("ij,ij->i", cross, a)
    length = np.linalg.norm(cross, axis=1)
    upright = np.sign(offset) * (cross @ guess) >= least_cosine * length
    fit = upright & (np.abs(offset) > 1e-6 * length) & (length > 0)
    normals: Array = cross[fit] / offset[fit, None]
    return normals


def _residuals(normals: Array, points: Array, slack: float) -> tuple[Array, Array]:
    """How far points are below planes, and what is allowed: (m, n) each, in heights of the camera."""
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    allowed = TOLERANCE_HEIGHT + TOLERANCE_DEPTH * length * points[:, 2]
    return normals @ points.T - 1.0, slack * allowed


def _scores(normals: Array, points: Array, slack: float) -> Array:
    """Share of the points on each plane, less what those below outweigh: (m,)."""
    below, allowed = _residuals(normals, points, slack)
    on = np.abs(below) < allowed
    scores: Array = on.mean(axis=1) - BELOW * (below > 2.0 * allowed).mean(axis=1)
    return scores


def _on(normal: Array, points: Array, slack: float) -> Bools:
    below, allowed = _residuals(normal[None], points, slack)
    on: Bools = (np.abs(below) < allowed)[0]
    return on


def _spreads(points: Array) -> bool:
    """Whether the points on a plane spread over it, rather than along a line."""
    if len(points) < 3:
        return False
    _, sides, _ = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    spread = sides[1] / np.sqrt(len(points))
    return bool(spread >= LEAST_SPREAD * np.linalg.norm(points, axis=1).mean())
