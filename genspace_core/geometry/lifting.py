"""Masks and a depth map become objects in space."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genspace_core.errors import InputError
from genspace_core.geometry.default_lifting import lift_robustly
from genspace_core.geometry.paper_lifting import lift_as_published
from genspace_core.geometry.results import LiftedObject, Lifting
from genspace_core.types import Camera

__all__ = ["LiftedObject", "Lifting", "Profile", "lift_objects"]

Profile = Literal["default", "paper"]


def lift_objects(
    depth: ArrayLike,
    masks: ArrayLike,
    camera: Camera,
    profile: Profile = "default",
    *,
    noise_seed: int | None = None,
    max_points: int = 4000,
) -> Lifting:
    """Lift the masks of one picture into space.

    - "default": objects in the *camera* frame, each with a box about the vertical axis, whose middle is its
      centre. Robust against masks that leak, depth that flies between surfaces, and noise. Only what is
      seen is measured: of a thing of which one upright face is seen alone, the box has no depth.
    - "paper": the published protocol, step by step: objects in its *shifted gravity* frame (x right, y down,
      z forward, level; the ground is y = 0, so the camera is not at the origin), with the mean of their
      points as centre and a box along the axes of that frame.

    An object's result does not depend on the other masks.

    Args:
        depth: (H, W), metres along z, at the masks' resolution; 0, negative, infinite or NaN where unknown.
        masks: (N, H, W), bool (or 0 and 1); N may be 0.
        camera: K of the same resolution, the first pixel's centre at (0, 0), and gravity.
        profile: "default" or "paper".
        noise_seed: of the 4 mm noise that the published implementation adds to points; "paper" only,
            and without noise if not given.
        max_points: most points an object is given by "default", at least 100.

    Returns:
        One object per mask, in order; one that is dropped has no points, and a note.

    Raises:
        InputError: shapes that do not fit, masks that are not, an unknown profile, no pinhole camera.
    """
    if profile not in get_args(Profile):
        raise InputError(f'unknown lifting profile {profile!r}; allowed are "default" and "paper"')
    checked_depth = _checked_depth(depth)
    checked_masks = _checked_masks(masks, checked_depth.shape)
    if profile == "paper":
        return lift_as_published(checked_depth, checked_masks, camera, noise_seed)
    if noise_seed is not None:
        raise InputError('noise_seed is of the lifting profile "paper"; "default" adds no noise')
    if max_points < 100:
        raise InputError(f"max_points must be at least 100, not {max_points}")
    return lift_robustly(checked_depth, checked_masks, camera, max_points)


def _shape(array: NDArray[np.generic]) -> str:
    return " x ".join(map(str, array.shape)) or "a single value"


def _checked_depth(depth: ArrayLike) -> NDArray[np.floating]:
    try:
        array = np.asarray(depth)
    except ValueError:
        raise InputError("depth must have shape H x W; its rows differ in length") from None
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"depth must have shape H x W, not {_shape(array)}")
    if array.dtype.kind not in "fiu":
        raise InputError(f"depth must hold numbers (metres), not {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _checked_masks(masks: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    try:
        array = np.asarray(masks)
    except ValueError:
        raise InputError("masks differ in shape; they must have the shape of the depth map") from None
    if array.shape == (0,):
        return np.zeros((0, *shape), dtype=np.bool_)
    if array.ndim != 3:
        raise InputError(f"masks must have shape N x H x W, not {_shape(array)}")
    if array.shape[1:] != shape:
        raise InputError(
            f"masks are {_shape(array[0])} pixels and depth is {' x '.join(map(str, shape))}"
            if len(array)
            else f"masks have shape {_shape(array)} and depth has {' x '.join(map(str, shape))}"
        )
    if array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 1:
        return array.astype(np.bool_)
    if array.dtype != np.bool_:
        raise InputError(f"masks must be bool, not {array.dtype}")
    return array
