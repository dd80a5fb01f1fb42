"""GenSpace's own lifting: cleaned in the picture, measured with an upright box.

Everything is relative: to the depth, the size of the object in the picture, the noise that is found. So
a scene that is rebuilt at twice its size gives the same objects at twice their size.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from genspace_core.geometry.boxes import box_around, extreme_points, fit_box
from genspace_core.geometry.edges import mend_edges
from genspace_core.geometry.parts import own_parts
from genspace_core.geometry.patches import Patch, cut_patch
from genspace_core.geometry.pinhole import back_project, inverse_intrinsics
from genspace_core.geometry.planes import GroundPlane, fit_ground
from genspace_core.geometry.results import LiftedObject, Lifting, dropped
from genspace_core.geometry.smoothing import smoothed
from genspace_core.types import Camera

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

PIXELS = 10000  # of an object are worked on; a larger one is thinned
LEAST_PIXELS = 16  # of known depth; the published protocol's bound too
GROUND_PIXELS = 5000  # of the picture, for the ground
GROUND_TILT = 15.0  # degrees that the ground may stand off gravity
ON_GROUND = 0.01  # height, as a share of the depth, under which a pixel may show the ground
NOISE_HEIGHT = 3.0  # and how many deviations of the noise, times the camera's height, are added
MOSTLY = 0.5  # of an object that is as low as that: it lies flat, or the ground is wrong
SMOOTH_TO = 0.005  # noise that is left alone, in sizes of the object
SMOOTH_OVER = 5.0  # the widest window, in parts of the object's side
# Share of the points left out at each end of the box: some are always wrong; more per unit of noise.
TRIM, TRIM_NOISE, MOST_TRIMMED = 0.001, 0.2, 0.05


def lift_robustly(depth: NDArray[np.floating], masks: Bools, camera: Camera, max_points: int) -> Lifting:
    """Lift masks to cleaned points and upright boxes.

    Args:
        depth: (H, W), metres along z; 0, negative or not finite where unknown.
        masks: (N, H, W).
        camera: intrinsics and gravity.
        max_points: most points an object is given.

    Returns:
        Objects in the frame "camera"; their centre is that of their box.
    """
    inverse = inverse_intrinsics(camera.K)
    plane = _ground(depth, camera, inverse)
    objects = tuple(_object(depth, mask, camera, inverse, plane, max_points) for mask in masks)
    down = camera.gravity_rotation[1]
    return Lifting(objects, None if plane is None else plane.height / float(plane.down @ down), "camera")


def _ground(depth: NDArray[np.floating], camera: Camera, inverse: Array) -> GroundPlane | None:
    step = max(1, round(float(np.sqrt(depth.size / GROUND_PIXELS))))
    thinned = depth[::step, ::step].astype(np.float64)
    row, column = np.nonzero(np.isfinite(thinned) & (thinned > 0))
    points = back_project(
        step * column.astype(float), step * row.astype(float), thinned[row, column], inverse
    )
    return fit_ground(points, down=camera.gravity_rotation[1], max_tilt=GROUND_TILT)


def _object(
    depth: NDArray[np.floating],
    mask: Bools,
    camera: Camera,
    inverse: Array,
    plane: GroundPlane | None,
    max_points: int,
) -> LiftedObject:
    if not mask.any():
        return dropped("its mask is empty")
    patch = cut_patch(depth, mask, camera.K, PIXELS)
    count = np.count_nonzero(patch.mask)
    if count < LEAST_PIXELS:
        return dropped(f"only {count} pixels of known depth; {LEAST_PIXELS} are needed")
    gravity = camera.gravity_rotation
    patch = mend_edges(patch)
    low = _on_ground(patch, patch.mask, inverse, plane)
    own = own_parts(patch, patch.mask & ~low)
    points, trim = _points(patch, own, inverse, gravity)
    box = fit_box(points, trim)
    if low.any():
        # What is as low as the ground is the object's where it stands, and the ground's beside it.
        pixel = patch.slope * float(np.exp(np.median(patch.log_depth[own])))
        feet = box.outside(patch.points(low, inverse) @ gravity.T)[:, [0, 2]]
        own[low] = (feet <= 0.5 * pixel).all(axis=1)
        points, trim = _points(patch, own, inverse, gravity)
        # Without noise the feet change nothing of the heading; with noise every point counts.
        box = fit_box(points, trim) if trim > TRIM else box_around(points, box.axes, trim)
    points = points[(box.outside(points) <= 1e-9).all(axis=1)]
    if len(points) > max_points:
        points = _thinned(points, max_points)
    return LiftedObject(points @ gravity, gravity.T @ box.center, box.high - box.low, gravity.T @ box.axes)


def _on_ground(patch: Patch, pixels: Bools, inverse: Array, plane: GroundPlane | None) -> Bools:
    """Those of the pixels, (h, w), that may show the ground; none if most do."""
    low = np.zeros_like(pixels)
    if plane is None:
        return low
    points = patch.points(pixels, inverse)
    bound = ON_GROUND * np.median(points[:, 2]) + NOISE_HEIGHT * patch.noise * plane.height
    low[pixels] = plane.above(points) < bound
    return low if np.count_nonzero(low) < MOSTLY * len(points) else np.zeros_like(low)


def _points(patch: Patch, pixels: Bools, inverse: Array, gravity: Array) -> tuple[Array, float]:
    """Points of pixels, (n, 3) in the gravity frame, freed of noise, and what a box should trim of them."""
    side = float(np.sqrt(np.count_nonzero(pixels)))
    # A window of w x w pixels leaves about 1 / w of the noise.
    wanted = min(patch.noise / (SMOOTH_TO * side * patch.slope), side / SMOOTH_OVER)
    window = 2 * ceil((wanted - 1.0) / 2.0) + 1
    if window <= 1:
        return patch.points(pixels, inverse) @ gravity.T, TRIM
    free = smoothed(patch.log_depth, pixels, window)
    return patch.points(pixels, inverse, free) @ gravity.T, min(TRIM + TRIM_NOISE * patch.noise, MOST_TRIMMED)


def _thinned(points: Array, most: int) -> Array:
    """About every so-manieth point, (most, 3), and those that the extents hang on; y is down."""
    ends = extreme_points(points)[:most]
    rest = np.linspace(0, len(points) - 1, most - len(ends)).astype(np.intp)
    return points[np.union1d(ends, rest)]
