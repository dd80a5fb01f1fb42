"""What a stage's result has to be: said of the plugin that breaks it, before anything is built on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genspace_core.interfaces import DepthMap, Detection, Orientation
from genspace_core.types import Camera


def check_detections(found: Sequence[Detection], given: tuple[Any, ...]) -> None:
    """Masks of the picture's size, boxes, confidences; names that were asked for.

    Raises:
        ValueError: what is wrong.
    """
    image, names = given
    for one in found:
        if one.mask.dtype != np.bool_:
            raise ValueError(f"a mask of {one.mask.dtype}, not bool")
        if one.mask.shape != image.shape[:2]:
            raise ValueError(f"a mask of shape {one.mask.shape} for a picture of {image.shape[:2]}")
        if np.shape(one.box) != (4,) or not np.isfinite(one.box).all():
            raise ValueError(f"a box that is not four finite numbers: {one.box}")
        if not 0 <= one.confidence <= 1:
            raise ValueError(f"a confidence of {one.confidence}, not between 0 and 1")
        if one.name not in names:
            raise ValueError(f"it found {one.name!r}, which was not asked for")


def check_depth(found: DepthMap, given: tuple[Any, ...]) -> None:
    """Depth at the picture's resolution, and K.

    Raises:
        ValueError: what is wrong.
    """
    (image,) = given
    if found.depth.shape != image.shape[:2]:
        raise ValueError(f"depth of shape {found.depth.shape} for a picture of {image.shape[:2]}")
    if found.depth.dtype.kind != "f":
        raise ValueError(f"depth of {found.depth.dtype}, not metres in floating point")
    if found.K is not None and (np.shape(found.K) != (3, 3) or not np.isfinite(found.K).all()):
        raise ValueError(f"K is not 3 x 3 finite numbers: {found.K}")


def check_camera(found: Camera, given: tuple[Any, ...]) -> None:  # noqa: ARG001  (checked by its own class)
    """A camera.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(found, Camera):
        raise ValueError(f"it gave {type(found).__name__}, not a Camera")  # noqa: TRY004  (one kind for all checks)


def check_orientations(found: Sequence[Orientation], given: tuple[Any, ...]) -> None:
    """One for each detection, a rotation or a reason.

    Raises:
        ValueError: what is wrong.
    """
    _, detections = given
    if len(found) != len(detections):
        raise ValueError(f"{len(found)} orientations for {len(detections)} objects")
    for one in found:
        if one.rotation is None and not one.note:
            raise ValueError("an orientation without rotation and without a note that says why")
        if one.rotation is not None and np.shape(one.rotation) != (3, 3):
            raise ValueError(f"a rotation of shape {np.shape(one.rotation)}")
        if one.rotation is not None and not np.allclose(one.rotation.T @ one.rotation, np.eye(3), atol=1e-3):
            raise ValueError("a rotation whose axes are not at right angles, of length 1")
        if not 0 <= one.confidence <= 1:
            raise ValueError(f"a confidence of {one.confidence}, not between 0 and 1")
