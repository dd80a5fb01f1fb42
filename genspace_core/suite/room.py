"""Whether a source picture leaves room for its edit, told from its scene.

Level frame throughout: the gravity frame turned about the vertical so that z is the camera's heading. x
right, y down, z forward, metres, the camera at the origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_core.suite.categories import load_categories
from genspace_core.suite.edit_templates import EditTemplate, load_edit_templates
from genspace_core.types import Sample, Scene, SceneObject

Array = NDArray[np.float64]

NEAREST: Final = 0.2
"""Metres that a moved or added object must stay before the camera."""

GAP: Final = 0.1
"""Metres left between A and what is added to it, at the least."""

STEEPEST: Final = 0.999
"""Sine of the optical axis' slope from which its heading is meaningless."""

_CAMERA_WAYS: Final[Mapping[str, tuple[float, float, float]]] = {
    "left": (-1, 0, 0),
    "right": (1, 0, 0),
    "forward": (0, 0, 1),
    "backward": (0, 0, -1),
}
_OWN_WAYS: Final[Mapping[str, tuple[int, int]]] = {
    "A.front": (0, 1),
    "A.back": (0, -1),
    "A.right": (2, 1),
    "A.left": (2, -1),
}


def lack_of_room(sample: Sample, scene: Scene) -> str:
    """Why the edit has no place in the picture; empty where it has.

    What is moved or added must end with its centre in the picture and all of it before the camera.

    Args:
        sample: an edit.
        scene: of its source, in which A and the bystanders were found.
    """
    template = load_edit_templates()[sample.template]
    a = next((item for item in scene.objects if item.name == sample.objects[0]), None)
    if not template.room or a is None:
        return ""
    if template.objects == "A+B":
        sides = [side for way in template.room if (side := _way(way, a, scene)) is not None]
        if not sides or any(
            _shows(scene, _place_beside(a, sample.objects[1], side, scene)) for side in sides
        ):
            return ""
        return f"there is no room for the {sample.objects[1]} beside the {a.name}"
    moving = scene.objects if template.moves_camera else (a,)
    return next((fault for item in moving if (fault := _fault_of_move(template, sample, item, scene))), "")


def _fault_of_move(template: EditTemplate, sample: Sample, item: SceneObject, scene: Scene) -> str:
    way = _way(template.room[0], item, scene)
    assert way is not None
    moved = _level(item.points, scene) + sample.targets.get("move", 1.0) * way
    if not _shows(scene, moved):
        return f"the {item.name} would leave the picture or come too close to the camera"
    return ""


def _way(way: str, a: SceneObject, scene: Scene) -> Array | None:
    """Unit horizontal vector, (3,); None for a side of an object whose orientation is not known."""
    if way in _CAMERA_WAYS:
        return np.array(_CAMERA_WAYS[way], dtype=np.float64)
    if way in _OWN_WAYS:
        if a.rotation is None:
            return None
        column, sign = _OWN_WAYS[way]
        direction = sign * _level(a.rotation[:, column], scene)
    else:
        direction = _level(a.center, scene) * (-1 if way == "closer" else 1)
    direction[1] = 0.0
    length = float(np.linalg.norm(direction))
    return direction / length if length > 0 else None


def _place_beside(a: SceneObject, name: str, side: Array, scene: Scene) -> Array:
    """(2, 3) ends, along the line of sight, of a typical object of a name that touches nothing, beside A."""
    points = _level(a.points, scene)
    reach = float((points @ side).max() - _level(a.center, scene) @ side)
    size = next((c.size for c in load_categories() if c.name == name), None)
    half = 0.0 if size is None else min(size[:2]) / 2
    center = _level(a.center, scene) + (reach + GAP + half) * side
    depth = np.array([0.0, 0.0, half])
    return np.stack([center - depth, center + depth])


def _level_rotation(scene: Scene) -> Array:
    """(3, 3), camera frame to level frame; of a camera that looks straight down, z is its upper edge."""
    down, ahead = scene.camera.gravity_rotation[1], np.array([0.0, 0.0, 1.0])
    if abs(down[2]) > STEEPEST:
        ahead = np.array([0.0, -np.sign(down[2]), 0.0])
    forward = ahead - (ahead @ down) * down
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(down, forward), down, forward])


def _level(points: Array, scene: Scene) -> Array:
    """Camera frame to level frame, (..., 3)."""
    return np.asarray(points @ _level_rotation(scene).T)


def _shows(scene: Scene, points: Array) -> bool:
    """Whether the middle of (n, 3) points is in the picture and none of them too near to the camera.

    The picture is taken to be as wide and high as its principal point, doubled.
    """
    seen = points @ _level_rotation(scene)  # back to the camera frame
    if seen[:, 2].min() < NEAREST:
        return False
    x, y, z = seen.mean(axis=0)
    K = scene.camera.K
    return bool(abs(x / z) * K[0, 0] <= K[0, 2] and abs(y / z) * K[1, 1] <= K[1, 2])
