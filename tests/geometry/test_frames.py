"""Rotations between frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genspace_core import level_rotation, look_rotation
from tests.geometry.worlds import gravity_rotation

K = np.array([[500.0, 0.0, 320.0], [0.0, 520.0, 240.0], [0.0, 0.0, 1.0]])
PIXELS = st.tuples(st.floats(-500, 1200), st.floats(-500, 1000))
UPRIGHT = st.floats(-1.0, 1.0)


def test_looking_at_the_principal_point_changes_nothing() -> None:
    np.testing.assert_array_equal(look_rotation(K, np.array([320.0, 240.0])), np.eye(3))


@settings(max_examples=20, deadline=None)
@given(PIXELS)
def test_look_rotation_takes_the_axis_to_the_ray(pixel: tuple[float, float]) -> None:
    R = look_rotation(K, np.array(pixel))
    ray = np.linalg.inv(K) @ [*pixel, 1.0]
    np.testing.assert_allclose(R[:, 2], ray / np.linalg.norm(ray), atol=1e-12)
    np.testing.assert_allclose(R.T @ R, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1.0)


@settings(max_examples=20, deadline=None)
@given(PIXELS)
def test_look_rotation_turns_about_an_axis_in_the_picture(pixel: tuple[float, float]) -> None:
    """No roll: the axis of the turn, read off the skew part, has no share of the optical axis."""
    R = look_rotation(K, np.array(pixel))
    assert R[1, 0] - R[0, 1] == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.floats(-300, 300), st.floats(-200, 200))
def test_look_rotation_mirrors(dx: float, dy: float) -> None:
    R = look_rotation(K, np.array([320.0 + dx, 240.0 + dy]))
    flip = np.diag([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(
        look_rotation(K, np.array([320.0 - dx, 240.0 + dy])), flip @ R @ flip, atol=1e-12
    )


@settings(max_examples=20, deadline=None)
@given(UPRIGHT, UPRIGHT, UPRIGHT, st.floats(0.01, 100))
def test_level_rotation_takes_down_to_y(x: float, y: float, z: float, length: float) -> None:
    down = np.array([x, y, z])
    if np.linalg.norm(down) < 1e-3:
        return
    R = level_rotation(length * down)
    np.testing.assert_allclose(R @ down / np.linalg.norm(down), [0, 1, 0], atol=1e-9)
    np.testing.assert_allclose(R.T @ R, np.eye(3), atol=1e-9)
    assert np.linalg.det(R) == pytest.approx(1.0)


@pytest.mark.parametrize("roll", [-40.0, 0.0, 25.0])
@pytest.mark.parametrize("pitch", [-70.0, -10.0, 0.0, 35.0])
def test_level_rotation_heads_straight_on(roll: float, pitch: float) -> None:
    R = level_rotation(gravity_rotation(roll, pitch)[1])
    heading = R @ [0.0, 0.0, 1.0]
    assert heading[0] == pytest.approx(0.0, abs=1e-12)
    assert heading[2] > 0


def test_level_rotation_without_roll_is_the_pitch() -> None:
    want = gravity_rotation(0.0, -20.0)
    np.testing.assert_allclose(level_rotation(want[1]), want, atol=1e-12)


def test_level_rotation_of_a_level_camera_is_identity() -> None:
    np.testing.assert_allclose(level_rotation(np.array([0.0, 2.0, 0.0])), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("z", [1.0, -1.0])
def test_level_rotation_of_a_camera_along_gravity(z: float) -> None:
    """Straight down the picture's upper edge is ahead; straight up its lower edge."""
    R = level_rotation(np.array([0.0, 0.0, z]))
    np.testing.assert_allclose(R @ [0.0, 0.0, z], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(R @ [0.0, -z, 0.0], [0, 0, 1], atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1.0)


@pytest.mark.parametrize("z", [1.0, -1.0])
def test_level_rotation_is_steady_where_its_heading_changes_over(z: float) -> None:
    """The same heading on both sides of the bound at which the upper edge takes the optical axis's place."""
    near, over = (np.array([0.0, np.sqrt(1 - c * c), z * c]) for c in (0.9989, 0.9991))
    np.testing.assert_allclose(level_rotation(near), level_rotation(over), atol=0.01)


@pytest.mark.parametrize("down", [(0.0, 0.0, 0.0), (np.nan, 1.0, 0.0), (np.inf, 0.0, 0.0)])
def test_level_rotation_wants_a_direction(down: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="direction of gravity"):
        level_rotation(np.array(down))
