"""Scenes check themselves, and objects find their parts in a sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_core.errors import InputError
from genspace_core.types import Camera, ReconstructionOutcome, Scene, SceneObject, Score, assign_objects


def obj(name: str, x: float, z: float = 3.0, y: float = 0.0) -> SceneObject:
    return SceneObject(name=name, points=np.array([[x, y, z]]))


def scene(*objects: SceneObject, gravity=None) -> Scene:
    return Scene(Camera(np.eye(3), np.eye(3) if gravity is None else gravity), objects)


def test_objects_come_in_the_order_of_the_names():
    dog, cat = obj("dog", -1), obj("cat", 1)
    assert assign_objects(("cat", "dog"), scene(dog, cat)).objects == (cat, dog)
    assert assign_objects(("dog", "cat"), scene(dog, cat)).objects == (dog, cat)


@pytest.mark.parametrize("swapped", [False, True])
def test_twins_are_told_apart_from_left_to_right(swapped):
    left, right = obj("dog", -1), obj("dog", 1)
    found = scene(right, left) if swapped else scene(left, right)
    assert assign_objects(("dog", "dog"), found).objects == (left, right)


def test_left_is_what_the_camera_sees_not_the_smaller_x():
    far, near = obj("dog", 0.5, z=10), obj("dog", 0.4, z=1)  # the far one's x is larger, yet it is left
    assert assign_objects(("dog", "dog"), scene(near, far)).objects == (far, near)


@given(st.floats(-40, 40))
def test_a_rolled_camera_swaps_no_twins(roll):
    a = np.radians(roll)
    to_level = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    left, right = np.array([-0.3, -1.0, 3.0]), np.array([0.3, 1.0, 3.0])  # level, in the gravity frame
    objects = [SceneObject(name="dog", points=(to_level.T @ p)[None]) for p in (right, left)]
    found = assign_objects(("dog", "dog"), scene(*objects, gravity=to_level))
    assert found.objects == (objects[1], objects[0])


def test_what_is_missing_or_too_many_is_said():
    lost = assign_objects(("dog", "cat", "cat"), scene(obj("cat", 0)))
    assert lost.outcome == ReconstructionOutcome.OBJECT_MISSING
    assert lost.detail == "missing 1 dog, 1 cat"
    many = assign_objects(("dog",), scene(obj("dog", 0), obj("dog", 1), obj("cow", 2)))
    assert (many.outcome, many.detail) == (ReconstructionOutcome.WRONG_COUNT, "too many: 1 dog")
    assert many.objects == ()


def test_objects_of_other_names_are_ignored():
    dog = obj("dog", 0)
    assert assign_objects(("dog",), scene(obj("cow", 1), dog)).objects == (dog,)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"points": [[0, 0, np.nan]]}, "NaN"),
        ({"points": [[0, 0]]}, "n x 3"),
        ({"points": np.zeros((0, 3))}, "at least one point"),
        ({"points": "no"}, "not an array of numbers"),
        ({"points": [[0, 0, 1]], "rotation": np.diag([1, 1, -1])}, "mirrors"),
        ({"points": [[0, 0, 1]], "rotation": np.eye(3) * 2}, "away from orthonormal"),
        ({"points": [[0, 0, 1]], "center": [0, 0]}, "must have shape 3"),
    ],
)
def test_what_is_no_object_is_refused_with_its_name(values, text):
    with pytest.raises(InputError, match=text) as error:
        SceneObject(name="dog", **values)
    assert "'dog'" in str(error.value)


def test_numpy_scalars_become_plain_numbers():
    made = SceneObject(name="dog", points=[[0, 0, 1]], confidence=np.float32(0.5))
    assert type(made.confidence) is float
    score = Score(np.float32(0.5), np.bool_(True))
    assert (type(score.value), type(score.passed)) == (float, bool)


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1, np.inf])
def test_a_score_lies_between_0_and_1(value):
    with pytest.raises(InputError, match="between 0 and 1"):
        Score(value, False)
