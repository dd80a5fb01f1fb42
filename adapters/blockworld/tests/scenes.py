"""Helpers that compare scenes: places and headings in gravity frames, computed here from the scene alone."""

import numpy as np

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_core.types import Camera, Scene, SceneObject

LATTICE = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)], dtype=float)


def scene_of(plan):
    """What a faultless reconstructor would see."""
    objects = []
    for block in plan.blocks:
        rotation, center = plan.pose(block)
        points = (LATTICE * block.asset.half) @ rotation.T + center
        objects.append(SceneObject(name=block.asset.name, points=points, center=center, rotation=rotation))
    return Scene(Camera(plan.K, pitch_matrix(plan.pitch).T), tuple(objects))


def one(scene, name):
    """The only object of a name."""
    (found,) = [item for item in scene.objects if item.name == name]
    return found


def place(scene, name):
    """Centre, gravity frame."""
    return scene.camera.gravity_rotation @ one(scene, name).center


def heading(scene, name):
    """Degrees, 0 away from the camera, 90 to its right."""
    x, _, z = scene.camera.gravity_rotation @ one(scene, name).rotation[:, 0]
    return np.degrees(np.arctan2(x, z))


def turn(one_angle, other):
    """Degrees between two headings, 0-180."""
    return abs((one_angle - other + 180) % 360 - 180)


def extents(scene, name):
    """Length, height, width."""
    thing = one(scene, name)
    return np.ptp((thing.points - thing.center) @ thing.rotation, axis=0)


def bearing(scene, anchor, other):
    """Degrees from the anchor's front to another object, or to the "camera", positive to its right."""
    to = -place(scene, anchor) if other == "camera" else place(scene, other) - place(scene, anchor)
    return (np.degrees(np.arctan2(to[0], to[2])) - heading(scene, anchor) + 180) % 360 - 180
