"""Whether a source leaves room for its edit, told from scenes with known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genspace_core.suite.build_edit import build_edit
from genspace_core.suite.room import lack_of_room
from genspace_core.types import Camera, Scene
from tests.metrics.worlds import Box, build, tilt

WIDE = [[640.0, 0, 320], [0, 640, 320], [0, 0, 1]]  # 53 degrees: half as wide as far


def edit(template, name="dog", other="cat"):
    sample = next(s for s in build_edit() if s.template == template)
    if len(sample.objects) == 2:
        return replace(sample, objects=(name, other))
    return replace(sample, objects=(name,), bystanders=(other,))


def scene(*boxes, gravity=None):
    seen = build(boxes, gravity)
    return Scene(Camera(WIDE, seen.camera.gravity_rotation), seen.objects)


def dog(x, z, facing=180.0):
    return Box(x, z, facing, size=(0.8, 0.3, 0.6), y=0.3, name="dog")


def cat(x, z):
    return Box(x, z, 180.0, size=(0.5, 0.2, 0.3), y=0.3, name="cat")


@pytest.mark.parametrize(
    ("template", "before", "fits"),
    [
        (20, (0, 4), True),
        (20, (0, 1.3), False),  # 1 m closer it would be in the camera
        (21, (0, 3), True),
        (22, (0, 4), True),
        (22, (-1.5, 4), False),  # 1 m to the left is outside
        (22, (1.5, 4), True),
        (23, (1.5, 4), False),
        (23, (-1.5, 4), True),
    ],
)
def test_an_object_needs_room_to_move(template, before, fits):
    fault = lack_of_room(edit(template), scene(dog(*before), cat(0, 4)))
    assert (fault == "") == fits, fault
    if fault:
        assert "dog" in fault


@pytest.mark.parametrize(
    ("template", "bystander", "fits"),
    [
        (24, (1.0, 4), True),
        (24, (1.9, 4), False),  # closer, it is outside
        (24, (0, 1.2), False),
        (25, (-1.5, 4), True),
        (25, (1.5, 4), False),  # the camera goes left: it goes right
        (26, (-1.5, 4), False),
        (26, (1.5, 4), True),
        (27, (1.5, 4), True),
    ],
)
def test_a_camera_needs_room_for_all(template, bystander, fits):
    fault = lack_of_room(edit(template), scene(dog(0, 4), cat(*bystander)))
    assert (fault == "") == fits, fault
    if fault:
        assert "cat" in fault


@pytest.mark.parametrize(
    ("template", "a", "fits"),
    [
        (13, dog(0, 6), True),  # facing the camera, its left is the picture's right
        (13, dog(2.8, 6), False),
        (13, dog(-2.6, 6), True),
        (14, dog(2.6, 6), True),
        (14, dog(-2.8, 6), False),
        (12, dog(0, 6), True),
        (12, dog(0, 1.0), False),  # in front of it is the camera
        (15, dog(0, 1.0), True),
        (8, dog(2.6, 6), True),  # beside it: the other side will do
        (10, dog(0, 6, 270.0), True),
        (10, dog(-2.6, 6, 270.0), False),  # it looks out of the picture
        (11, dog(-2.6, 6, 270.0), True),
        (17, dog(-2.8, 6), False),
        (18, dog(-2.8, 6), True),
        (16, dog(0, 6), True),
    ],
)
def test_what_is_added_needs_room_beside_a(template, a, fits):
    fault = lack_of_room(edit(template), scene(a))
    assert (fault == "") == fits, fault


def test_larger_things_need_more_room():
    near_the_edge = dog(2.0, 6)
    assert lack_of_room(edit(13, other="cat"), scene(near_the_edge)) == ""
    assert "no room for the car" in lack_of_room(edit(13, other="car"), scene(near_the_edge))


def test_what_stays_needs_none():
    for template in (0, 5, 28, 33):
        assert lack_of_room(edit(template), scene(dog(3.0, 6), cat(0, 4))) == ""


def test_a_side_that_is_not_known_is_not_held_against_the_source():
    assert lack_of_room(edit(13), scene(dog(2.6, 6, None))) == ""


def test_a_tilted_camera_sees_the_same_room():
    """What is level to a camera that looks down is judged level."""
    down = tilt(12.0)
    assert lack_of_room(edit(22), scene(dog(1.5, 4), cat(0, 4), gravity=down)) == ""
    assert lack_of_room(edit(22), scene(dog(-1.5, 4), cat(0, 4), gravity=down)) != ""


@pytest.mark.parametrize("yaw", [0.0, 30.0, -90.0, 180.0])
def test_only_down_is_known_of_the_gravity_frame(yaw):
    """Its z may point anywhere level: room is judged by where the camera looks."""
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turned = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    for template, x, fits in ((22, 1.5, True), (22, -1.5, False), (26, 1.5, True), (26, -1.5, False)):
        seen = scene(dog(x, 4) if template == 22 else dog(0, 4), cat(x if template == 26 else 0, 4))
        same = Scene(Camera(WIDE, turned), seen.objects)
        assert (lack_of_room(edit(template), same) == "") == fits
