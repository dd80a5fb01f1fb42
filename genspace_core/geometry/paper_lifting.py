"""The published protocol's lifting, step by step, with the semantics of the Open3D calls it makes.

Checked against recorded results of the public implementation; see docs/reconstruction.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_core.geometry.clusters import dbscan, largest
from genspace_core.geometry.neighbours import mean_distances, mean_distances_of_pixels
from genspace_core.geometry.pinhole import back_project, inverse_intrinsics
from genspace_core.geometry.results import LiftedObject, Lifting, dropped
from genspace_core.geometry.voxels import voxel_means
from genspace_core.types import Camera

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

# The protocol's constants (GenSpace, public implementation).
LEAST_BEFORE, LEAST_AFTER, LEAST_CLUSTER = 16, 10, 5
LEAST_VOLUME = 1e-6  # m3
NEIGHBOURS, DEVIATIONS = 20, 2.0
LEAST_VOXEL, VOXELS_PER_SIZE = 0.01, 40.0  # metres; -
EPS, MIN_POINTS = 0.2, 10  # metres; -
NOISE = 0.004  # metres
# Its grid of voxels starts at the lower, right, near corner: it works with x left, y up, z forward.
GRID_AXES = np.array([-1.0, -1.0, 1.0])


def lift_as_published(
    depth: NDArray[np.floating], masks: Bools, camera: Camera, noise_seed: int | None
) -> Lifting:
    """Lift masks as the published protocol does.

    Args:
        depth: (H, W), metres along z; 0 or not finite where unknown.
        masks: (N, H, W).
        camera: intrinsics and gravity.
        noise_seed: of the noise of 4 mm that the protocol adds to the points; None: no noise.

    Returns:
        Objects in the frame "ground"; their centre is the mean of their points.
    """
    known = np.isfinite(depth) & (depth > 0)
    inverse = inverse_intrinsics(camera.K)
    v, u = np.arange(depth.shape[0])[:, None], np.arange(depth.shape[1])[None]
    seen = np.where(known, depth, 0.0).astype(np.float64)
    points = back_project(u.astype(float), v.astype(float), seen, inverse)
    ground = _ground(points[known] @ camera.gravity_rotation[1:].T)
    objects = [_object(points, mask & known, camera, ground, noise_seed) for mask in masks]
    return Lifting(tuple(objects), ground, "ground")


def _ground(points: Array) -> float | None:
    """Lowest y of the nearer half; (n, 2), y and z in the gravity frame."""
    if not len(points):
        return None
    y, z = points.T
    return float(y[z <= np.median(z)].max())


def _object(
    points: Array, mask: Bools, camera: Camera, ground: float | None, noise_seed: int | None
) -> LiftedObject:
    count = int(np.count_nonzero(mask))
    if count < LEAST_BEFORE or ground is None:
        return dropped(f"only {count} pixels of known depth; the protocol wants {LEAST_BEFORE}")
    seen, distances = _measured(points, mask, camera, noise_seed)
    turned = seen @ camera.gravity_rotation.T - [0.0, ground, 0.0]
    kept = _main_cluster(turned, distances)
    if len(kept) < LEAST_AFTER:
        return dropped(f"only {len(kept)} points after cleaning; the protocol wants {LEAST_AFTER}")
    low, high = kept.min(axis=0), kept.max(axis=0)
    if np.prod(high - low) < LEAST_VOLUME:
        return dropped("its box is under a cubic centimetre")
    return LiftedObject(kept, kept.mean(axis=0), high - low, np.eye(3))


def _measured(points: Array, mask: Bools, camera: Camera, noise_seed: int | None) -> tuple[Array, Array]:
    """The mask's points, (n, 3) in the camera frame, and their mean distances to their neighbours, (n,)."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if noise_seed is not None:
        seen = points[box][mask[box]]
        # The place in the picture is part of the seed: an object's noise is its own, whatever else is there.
        place = [noise_seed, len(seen), int(rows[0]), int(columns[0])]
        seen = seen + np.random.default_rng(place).normal(0.0, NOISE, seen.shape)
        return seen, mean_distances(seen, NEIGHBOURS)
    image = np.where(mask[box][..., None], points[box], np.nan)
    corner = (int(rows[0]), int(columns[0]))
    return image[mask[box]], mean_distances_of_pixels(image, NEIGHBOURS, camera.K, corner)


def _main_cluster(points: Array, distances: Array) -> Array:
    """Outliers removed, one point a voxel, the largest cluster; (n, 3) -> (m, 3)."""
    size = 3.0 * float(np.linalg.norm(points.std(axis=0))) + 1e-6
    limit = distances.mean() + DEVIATIONS * distances.std(ddof=1)
    inliers: Array = points[(distances > 0) & (distances < limit)]
    if not len(inliers):
        return inliers
    thinned: Array = voxel_means(inliers * GRID_AXES, max(LEAST_VOXEL, size / VOXELS_PER_SIZE)) * GRID_AXES
    main = largest(dbscan(thinned, EPS, MIN_POINTS))
    kept: Array = thinned[main] if np.count_nonzero(main) >= LEAST_CLUSTER else thinned
    return kept
