"""A scene as the measures see it: who plays A, B and C, in one frame, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genspace_core.types import Scene, SceneObject
from genspace_metrics.table import ROLES, Frame
from genspace_metrics.vectors import Flat, Vec

Array = NDArray[np.float64]


class Undecidable(Exception):
    """The evidence does not allow a verdict; `str()` says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One object.

    Attributes:
        name: as in the prompt.
        center: metres, gravity frame.
        axes: unit vectors front, up, right, in the frame of the table; None when unknown.
        note: why they are unknown.
        points: (n, 3), metres, camera frame.
        gravity: (3, 3), takes camera axes to gravity axes.
    """

    name: str
    center: Vec
    axes: tuple[Vec, Vec, Vec] | None
    note: str
    points: Array
    gravity: Array

    def known_axes(self) -> tuple[Vec, Vec, Vec]:
        """Front, up and right.

        Raises:
            Undecidable: the rotation is unknown.
        """
        if self.axes is None:
            raise Undecidable(f"orientation of {self.name} unknown" + (f": {self.note}" if self.note else ""))
        return self.axes


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """An object found in both pictures. `role` is "A", "B" or "C", or empty for a bystander."""

    role: str
    before: Body
    after: Body


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Everything a measure may look at. The camera is the origin of the gravity frame.

    Attributes:
        bodies: by role: "A", "B", "C"; with an apostrophe before the edit: "A'".
        forward: horizontal heading of the camera, gravity frame, unit; before the edit if there is one.
        pairs: every object found in both scenes, each in the gravity frame of its own.
    """

    bodies: dict[str, Body]
    forward: Flat
    pairs: tuple[Pair, ...] = ()

    def pair(self, role: str) -> Pair:
        """The pair of a role."""
        return Pair(role, self.bodies[role + "'"], self.bodies[role])

    def position(self, role: str) -> Vec:
        """Metres, gravity frame, of a role, of the "camera" or of the midpoint of the "pair" A, B."""
        if role == "camera":
            return (0.0, 0.0, 0.0)
        if role == "pair":
            a, b = self.bodies["A"].center, self.bodies["B"].center
            return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2)
        return self.bodies[role].center


def _vec(values: Array) -> Vec:
    x, y, z = values.tolist()
    return (x, y, z)


def body_of(item: SceneObject, gravity: Array, rotation_frame: Frame) -> Body:
    """An object of a scene with that scene's gravity rotation, (3, 3), camera axes to gravity axes."""
    axes = None
    if item.rotation is not None:
        turned = gravity @ item.rotation if rotation_frame == "gravity" else item.rotation
        front, up, right = turned.T
        axes = (_vec(front), _vec(up), _vec(right))
    return Body(item.name, _vec(gravity @ item.center), axes, item.rotation_note or "", item.points, gravity)


def _forward(gravity: Array) -> Flat:
    """Heading of the optical axis; of a camera that looks straight down, of its upper edge."""
    ahead = gravity[:, 2]
    if abs(ahead[1]) > 0.999:
        ahead = -gravity[:, 1] * np.sign(ahead[1])
    length = float(np.hypot(ahead[0], ahead[2]))
    return (float(ahead[0]) / length, float(ahead[2]) / length)


def _once(scene: Scene) -> dict[str, SceneObject]:
    counts = Counter(item.name for item in scene.objects)
    return {item.name: item for item in scene.objects if counts[item.name] == 1}


def make_view(
    scene: Scene,
    objects: Sequence[SceneObject],
    rotation_frame: Frame,
    before: tuple[Scene, Sequence[SceneObject]] | None = None,
) -> View:
    """Put the objects that play A, B, C into one frame.

    Args:
        scene: after the edit, or the only one.
        objects: A, B, C of `scene`.
        rotation_frame: see `Table`.
        before: the source's scene and its A, B, C.
    """
    gravity = scene.camera.gravity_rotation
    bodies = {
        role: body_of(item, gravity, rotation_frame) for role, item in zip(ROLES, objects, strict=False)
    }
    if before is None:
        return View(bodies, _forward(gravity))
    source, sources = before
    source_gravity = source.camera.gravity_rotation
    for role, item in zip(ROLES, sources, strict=False):
        bodies[role + "'"] = body_of(item, source_gravity, rotation_frame)
    pairs = [Pair(role, bodies[role + "'"], bodies[role]) for role, _ in zip(ROLES, objects, strict=False)]
    named = {item.name for item in objects}
    old, new = _once(source), _once(scene)
    pairs += [
        Pair("", body_of(item, source_gravity, rotation_frame), body_of(new[name], gravity, rotation_frame))
        for name, item in old.items()
        if name in new and name not in named
    ]
    return View(bodies, _forward(source_gravity), tuple(pairs))
