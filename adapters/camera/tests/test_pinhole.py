from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.camera.tests.cameras import AHEAD, DOWN, RIGHT, held
from genspace_adapter_camera.pinhole import centred, focal_of, gravity_rotation
from genspace_core import level_rotation

SCENES = Path(__file__).parents[3] / "tests" / "data" / "lifting_public.jsonl.gz"
ROLLS = st.floats(-180, 180)
PITCHES = st.floats(-90, 90)


def test_a_camera_held_by_hand() -> None:
    axes = held(30, 0)
    assert axes[:, 2] @ DOWN == pytest.approx(np.sin(np.radians(30))), "it looks down"
    np.testing.assert_allclose(axes[:, 0], RIGHT, atol=1e-12)
    axes = held(0, 20)
    np.testing.assert_allclose(axes[:, 2], AHEAD, atol=1e-12)
    assert axes[:, 0] @ DOWN > 0, "turned clockwise, its right side is low"
    assert axes[:, 1] @ RIGHT < 0


@pytest.mark.parametrize("down", [-60, -10, 0, 15, 40, 85])
@pytest.mark.parametrize("clockwise", [-170, -90, -25, 0, 5, 60, 120])
def test_pitch_is_up_and_roll_is_clockwise(down: float, clockwise: float) -> None:
    np.testing.assert_allclose(gravity_rotation(clockwise, -down), held(down, clockwise), atol=1e-12)


def test_a_level_camera_is_the_identity() -> None:
    np.testing.assert_array_equal(gravity_rotation(0, 0), np.eye(3))


@given(ROLLS, PITCHES)
def test_it_is_a_rotation_that_levels(roll: float, pitch: float) -> None:
    R = gravity_rotation(roll, pitch)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)
    seen_down = held(-pitch, roll).T @ DOWN
    np.testing.assert_allclose(R @ seen_down, [0, 1, 0], atol=1e-12)
    x, y, z = R @ AHEAD
    assert x == pytest.approx(0, abs=1e-12), "it heads where the camera looks"
    assert y == pytest.approx(-np.sin(np.radians(pitch)))
    assert z >= -1e-12


@given(ROLLS, st.floats(-85, 85))
def test_it_is_the_core_s_level_turn(roll: float, pitch: float) -> None:
    R = gravity_rotation(roll, pitch)
    np.testing.assert_allclose(level_rotation(R.T @ DOWN), R, atol=1e-9)


@given(ROLLS, PITCHES)
def test_roll_turns_the_picture_and_pitch_moves_the_horizon(roll: float, pitch: float) -> None:
    R = gravity_rotation(roll, pitch)
    up = -(R.T @ DOWN)
    np.testing.assert_allclose(up[2], np.sin(np.radians(pitch)), atol=1e-12)
    if abs(pitch) < 89:
        assert np.degrees(np.arctan2(-up[0], -up[1])) == pytest.approx(roll, abs=1e-6) or abs(roll) == 180


def scenes() -> list[dict[str, Any]]:
    with gzip.open(SCENES, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def off(scene: dict[str, Any], R: np.ndarray) -> float:
    """How far the object that suits best is from where the public lifting put it above its ground, metres."""
    height, width = scene["height"], scene["width"]
    depth = np.frombuffer(base64.b64decode(scene["depth"]), "<f4").reshape(height, width)
    v, u = np.mgrid[:height, :width]
    rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(np.array(scene["K"])).T
    level = (rays * depth[..., None]) @ R.T
    nearer = level[..., 2] <= np.median(level[..., 2])
    ground = np.array([0, level[nearer][:, 1].max(), 0])
    found = []
    for told in scene["objects"]:
        bits = np.unpackbits(np.frombuffer(base64.b64decode(told["mask"]), np.uint8))
        mask = bits[: height * width].astype(bool).reshape(height, width)
        if told.get("center") is not None:
            found.append(np.abs(level[mask].mean(axis=0) - ground - told["center"]).max())
    return min(found)


def test_it_agrees_with_the_published_implementation() -> None:
    """Objects come to lie where it put them, but for outliers; with another sign they do not."""

    def typical(roll_sign: int, pitch_sign: int) -> float:
        angles = [(roll_sign * s["roll_deg"], pitch_sign * s["pitch_deg"]) for s in scenes()]
        return float(np.median([off(s, gravity_rotation(*a)) for s, a in zip(scenes(), angles, strict=True)]))

    assert typical(1, 1) < 0.03
    assert typical(-1, 1) > 0.15
    assert typical(1, -1) > 0.15
    assert typical(-1, -1) > 0.15


def test_half_the_side_over_the_tangent_of_half_the_angle() -> None:
    assert focal_of(90, 640) == pytest.approx(320)
    assert focal_of(60, 1000) == pytest.approx(1000 / 2 * np.sqrt(3))


@given(st.integers(1, 4000), st.integers(1, 4000), st.floats(2, 169))
def test_the_picture_spans_the_field_of_view(height: int, width: int, fov: float) -> None:
    K = centred(focal_of(fov, max(height, width)), height, width)
    edges = np.array([[-0.5, -0.5, 1], [width - 0.5, height - 0.5, 1]])  # outer edges of the outer pixels
    (x0, y0, _), (x1, y1, _) = edges @ np.linalg.inv(K).T
    assert x0 == pytest.approx(-x1)
    assert y0 == pytest.approx(-y1)
    assert 2 * np.degrees(np.arctan(max(x1, y1))) == pytest.approx(fov)
