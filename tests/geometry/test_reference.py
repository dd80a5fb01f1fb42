"""The profile "paper" against recorded results of the public implementation, and its own rules."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genspace_core import Lifting, lift_objects
from genspace_core.types import Camera
from tests.geometry.worlds import Cuboid, View, World, gravity_rotation

DATA = Path(__file__).parents[1] / "data" / "lifting_public.jsonl.gz"
with gzip.open(DATA, "rt") as _file:
    SCENES: list[dict[str, Any]] = [json.loads(line) for line in _file]


def lift(scene: dict[str, Any]) -> Lifting:
    height, width = scene["height"], scene["width"]
    depth = np.frombuffer(base64.b64decode(scene["depth"]), "<f4").reshape(height, width)
    bits = [np.frombuffer(base64.b64decode(one["mask"]), np.uint8) for one in scene["objects"]]
    masks = [np.unpackbits(one, count=height * width).reshape(height, width) == 1 for one in bits]
    camera = Camera(np.array(scene["K"]), gravity_rotation(scene["roll_deg"], scene["pitch_deg"]))
    return lift_objects(depth, masks, camera, "paper")


@pytest.mark.parametrize("scene", SCENES, ids=range(len(SCENES)))
def test_recorded_scenes_come_out_the_same(scene: dict[str, Any]) -> None:
    lifting = lift(scene)
    assert lifting.frame == "ground"
    assert len(lifting.objects) == len(scene["objects"]) > 0
    for found, recorded in zip(lifting.objects, scene["objects"], strict=True):
        assert found.note == ""
        assert len(found.points) == recorded["n"]
        np.testing.assert_allclose(found.center, recorded["center"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.points.min(axis=0), recorded["min"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.points.max(axis=0), recorded["max"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.extents, np.ptp(found.points, axis=0), rtol=0, atol=1e-12)
        np.testing.assert_array_equal(found.axes, np.eye(3))


@pytest.fixture(scope="module")
def view() -> View:
    cuboids = (Cuboid(-0.5, 3.5, (0.6, 0.7, 0.5), 30), Cuboid(0.7, 4.5, (0.5, 0.9, 0.8), 60))
    return World(cuboids, roll=4.0).view()


def paper(view: View, seed: int | None = None) -> Lifting:
    return lift_objects(view.depth, view.masks, view.camera, "paper", noise_seed=seed)


def test_noise_follows_its_seed_alone(view: View) -> None:
    first, again, other = paper(view, 1), paper(view, 1), paper(view, 2)
    for one, same, another in zip(first.objects, again.objects, other.objects, strict=True):
        np.testing.assert_array_equal(one.points, same.points)
        assert not np.array_equal(one.center, another.center)
        np.testing.assert_allclose(one.center, another.center, rtol=0, atol=0.005)


def test_noise_is_small_and_not_there_by_default(view: View) -> None:
    plain, again, noisy = paper(view), paper(view), paper(view, 3)
    for one, same, moved in zip(plain.objects, again.objects, noisy.objects, strict=True):
        np.testing.assert_array_equal(one.points, same.points)
        assert not np.array_equal(one.center, moved.center)
        np.testing.assert_allclose(one.center, moved.center, rtol=0, atol=0.02)


def test_noise_of_an_object_does_not_depend_on_the_others(view: View) -> None:
    alone = lift_objects(view.depth, view.masks[1:], view.camera, "paper", noise_seed=4)
    np.testing.assert_array_equal(alone.objects[0].points, paper(view, 4).objects[1].points)


def test_centre_is_the_mean_of_the_points_over_the_ground(view: View) -> None:
    for found in paper(view).objects:
        np.testing.assert_allclose(found.center, found.points.mean(axis=0))
        assert found.points[:, 1].max() < 0.05  # y is down and the ground is 0


def square(side: int) -> np.ndarray:
    mask = np.zeros((1, 60, 60), dtype=bool)
    mask[0, 20 : 20 + side, 20 : 20 + side] = True
    return mask


@pytest.mark.parametrize(
    ("side", "far", "note"),
    [
        (0, 2.0, "only 0 pixels"),
        (3, 2.0, "only 9 pixels of known depth; the protocol wants 16"),
        (4, 0.3, "points after cleaning; the protocol wants 10"),
        (30, 2.0, "its box is under a cubic centimetre"),  # an upright face straight on: no depth at all
    ],
)
def test_drop_rules(side: int, far: float, note: str) -> None:
    camera = Camera(np.array([[100.0, 0, 30], [0, 100.0, 30], [0, 0, 1]]))
    (found,) = lift_objects(np.full((60, 60), far), square(side), camera, "paper").objects
    assert note in found.note
    assert "\n" not in found.note
    assert found.points.shape == (0, 3)
    assert np.isnan(found.center).all()
    assert np.isnan(found.extents).all()


def test_sixteen_pixels_that_spread_are_kept() -> None:
    camera = Camera(np.array([[100.0, 0, 30], [0, 100.0, 30], [0, 0, 1]]))
    depth = 2.0 + 0.01 * np.arange(60)[:, None] + np.zeros((60, 60))
    (found,) = lift_objects(depth, square(4), camera, "paper").objects
    assert found.note == ""
    assert len(found.points) >= 10


def test_unknown_depth_counts_for_nothing() -> None:
    camera = Camera(np.array([[100.0, 0, 30], [0, 100.0, 30], [0, 0, 1]]))
    depth = np.full((60, 60), 2.0)
    depth[20:50, 20:50] = np.nan
    (found,) = lift_objects(depth, square(30), camera, "paper").objects
    assert "only 0 pixels" in found.note
