"""A picture rebuilt in metric 3D: the camera and the objects it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atan2

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import InputError
from genspace_core.types.outcome import ReconstructionOutcome

Array = NDArray[np.float64]

# Rotations arrive rounded (JSON, float32 models); further from orthonormal than this is a mistake.
ROTATION_TOLERANCE = 1e-3


_MEAN_OF_POINTS: Array = np.full(3, np.nan)


def _mean_of_points() -> Array:
    return _MEAN_OF_POINTS


def _identity() -> Array:
    return np.eye(3)


def _checked_array(value: object, shape: tuple[int | None, ...], what: str) -> Array:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} is not an array of numbers") from None
    if array.ndim != len(shape) or any(
        want not in (None, got) for want, got in zip(shape, array.shape, strict=True)
    ):
        wanted = " x ".join("n" if n is None else str(n) for n in shape)
        raise InputError(
            f"{what} must have shape {wanted}, not {' x '.join(map(str, array.shape)) or 'a number'}"
        )
    if not np.isfinite(array).all():
        raise InputError(f"{what} holds NaN or infinity; every coordinate must be a finite number")
    return array


def _checked_rotation(value: object, what: str) -> Array:
    rotation = _checked_array(value, (3, 3), what)
    error = float(np.abs(rotation.T @ rotation - np.eye(3)).max())
    if error > ROTATION_TOLERANCE or np.linalg.det(rotation) < 0:
        fault = (
            "mirrors (determinant -1)"
            if error <= ROTATION_TOLERANCE
            else f"is {error:.2g} away from orthonormal"
        )
        raise InputError(f"{what} is not a rotation: it {fault}; give axes as columns, det +1")
    return rotation


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera and where down is.

    Attributes:
        K: (3, 3) intrinsics in pixels of the reconstructed image.
        gravity_rotation: (3, 3), takes camera axes to gravity axes (`p_gravity = R @ p_camera`);
            identity for a level camera. The origin stays at the camera.
    """

    K: Array
    gravity_rotation: Array = field(default_factory=_identity)

    def __post_init__(self) -> None:
        object.__setattr__(self, "K", _checked_array(self.K, (3, 3), "camera K"))
        object.__setattr__(
            self, "gravity_rotation", _checked_rotation(self.gravity_rotation, "camera gravity_rotation")
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SceneObject:
    """One object of a scene.

    Attributes:
        name: the asked-for name it was found as.
        points: (n, 3), n >= 1, metres, camera frame: its cleaned surface points.
        center: (3,), metres, camera frame; the mean of `points` unless given.
        rotation: (3, 3), object axes (x front, y up, z right) as columns, in camera axes;
            None when unknown, with the reason in `rotation_note`.
        confidence: 0-1, of the detection.
        orientation_confidence: 0-1, of the rotation.
        box: (4,), pixels, x0 y0 x1 y1, or None.
        mask: (H, W) bool, or None.

    Raises:
        InputError: an array has a wrong shape, holds NaN, or the rotation is not one.
    """

    name: str
    points: Array
    center: Array = field(default_factory=_mean_of_points)
    rotation: Array | None = None
    confidence: float = 1.0
    orientation_confidence: float = 1.0
    rotation_note: str | None = None
    box: Array | None = None
    mask: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        points = _checked_array(self.points, (None, 3), f"points of {self.name!r}")
        if not len(points):
            raise InputError(f"points of {self.name!r} are empty; an object needs at least one point")
        object.__setattr__(self, "points", points)
        center = points.mean(axis=0) if self.center is _MEAN_OF_POINTS else self.center
        object.__setattr__(self, "center", _checked_array(center, (3,), f"center of {self.name!r}"))
        if self.rotation is not None:
            rotation = _checked_rotation(self.rotation, f"rotation of {self.name!r}")
            object.__setattr__(self, "rotation", rotation)
        for name in ("confidence", "orientation_confidence"):
            object.__setattr__(self, name, float(getattr(self, name)))  # models give numpy and torch scalars


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything the reconstructor found. Arrays of its objects are in the camera frame."""

    camera: Camera
    objects: tuple[SceneObject, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which object of a scene plays which part of a sample.

    `objects` is in the sample's order (A, B, C) and empty unless `outcome` is OK; `detail` names
    what is missing or too many.
    """

    outcome: ReconstructionOutcome
    objects: tuple[SceneObject, ...] = ()
    detail: str = ""


def _azimuth(center: Array) -> float:
    """Direction of a place in the gravity frame, radians, growing to the right."""
    return atan2(center[0], center[2])


def assign_objects(names: Sequence[str], scene: Scene) -> Assignment:
    """Match a scene's objects to asked-for names.

    Objects of one name are taken from left to right as the camera sees them (azimuth of the centre
    in the gravity frame, so that a rolled camera changes nothing), because prompts with two objects of
    one name tell them apart that way. Objects of other names are ignored.
    """
    wanted = Counter(names)
    found: dict[str, list[SceneObject]] = {
        name: [o for o in scene.objects if o.name == name] for name in wanted
    }
    missing = [f"{n - len(found[name])} {name}" for name, n in wanted.items() if len(found[name]) < n]
    if missing:
        return Assignment(ReconstructionOutcome.OBJECT_MISSING, detail="missing " + ", ".join(missing))
    extra = [f"{len(found[name]) - n} {name}" for name, n in wanted.items() if len(found[name]) > n]
    if extra:
        return Assignment(ReconstructionOutcome.WRONG_COUNT, detail="too many: " + ", ".join(extra))
    level = scene.camera.gravity_rotation
    for objects in found.values():
        objects.sort(
            key=lambda o: _azimuth(level @ o.center), reverse=True
        )  # popped from the end: left first
    return Assignment(ReconstructionOutcome.OK, tuple(found[name].pop() for name in names))
