"""Scenes with known truth, told from above: the camera at the origin looks along +z, +x is to its right.

`facing` is where an object's front points, in degrees: 0 away from the camera (+z), 90 to the camera's
right (+x), 180 back to the camera, 270 to its left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from genspace_core.types import Camera, Evidence, Sample, Scene, SceneObject, Score
from genspace_metrics import load_table, score
from genspace_metrics.view import Body, Pair

Array = NDArray[np.float64]
K = np.array([[640.0, 0, 320], [0, 640, 320], [0, 0, 1]])


@dataclass(frozen=True)
class Box:
    """A cuboid: centre (x, y, z), where it faces, size (length, width, height)."""

    x: float
    z: float
    facing: float | None = 180.0
    size: tuple[float, float, float] = (0.8, 0.6, 0.5)
    y: float = 0.5
    name: str = ""


def heading(degrees: float) -> Array:
    """Rotation of an upright object, axes as columns, gravity frame."""
    s, c = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return np.array([[s, 0, c], [0, -1, 0], [c, 0, -s]])


def tilt(pitch: float = 0.0, roll: float = 0.0) -> Array:
    """Gravity rotation of a camera that looks `pitch` degrees down and is rolled, heading unchanged."""
    p, r = np.radians([pitch, roll])
    turn_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    turn_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return turn_x @ turn_z


def build(boxes: Sequence[Box], gravity: Array | None = None) -> Scene:
    """The boxes as a camera with this gravity rotation sees them; named A, B, C in order."""
    gravity = np.eye(3) if gravity is None else gravity
    objects = []
    for letter, box in zip("ABCDEFGH", boxes, strict=False):
        rotation = heading(0.0 if box.facing is None else box.facing)
        half = np.array([box.size[0], box.size[2], box.size[1]]) / 2  # along front, up, right
        corners = np.array(list(product((-1, 1), repeat=3))) * half
        points = corners @ rotation.T + [box.x, box.y, box.z]
        objects.append(
            SceneObject(
                name=box.name or letter,
                points=points @ gravity,
                rotation=None if box.facing is None else gravity.T @ rotation,
                rotation_note="too blurred" if box.facing is None else None,
            )
        )
    return Scene(Camera(K, gravity), tuple(objects))


def sample(task: str, objects: int, **targets: float) -> Sample:
    """What "t2i/14" asks of the first objects A, B, C."""
    kind, number = task.split("/")
    assert kind in ("t2i", "edit")
    return Sample(
        id=task,
        task=kind,  # type: ignore[arg-type]
        sub_domain="",
        template=int(number),
        prompt="",
        objects=tuple("ABC"[:objects]),
        targets=targets,
    )


def judge(
    metric: str,
    task: str,
    boxes: Sequence[Box],
    before: Sequence[Box] | None = None,
    *,
    gravity: Array | None = None,
    objects: int | None = None,
    **targets: float,
) -> Score:
    """Score the boxes; `objects` of them are asked for (all unless given)."""
    evidence = Evidence(
        scene=build(boxes, gravity), scene_before=None if before is None else build(before, gravity)
    )
    return judge_scene(metric, task, evidence, objects or len(boxes), **targets)


def judge_scene(metric: str, task: str, evidence: Evidence, objects: int, **targets: float) -> Score:
    """Score a scene that is there already."""
    assert metric in ("paper", "spatial")
    return score(load_table(metric), sample(task, objects, **targets), evidence)  # type: ignore[arg-type]


def shifted(boxes: Sequence[Box], x: float = 0.0, z: float = 0.0) -> list[Box]:
    """All boxes moved."""
    return [replace(box, x=box.x + x, z=box.z + z) for box in boxes]


def unturned(before: Sequence[float], after: Sequence[float]) -> Pair:
    """An object whose orientation nobody knows, at two places."""
    bodies = [
        Body("thing", tuple(place), None, "", np.array([place]), np.eye(3))  # type: ignore[arg-type]
        for place in (before, after)
    ]
    return Pair("", *bodies)
