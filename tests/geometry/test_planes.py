"""The ground plane, found among walls, tables, clutter and noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from genspace_core import GroundPlane, fit_ground
from genspace_core.errors import InputError
from tests.geometry.worlds import NOTHING, Cuboid, World

Array = NDArray[np.float64]
CLUTTER = (
    Cuboid(-1.0, 3.5, (0.8, 0.7, 0.6), 20),
    Cuboid(0.8, 4.5, (0.9, 1.1, 0.5), 50),
    Cuboid(0.2, 2.6, (0.3, 0.4, 0.4), 70),
)
TABLE = Cuboid(0.0, 2.6, (1.6, 0.05, 1.2), 0, lift=0.75)


def cloud(world: World, noise: float = 0.0, step: int = 3) -> Array:
    """Every point the camera sees, (n, 3), camera frame; noise is a share of the depth."""
    view = world.view()
    v, u = (index[::step, ::step].ravel() for index in np.mgrid[: world.shape[0], : world.shape[1]])
    depth = np.where(view.shows == NOTHING, np.nan, view.depth)[v, u]
    depth = depth * (1.0 + noise * np.random.default_rng(0).standard_normal(depth.shape))
    return np.stack([u, v, np.ones_like(u)], axis=1) @ np.linalg.inv(view.camera.K).T * depth[:, None]


def off(plane: GroundPlane, world: World) -> tuple[float, float]:
    """Errors of the height (share) and of the normal (degrees)."""
    cosine = min(1.0, float(plane.down @ world.camera.gravity_rotation[1]))
    return abs(plane.height / world.height - 1.0), float(np.degrees(np.arccos(cosine)))


@pytest.mark.parametrize(
    ("world", "noise", "height", "tilt"),
    [
        (World(()), 0.0, 0.01, 0.5),
        (World(CLUTTER), 0.0, 0.01, 0.5),
        (World(CLUTTER, wall=5.5), 0.0, 0.01, 0.5),
        (World((*CLUTTER, TABLE)), 0.0, 0.015, 0.7),
        (World(CLUTTER, pitch=-35.0, roll=15.0), 0.0, 0.01, 0.5),
        (World(CLUTTER, height=0.4, pitch=-5.0), 0.0, 0.03, 0.7),
        (World(CLUTTER), 0.02, 0.03, 1.5),
        (World(CLUTTER), 0.05, 0.08, 4.0),
    ],
    ids=["bare", "clutter", "near wall", "table", "tilted", "low", "noise 2 %", "noise 5 %"],
)
def test_ground_is_found(world: World, noise: float, height: float, tilt: float) -> None:
    world = World(world.cuboids, world.height, world.pitch, world.roll, (240, 240), 220.0, world.wall)
    plane = fit_ground(cloud(world, noise), down=world.camera.gravity_rotation[1])
    assert plane is not None
    found = off(plane, world)
    assert found[0] < height
    assert found[1] < tilt
    assert np.linalg.norm(plane.down) == pytest.approx(1.0)
    assert 0 < plane.inliers <= 1


def test_ground_is_found_without_knowing_gravity() -> None:
    world = World(CLUTTER, pitch=-25.0, roll=10.0)
    plane = fit_ground(cloud(world))
    assert plane is not None
    assert off(plane, world)[1] < 1.0


def test_a_share_of_wild_points_does_no_harm() -> None:
    world = World(CLUTTER)
    points = cloud(world)
    rng = np.random.default_rng(1)
    wild = rng.random(len(points)) < 0.15
    points[wild] *= rng.uniform(0.3, 0.9, (wild.sum(), 1))  # nearer, so above the ground
    plane = fit_ground(points, down=world.camera.gravity_rotation[1])
    assert plane is not None
    assert off(plane, world)[0] < 0.02


@pytest.mark.parametrize("wall", [4.0, None])
def test_no_ground_is_none(wall: float | None) -> None:
    world = World((Cuboid(0.0, 3.0, (0.8, 0.8, 0.8), 35),), ground=False, wall=wall)
    assert fit_ground(cloud(world), down=world.camera.gravity_rotation[1], max_tilt=15.0) is None


def test_a_floor_is_not_found_off_gravity() -> None:
    world = World((), pitch=-40.0, wall=None)
    assert fit_ground(cloud(world), max_tilt=20.0) is None
    assert fit_ground(cloud(world), max_tilt=45.0) is not None


@pytest.mark.parametrize("count", [0, 2])
def test_too_few_points_are_no_ground(count: int) -> None:
    assert fit_ground(np.ones((count, 3))) is None


@pytest.mark.parametrize(
    "points",
    [
        np.tile([0.1, 1.0, 3.0], (50, 1)),
        np.stack([np.zeros(50), np.ones(50), np.linspace(1, 5, 50)], axis=1),
        np.full((50, 3), np.nan),
    ],
    ids=["one place", "a line", "unknown"],
)
def test_what_spreads_over_no_plane_is_no_ground(points: Array) -> None:
    assert fit_ground(points) is None


def test_ceiling_is_no_ground() -> None:
    points = cloud(World((), pitch=-15.0, wall=None))
    assert fit_ground(points * [1.0, -1.0, 1.0]) is None


def test_unknown_points_are_left_out() -> None:
    world = World(CLUTTER)
    points = cloud(world)
    down = world.camera.gravity_rotation[1]
    padded = np.concatenate([points, np.full((500, 3), np.nan), np.full((10, 3), np.inf)])
    plane, same = fit_ground(points, down=down), fit_ground(padded, down=down)
    assert plane is not None
    assert same is not None
    np.testing.assert_array_equal(plane.down, same.down)


def test_the_same_points_give_the_same_ground() -> None:
    points = cloud(World(CLUTTER), noise=0.03)
    first, again, other = (fit_ground(points, seed=seed) for seed in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    np.testing.assert_array_equal(first.down, again.down)
    assert first.height == again.height
    assert other.height == pytest.approx(first.height, rel=0.03)


def test_length_of_down_does_not_matter() -> None:
    points = cloud(World(CLUTTER))
    first = fit_ground(points, down=np.array([0.0, 1.0, 0.0]))
    long = fit_ground(points, down=np.array([0.0, 8.0, 0.0]))
    assert first is not None
    assert long is not None
    assert first.height == long.height


def test_above_tells_heights() -> None:
    plane = GroundPlane(np.array([0.0, 1.0, 0.0]), 1.5, 1.0)
    np.testing.assert_allclose(plane.above(np.array([[0.0, 1.5, 2.0], [3.0, 0.5, 1.0]])), [0.0, 1.0])


@pytest.mark.parametrize("shape", [(5,), (5, 2), (2, 5, 3)])
def test_points_of_another_shape_are_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="points must have shape n x 3"):
        fit_ground(np.ones(shape))
