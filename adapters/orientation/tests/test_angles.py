"""Logits to angles, angles to rotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_adapter_orientation.angles import (
    V1_LAYOUTS,
    V2_LAYOUT,
    Angles,
    read_angles,
    read_confidence,
    rotation_matrix,
)

ALL = st.builds(Angles, st.integers(0, 359), st.integers(-90, 89), st.integers(-180, 179))
RIGHT, DOWN, AHEAD = np.eye(3)


def logits(width: int, azimuth: int, polar: int, rotation: int) -> np.ndarray:
    row = np.zeros(width, np.float32)
    row[[azimuth, 360 + polar, 540 + rotation]] = 1
    return row


def axes(azimuth: int, polar: int = 0, rotation: int = 0, about: str = "object"):
    """Front, up and right."""
    return rotation_matrix(Angles(azimuth, polar, rotation), about).T.round(12)


def test_the_widths():
    assert sorted(V1_LAYOUTS) == [722, 902]
    assert V2_LAYOUT.width == 900


@pytest.mark.parametrize(
    ("width", "bins", "angles"),
    [
        (722, (0, 0, 0), (0, -90, -90)),
        (722, (359, 179, 179), (359, 89, 89)),
        (722, (90, 90, 90), (90, 0, 0)),
        (902, (0, 0, 0), (0, -90, -180)),
        (902, (359, 179, 359), (359, 89, 179)),
        (902, (90, 90, 180), (90, 0, 0)),
        (902, (1, 1, 181), (1, -89, 1)),
    ],
)
def test_the_first_the_last_and_the_middle_bin(width, bins, angles):
    row = logits(width, *bins)
    row[-2:] = 50  # confidence is no angle
    assert read_angles(row, V1_LAYOUTS[width]) == Angles(*angles)


def test_v2_has_no_confidence_at_its_end():
    row = logits(900, 0, 0, 359)
    row[-1] = 50
    assert read_angles(row, V2_LAYOUT) == Angles(0, -90, 179)


def test_confidence_is_a_softmax():
    assert read_confidence(np.array([0, 0], np.float32)) == 0.5
    assert read_confidence(np.array([9, np.log(3), 0], np.float32)) == pytest.approx(0.75)
    assert read_confidence(np.array([-3e38, 3e38], np.float32)) == pytest.approx(0, abs=1e-300)
    assert read_confidence(np.array([3e38, -3e38], np.float32)) == 1


@given(ALL, st.sampled_from(["object", "view"]))
def test_every_rotation_is_one(angles, about):
    R = rotation_matrix(angles, about)
    assert np.abs(R.T @ R - np.eye(3)).max() < 1e-12
    assert np.linalg.det(R) == pytest.approx(1)


@given(ALL)
def test_the_protocols_formula(angles):
    """As PROTOCOL states it, written out."""
    phi, theta, gamma = np.radians([angles.azimuth, angles.polar, angles.rotation])
    sp, cp, st_, ct, sg, cg = (f(x) for x in (phi, theta, gamma) for f in (np.sin, np.cos))
    level = np.array([[-sp, 0, -cp], [cp * st_, -ct, -sp * st_], [-cp * ct, -st_, sp * ct]])
    turned = level @ np.array([[cg, -sg, 0], [sg, cg, 0], [0, 0, 1]])
    assert np.allclose(rotation_matrix(angles, "object"), turned, atol=1e-12)


@pytest.mark.parametrize(
    ("azimuth", "front", "right"),
    [(0, -AHEAD, -RIGHT), (90, -RIGHT, AHEAD), (180, AHEAD, RIGHT), (270, RIGHT, -AHEAD)],
)
def test_azimuth_turns_from_the_camera_to_the_left_of_the_picture(azimuth, front, right):
    assert np.array_equal(axes(azimuth), [front, -DOWN, right])


def test_polar_is_how_far_the_camera_is_above():
    front, up, right = axes(0, 30)
    assert np.allclose(front, [0, 0.5, -np.sqrt(0.75)])  # at the camera, and down
    assert np.allclose(up, [0, -np.sqrt(0.75), -0.5])  # tilted at the camera
    assert np.allclose(right, -RIGHT)
    assert np.allclose(axes(180, 30)[0], [0, -0.5, np.sqrt(0.75)])
    assert np.allclose(axes(123, -90)[1], AHEAD)  # seen from straight below, its top is far


def test_rotation_about_the_object_is_a_pitch():
    """As published for GenSpace: an object that faces the camera nods."""
    front, up, right = axes(0, 0, 90)
    assert np.array_equal([front, up, right], [-DOWN, AHEAD, -RIGHT])


@pytest.mark.parametrize("azimuth", [0, 90, 180, 270])
def test_rotation_about_the_view_turns_the_picture_counter_clockwise(azimuth):
    """Whatever way the object faces, its top goes to the left of the picture."""
    assert np.array_equal(axes(azimuth, 0, 90, "view")[1], -RIGHT)
    assert np.array_equal(axes(azimuth, 0, -90, "view")[1], RIGHT)
    assert np.allclose(axes(azimuth, 0, 30, "view")[1], [-0.5, -np.sqrt(0.75), 0])


@given(ALL)
def test_the_view_is_the_authors_own_drawing(angles):
    """Where the arrows they draw for front, right and top go in the picture (x right, y up)."""
    phi, theta, gamma = np.radians([angles.azimuth, angles.polar, -angles.rotation])
    sp, cp, st_, ct, sg, cg = (f(x) for x in (phi, theta, gamma) for f in (np.sin, np.cos))
    front = [-sp * cg - cp * st_ * sg, sp * sg - cp * st_ * cg]
    right = [-cp * cg + sp * st_ * sg, cp * sg + sp * st_ * cg]
    top = [ct * sg, ct * cg]
    R = rotation_matrix(angles, "view")
    assert np.allclose((R[:2] * [[1], [-1]]).T, [front, top, right], atol=1e-9)


@given(ALL)
def test_without_rotation_the_two_agree(angles):
    level = Angles(angles.azimuth, angles.polar, 0)
    assert np.allclose(rotation_matrix(level, "object"), rotation_matrix(level, "view"))


@given(ALL)
def test_the_two_differ_by_no_larger_a_turn_than_the_rotation_itself(angles):
    level = rotation_matrix(Angles(angles.azimuth, angles.polar, 0), "view")
    for about in ("object", "view"):
        turn = rotation_matrix(angles, about) @ level.T
        assert (np.trace(turn) - 1) / 2 == pytest.approx(np.cos(np.radians(angles.rotation)), abs=1e-9)
