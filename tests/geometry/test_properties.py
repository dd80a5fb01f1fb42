"""What holds of any lifting: scale, order, mirror, resolution; and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genspace_core import lift_objects
from genspace_core.errors import GenSpaceError, InputError
from genspace_core.types import Camera
from tests.geometry.worlds import Cuboid, World, center_error, extents_errors

FEW = settings(max_examples=20, deadline=None)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two cuboids beside each other, wholly seen."""
    cuboids = tuple(
        Cuboid(
            x,
            draw(st.floats(3.0, 4.5)),
            tuple(draw(st.floats(0.3, 0.8)) for _ in range(3)),
            draw(st.floats(20, 70)),
        )
        for x in (-0.7, 0.7)
    )
    roll, pitch = draw(st.floats(-5, 5)), draw(st.floats(-20, -8))
    return World(cuboids, draw(st.floats(1.2, 1.8)), pitch, roll, (200, 200), 170.0)


@FEW
@given(worlds(), st.floats(0.05, 30.0))
def test_scaled_depth_scales_everything(world: World, scale: float) -> None:
    view = world.view()
    one = lift_objects(view.depth, view.masks, view.camera)
    two = lift_objects(scale * view.depth, view.masks, view.camera)
    assert one.ground is not None
    assert two.ground == pytest.approx(scale * one.ground, rel=1e-6)
    for a, b in zip(one.objects, two.objects, strict=True):
        np.testing.assert_allclose(b.points, scale * a.points, rtol=1e-6, atol=1e-7 * scale)
        np.testing.assert_allclose(b.center, scale * a.center, rtol=1e-6, atol=1e-7 * scale)
        np.testing.assert_allclose(b.extents, scale * a.extents, rtol=1e-6, atol=1e-7 * scale)


@FEW
@given(worlds(), st.sampled_from(["default", "paper"]))
def test_order_of_masks_is_the_order_of_objects(world: World, profile: Any) -> None:
    view = world.view()
    one = lift_objects(view.depth, view.masks, view.camera, profile)
    two = lift_objects(view.depth, view.masks[::-1], view.camera, profile)
    assert one.ground == two.ground
    for a, b in zip(one.objects, two.objects[::-1], strict=True):
        np.testing.assert_array_equal(a.points, b.points)
        np.testing.assert_array_equal(a.center, b.center)


@FEW
@given(worlds())
def test_mirrored_picture_mirrors_x(world: World) -> None:
    view = world.view()
    flip = np.diag([-1.0, 1.0, 1.0])
    camera = Camera(view.camera.K, flip @ view.camera.gravity_rotation @ flip)  # K is centred
    one = lift_objects(view.depth, view.masks, view.camera)
    two = lift_objects(view.depth[:, ::-1], view.masks[:, :, ::-1], camera)
    assert one.ground == pytest.approx(two.ground, rel=0.02)
    for a, b in zip(one.objects, two.objects, strict=True):
        np.testing.assert_allclose(b.center, flip @ a.center, atol=0.01)
        np.testing.assert_allclose(np.sort(b.extents), np.sort(a.extents), atol=0.03)


@FEW
@given(worlds(), st.sampled_from([2.0, 3.0]))
def test_finer_pictures_give_nearly_the_same(world: World, factor: float) -> None:
    coarse, fine = world.view(), world.scaled(factor).view()
    one = lift_objects(coarse.depth, coarse.masks, coarse.camera)
    two = lift_objects(fine.depth, fine.masks, fine.camera)
    for a, b in zip(one.objects, two.objects, strict=True):
        np.testing.assert_allclose(b.center, a.center, atol=0.03)
        np.testing.assert_allclose(np.sort(b.extents), np.sort(a.extents), atol=0.06)


@FEW
@given(worlds())
def test_truth_is_found(world: World) -> None:
    view = world.view()
    for index, found in enumerate(lift_objects(view.depth, view.masks, view.camera).objects):
        assert center_error(found, world, index) < 0.02
        assert extents_errors(found, world, index).max() < 0.15


@pytest.mark.parametrize("profile", ["default", "paper"])
def test_the_same_input_gives_the_same_and_is_left_alone(profile: Any) -> None:
    view = World((Cuboid(0.0, 3.0, (0.6, 0.6, 0.6), 30),)).view()
    depth, masks = view.depth.astype(np.float32), view.masks.copy()
    depth.flags.writeable = masks.flags.writeable = False
    one, two = (lift_objects(depth, masks, view.camera, profile) for _ in range(2))
    np.testing.assert_array_equal(one.objects[0].points, two.objects[0].points)


@pytest.mark.parametrize("profile", ["default", "paper"])
def test_no_masks_give_no_objects(profile: Any) -> None:
    camera = Camera(np.array([[50.0, 0, 10], [0, 50, 10], [0, 0, 1]]))
    for masks in ([], np.zeros((0, 20, 20), dtype=bool)):
        assert lift_objects(np.ones((20, 20)), masks, camera, profile).objects == ()


def test_masks_of_zeros_and_ones_and_lists_will_do() -> None:
    view = World((Cuboid(0.0, 3.0, (0.6, 0.6, 0.6), 30),), shape=(100, 100), focal=90).view()
    want = lift_objects(view.depth, view.masks, view.camera).objects[0]
    for masks in (view.masks.astype(np.uint8), view.masks.astype(np.int64), list(view.masks)):
        np.testing.assert_array_equal(
            lift_objects(view.depth, masks, view.camera).objects[0].points, want.points
        )


GOOD = np.ones((20, 20))
MASKS = np.ones((1, 20, 20), dtype=bool)
K = np.array([[50.0, 0, 10], [0, 50, 10], [0, 0, 1]])


@pytest.mark.parametrize("profile", ["default", "paper"])
@pytest.mark.parametrize(
    ("depth", "masks", "K", "says"),
    [
        (np.ones(20), MASKS, K, "depth must have shape H x W"),
        (np.ones((20, 20, 1)), MASKS, K, "depth must have shape H x W"),
        (np.ones((0, 20)), MASKS, K, "depth must have shape H x W"),
        (5.0, MASKS, K, "a single value"),
        (GOOD > 0, MASKS, K, "depth must hold numbers"),
        (GOOD.astype(complex), MASKS, K, "depth must hold numbers"),
        (GOOD.astype(str), MASKS, K, "depth must hold numbers"),
        (GOOD, MASKS[0], K, "masks must have shape N x H x W"),
        (GOOD, np.ones((1, 20, 21), dtype=bool), K, "20 x 21"),
        (GOOD, np.ones((0, 20, 21), dtype=bool), K, "0 x 20 x 21"),
        (GOOD, [MASKS[0], np.ones((20, 19), dtype=bool)], K, "masks differ in shape"),
        (GOOD, MASKS.astype(float), K, "masks must be bool"),
        (GOOD, MASKS * 255, K, "masks must be bool"),
        (GOOD, -MASKS.astype(int), K, "masks must be bool"),
        (GOOD, MASKS, np.diag([0.0, 50, 1]), "focal"),
        (GOOD, MASKS, np.diag([50.0, -50, 1]), "focal"),
        (GOOD, MASKS, np.diag([50.0, 50, 2]), "camera K must be"),
        (GOOD, MASKS, K.T, "camera K must be"),
    ],
)
def test_bad_input_is_one_clear_line(profile: Any, depth: Any, masks: Any, K: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        lift_objects(depth, masks, Camera(K), profile)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", [[[1.0, 2.0], [3.0]], "metres", [[None, 1.0]]])
def test_depth_that_is_no_array_is_one_clear_line(depth: Any) -> None:
    with pytest.raises(GenSpaceError) as caught:
        lift_objects(depth, MASKS, Camera(K))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"profile": "best"}, 'unknown lifting profile \'best\'; allowed are "default" and "paper"'),
        ({"noise_seed": 1}, "noise_seed"),
        ({"max_points": 99}, "max_points must be at least 100, not 99"),
    ],
)
def test_bad_options_are_one_clear_line(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        lift_objects(GOOD, MASKS, Camera(K), **options)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
