"""The profile "default" against known geometry, and against what real masks and depth maps are like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from genspace_core import LiftedObject, lift_objects
from tests.geometry.worlds import Cuboid, View, World, center_error, extents_errors, heading_error

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
CORNER = Cuboid(0.0, 3.0, (0.8, 0.7, 0.6), 35)

# Known faults, each with the case that shows it.
DEEP_RAMP = "a ramp as deep as the mask leaks has no inside to be held against, and is followed back"
NOISY_LEAK = "5 % of noise makes cells of depth so deep that the wall 4 pixels beside an object touches it"


@cache
def corners() -> tuple[View, ...]:
    """Cuboids of which two sides and the top are seen, whole, 50 to 300 pixels across."""
    rng = np.random.default_rng(7)
    views: list[View] = []
    while len(views) < 12:
        z = rng.uniform(1.5, 5.0)
        size = (rng.uniform(0.4, 1.0), rng.uniform(0.3, 0.8), rng.uniform(0.4, 1.0))
        one = Cuboid(rng.uniform(-0.25, 0.25) * z, z, size, rng.uniform(25, 65))
        view = World(
            (one,), rng.uniform(1.3, 2.0), rng.uniform(-25, -8), rng.uniform(-6, 6), (400, 400), 380.0
        ).view()
        border = np.ones((400, 400), dtype=bool)
        border[2:-2, 2:-2] = False
        if np.count_nonzero(view.masks[0]) > 1500 and not (view.masks[0] & border).any():
            views.append(view)
    return tuple(views)


def grown(mask: Bools, pixels: int) -> Bools:
    return ndimage.binary_dilation(mask, np.ones((3, 3), dtype=bool), iterations=pixels)


def blurred(depth: Array, width: int) -> Array:
    return ndimage.uniform_filter(depth, width)


def lift_one(
    view: View, mask: Bools | None = None, depth: Array | None = None, index: int = 0
) -> LiftedObject:
    mask = view.masks[index] if mask is None else mask
    return lift_objects(view.depth if depth is None else depth, mask[None], view.camera).objects[0]


Spoil = Callable[[View, np.random.Generator], tuple[Array, Bools]]


def medians(spoil: Spoil) -> tuple[float, float]:
    """Median errors of centre and of the worst of all extents, over the corners, as shares."""
    rng = np.random.default_rng(3)
    centers, extents = [], []
    for view in corners():
        depth, mask = spoil(view, rng)
        found = lift_one(view, mask, depth)
        assert found.note == ""
        centers.append(center_error(found, view.world, 0))
        extents.append(extents_errors(found, view.world, 0).max())
    return float(np.median(centers)), float(np.median(extents))


def speckled(view: View, rng: np.random.Generator) -> tuple[Array, Bools]:
    share = 0.1 * np.count_nonzero(view.masks[0]) / view.depth.size
    return view.depth, view.masks[0] | (rng.random(view.depth.shape) < share)


def noisy(share: float, growth: int = 0) -> Spoil:
    def spoil(view: View, rng: np.random.Generator) -> tuple[Array, Bools]:
        factor = 1.0 + share * rng.standard_normal(view.depth.shape)
        return view.depth * factor, grown(view.masks[0], growth) if growth else view.masks[0]

    return spoil


def ramped(width: int, growth: int = 0) -> Spoil:
    def spoil(view: View, _: np.random.Generator) -> tuple[Array, Bools]:
        return blurred(view.depth, width), grown(view.masks[0], growth) if growth else view.masks[0]

    return spoil


def holed(view: View, rng: np.random.Generator) -> tuple[Array, Bools]:
    unknown = rng.choice([0.0, np.nan, np.inf, -np.inf, -2.0], view.depth.shape)
    return np.where(rng.random(view.depth.shape) < 0.3, unknown, view.depth), view.masks[0]


@pytest.mark.parametrize(
    ("spoil", "center", "extents"),
    [
        (lambda view, _: (view.depth, view.masks[0]), 0.002, 0.015),
        (lambda view, _: (view.depth, grown(view.masks[0], 3)), 0.005, 0.03),
        (lambda view, _: (view.depth, grown(view.masks[0], 4)), 0.005, 0.03),
        (speckled, 0.01, 0.05),
        (holed, 0.002, 0.015),
        (ramped(2), 0.01, 0.08),
        (ramped(3), 0.015, 0.12),
        (noisy(0.02), 0.015, 0.08),
        (noisy(0.02, 3), 0.02, 0.12),
        (noisy(0.05), 0.025, 0.15),
        (noisy(0.10), 0.05, 0.30),
    ],
    ids=["exact", "grown 3", "grown 4", "speckled", "holes", "ramp 2", "ramp 3", "noise 2 %",
         "noise 2 %, grown 3", "noise 5 %", "noise 10 %"],
)  # fmt: skip
def test_corners_are_measured(spoil: Spoil, center: float, extents: float) -> None:
    found = medians(spoil)
    assert found[0] < center
    assert found[1] < extents


@pytest.mark.parametrize(
    "spoil",
    [
        ramped(3, 2),
        pytest.param(ramped(5, 2), marks=pytest.mark.xfail(strict=True, reason=DEEP_RAMP)),
        noisy(0.05, 3),
    ],
    ids=["ramp 3, grown 2", "ramp 5, grown 2", "noise 5 %, grown 3"],
)
def test_leaky_masks_on_soft_depth_stay_near_the_truth(spoil: Spoil) -> None:
    center, extents = medians(spoil)
    assert center < 0.02
    assert extents < 0.20


def test_no_single_corner_is_far_off() -> None:
    for view in corners():
        found = lift_one(view)
        assert center_error(found, view.world, 0) < 0.02
        assert extents_errors(found, view.world, 0).max() < 0.10
        assert heading_error(found, view.world, 0) < 1.0


@pytest.mark.parametrize(
    "growth", [0, pytest.param(4, marks=pytest.mark.xfail(strict=True, reason=NOISY_LEAK))]
)
def test_no_leak_is_taken_for_the_object(growth: int) -> None:
    """With 5 % of noise a leak must not tie the wall behind to any object: no extent grows threefold."""
    rng = np.random.default_rng(11)
    for view in corners():
        depth, mask = noisy(0.05, growth)(view, rng)
        assert extents_errors(lift_one(view, mask, depth), view.world, 0).max() < 2.0


@pytest.mark.parametrize("across", [40, 100, 200, 400])
def test_objects_of_any_size_in_the_picture(across: int) -> None:
    world = World((CORNER,), shape=(640, 640), focal=across * 2.6, pitch=-18)
    view = world.view()
    columns = np.count_nonzero(view.masks[0].any(axis=0))
    assert 0.8 * across < columns < 1.25 * across
    found = lift_one(view)
    assert center_error(found, world, 0) < 0.005
    assert extents_errors(found, world, 0).max() < 0.03


@pytest.mark.parametrize("pitch", [0.0, -6.0])
def test_a_face_alone_has_no_depth(pitch: float) -> None:
    world = World((Cuboid(0.0, 4.0, (1.0, 1.6, 0.8)),), height=1.0, pitch=pitch)
    found = lift_one(world.view())
    sides = np.sort(found.extents[[0, 2]])
    assert sides[0] < 0.01
    assert sides[1] == pytest.approx(1.0, rel=0.03)
    assert found.extents[1] == pytest.approx(1.6, rel=0.03)


def test_box_and_points_agree() -> None:
    view = corners()[0]
    found = lift_one(view)
    np.testing.assert_allclose(found.axes.T @ found.axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(found.axes) == pytest.approx(1.0)
    np.testing.assert_allclose(found.axes[:, 1], view.camera.gravity_rotation[1], atol=1e-12)
    off = np.abs((found.points - found.center) @ found.axes) - found.extents / 2
    assert off.max() < 1e-6
    assert off.max(axis=0) == pytest.approx([0, 0, 0], abs=1e-6)  # its sides touch points


@pytest.mark.parametrize("width", [0.15, 0.4])
def test_an_occluder_splits_no_object(width: float) -> None:
    behind, before = Cuboid(0.0, 4.0, (1.6, 1.0, 0.8), 30), Cuboid(0.0, 2.2, (width, 1.6, 0.18), 20)
    world = World((behind, before), roll=2.0)
    view = world.view()
    assert ndimage.label(view.masks[0])[1] == 2
    for index in range(2):
        found = lift_one(view, index=index)
        assert center_error(found, world, index) < 0.01
        assert extents_errors(found, world, index).max() < 0.05


def test_an_object_does_not_depend_on_the_others() -> None:
    world = World((CORNER, Cuboid(-0.9, 4.0, (0.5, 1.0, 0.5), 20), Cuboid(1.0, 5.0, (0.7, 0.7, 0.7), 50)))
    view = world.view()
    together = lift_objects(view.depth, view.masks, view.camera).objects
    for index, found in enumerate(together):
        alone = lift_one(view, index=index)
        np.testing.assert_array_equal(alone.points, found.points)
        np.testing.assert_array_equal(alone.center, found.center)
        np.testing.assert_array_equal(alone.extents, found.extents)


@pytest.mark.parametrize("most", [100, 500, 4000])
def test_max_points_is_kept_and_changes_no_measure(most: int) -> None:
    view = World((CORNER,), shape=(640, 640), focal=600).view()
    free = lift_objects(view.depth, view.masks, view.camera, max_points=10**6).objects[0]
    found = lift_objects(view.depth, view.masks, view.camera, max_points=most).objects[0]
    assert len(free.points) > 4000
    assert 0.9 * most <= len(found.points) <= most
    np.testing.assert_array_equal(found.center, free.center)
    np.testing.assert_array_equal(found.extents, free.extents)


POLE = World((Cuboid(0.3, 4.0, (0.03, 1.4, 0.03), 0),))


def pole_ramped() -> tuple[Array, Bools]:
    view = POLE.view()
    return blurred(view.depth, 3), view.masks[0]


@pytest.mark.parametrize("growth", [0, 1, 2])
def test_a_pole_does_not_vanish(growth: int) -> None:
    view = POLE.view()
    assert view.masks[0].sum(axis=1).max() == 3
    found = lift_one(view, grown(view.masks[0], growth) if growth else None)
    assert center_error(found, POLE, 0) < 0.01
    assert found.extents[1] == pytest.approx(1.4, rel=0.05)
    assert found.extents[[0, 2]].max() < 0.1


def test_a_pole_on_soft_depth_is_not_drawn_into_the_background() -> None:
    depth, mask = pole_ramped()
    found = lift_one(POLE.view(), mask, depth)
    assert center_error(found, POLE, 0) < 0.1
    assert found.extents[[0, 2]].max() < 0.5


def test_empty_tiny_and_unknown_objects_are_dropped_with_a_reason() -> None:
    view = World((CORNER,)).view()
    tiny = np.zeros_like(view.masks[0])
    row, column = np.argwhere(view.masks[0]).mean(axis=0).astype(int)
    tiny[row : row + 3, column : column + 5] = True
    nowhere = np.where(view.masks[0], np.nan, view.depth)
    for found, note in (
        (lift_one(view, np.zeros_like(tiny)), "its mask is empty"),
        (lift_one(view, tiny), "only 15 pixels of known depth; 16 are needed"),
        (lift_one(view, depth=nowhere), "only 0 pixels of known depth; 16 are needed"),
    ):
        assert found.note == note
        assert found.points.shape == (0, 3)
        assert np.isnan(found.center).all()
        assert np.isnan(found.extents).all()
    tiny[row : row + 4, column : column + 5] = True
    assert lift_one(view, tiny).note == ""


def test_the_whole_picture_as_a_mask_is_lifted() -> None:
    view = World((CORNER,)).view()
    found = lift_one(view, np.ones_like(view.masks[0]))
    assert found.note == ""
    assert np.isfinite(found.center).all()
    assert 0 < len(found.points) <= 4000


def test_nothing_known_at_all() -> None:
    view = World((CORNER,)).view()
    lifting = lift_objects(np.zeros_like(view.depth), view.masks, view.camera)
    assert lifting.ground is None
    assert lifting.objects[0].note


def test_ground_is_the_cameras_height() -> None:
    for view in corners():
        lifting = lift_objects(view.depth, view.masks, view.camera)
        assert lifting.frame == "camera"
        assert lifting.ground == pytest.approx(view.world.height, rel=0.01)


def test_without_ground_objects_are_lifted_all_the_same() -> None:
    for wall in (8.0, None):
        world = World((CORNER,), ground=False, wall=wall)
        view = world.view()
        lifting = lift_objects(view.depth, view.masks, view.camera)
        assert lifting.ground is None
        assert center_error(lifting.objects[0], world, 0) < 0.01
        assert extents_errors(lifting.objects[0], world, 0).max() < 0.08


def test_a_wrong_gravity_costs_little() -> None:
    """Calibrators are off by some degrees: the centre in the camera frame hardly knows."""
    for view in corners()[:4]:
        tilted = replace(view.world, pitch=view.world.pitch + 4.0, roll=view.world.roll - 3.0).camera
        found = lift_objects(view.depth, view.masks, tilted).objects[0]
        assert center_error(found, view.world, 0) < 0.03


@pytest.mark.parametrize("tall", [0.03, 0.1])
def test_what_lies_flat_is_not_taken_for_ground(tall: float) -> None:
    world = World((Cuboid(0.0, 3.5, (0.8, tall, 0.8), 30),), pitch=-25)
    found = lift_one(world.view())
    assert center_error(found, world, 0) < 0.01
    assert extents_errors(found, world, 0)[[0, 2]].max() < 0.05
    assert found.extents[1] == pytest.approx(tall, abs=0.02)
