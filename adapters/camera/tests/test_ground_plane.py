from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.camera.tests.cameras import held
from adapters.camera.tests.rooms import Room
from adapters.camera.tests.test_pinhole import scenes
from genspace_adapter_camera.ground_plane import build, points_of
from genspace_adapter_camera.plugin import GROUND_PLANE, GroundPlaneConfig
from genspace_core.errors import PluginError, ReconstructionError
from genspace_core.interfaces import DepthMap
from genspace_core.testing import CameraCalibratorConformance
from genspace_core.types import Camera

FURNITURE = (
    ((-1.6, 0.6, 3.0), (-0.6, 1.5, 4.0)),
    ((0.4, 0.3, 4.0), (1.4, 1.5, 5.0)),
    ((-0.3, 1.1, 2.6), (0.3, 1.5, 3.2)),
)


class TestGroundPlane(CameraCalibratorConformance):
    spec = GROUND_PLANE
    spec_module = "genspace_adapter_camera.plugin"


def calibrate(room: Room, **config: Any) -> Camera:
    return build(GroundPlaneConfig(**config)).calibrate(room.picture, room.depth())


def tilt(camera: Camera, axes: np.ndarray) -> float:
    """Degrees between gravity as found and as it is."""
    found = camera.gravity_rotation.T @ [0, 1, 0]
    return float(np.degrees(np.arccos(np.clip(found @ (axes.T @ [0, 1, 0]), -1, 1))))


@pytest.mark.parametrize("down", [-5, 0, 8, 20, 35])
@pytest.mark.parametrize("clockwise", [-20, 0, 6])
@pytest.mark.parametrize("height", [0.4, 1.5, 6])
def test_the_bare_ground_tells_gravity(down: float, clockwise: float, height: float) -> None:
    room = Room(down=down, clockwise=clockwise, height=height)
    assert tilt(calibrate(room), room.axes) < 0.2


@pytest.mark.parametrize("down", [0, 10, 25])
@pytest.mark.parametrize("clockwise", [-8, 0, 8])
@pytest.mark.parametrize("noise", [0, 0.01, 0.02])
@pytest.mark.parametrize("wall", [None, 6.0])
def test_furniture_noise_and_a_wall_leave_a_degree(
    down: float, clockwise: float, noise: float, wall: float | None
) -> None:
    room = Room(down=down, clockwise=clockwise, noise=noise, wall=wall, boxes=FURNITURE, size=(240, 320))
    assert tilt(calibrate(room), room.axes) < 1.0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.floats(0, 35), st.floats(-15, 15), st.floats(0.5, 3), st.floats(40, 90), st.sampled_from([4, 8, 20])
)
def test_ground_that_fills_a_third_of_the_picture_tells_gravity_within_a_degree(
    down: float, clockwise: float, height: float, fov: float, wall: float
) -> None:
    """Of less of it, a stated fallback is the worst that may come."""
    low = ((x0, x1, z0, z1) for (x0, _, z0), (x1, _, z1) in FURNITURE)
    boxes = tuple(((x0, 0.4 * height, z0), (x1, height, z1)) for x0, x1, z0, z1 in low)
    held_so = Room(down=down, clockwise=clockwise, height=height, fov=fov)
    room = replace(held_so, wall=wall, boxes=boxes, noise=0.01)
    bare, clean = held_so.depth().depth, replace(room, noise=0.0).depth().depth
    share = float(np.mean((clean == bare) & np.isfinite(bare)))
    try:
        found = tilt(calibrate(room, fallback="fail"), room.axes)
    except ReconstructionError:
        assert share < 0.15
    else:
        assert found < (1.0 if share > 1 / 3 else 4.0)


@pytest.mark.parametrize("scene", scenes(), ids=lambda s: f"{s['roll_deg']:.1f},{s['pitch_deg']:.1f}")
def test_scenes_made_by_others(scene: dict[str, Any]) -> None:
    size = scene["height"], scene["width"]
    depth = np.frombuffer(base64.b64decode(scene["depth"]), "<f4").reshape(size)
    given_ = DepthMap(depth=depth, K=np.array(scene["K"]))
    camera = build(GroundPlaneConfig()).calibrate(np.zeros((*size, 3), np.uint8), given_)
    assert tilt(camera, held(-scene["pitch_deg"], scene["roll_deg"])) < 1.5


def test_the_depth_model_s_intrinsics_pass_through() -> None:
    room = Room(fov=75)
    np.testing.assert_array_equal(calibrate(room, fov_deg=30).K, room.K)


def test_without_them_the_configured_field_of_view_is_taken() -> None:
    room = Room(fov=75, down=20)
    plugin = build(GroundPlaneConfig(fov_deg=75))
    camera = plugin.calibrate(room.picture, room.depth(with_K=False))
    np.testing.assert_allclose(camera.K, room.K)
    assert tilt(camera, room.axes) < 0.2


def test_depth_for_an_assumed_focal_length_tells_the_same_gravity() -> None:
    """It is the true depth but for a factor."""
    room = Room(down=20, clockwise=5)
    true = room.depth()
    scaled = replace(true, depth=true.depth * np.float32(0.37), K=None, focal=500.0)
    camera = build(GroundPlaneConfig()).calibrate(room.picture, scaled)
    np.testing.assert_allclose(camera.K, room.K)
    assert tilt(camera, room.axes) < 0.2


def test_unknown_depth_is_left_out() -> None:
    room = Room(down=15, clockwise=-4, size=(96, 128))
    depth = room.depth().depth.copy()
    depth[:30], depth[60:70], depth[:, :20] = 0, np.nan, -1
    camera = build(GroundPlaneConfig()).calibrate(room.picture, DepthMap(depth=depth, K=room.K))
    assert tilt(camera, room.axes) < 0.3


NO_GROUND = {
    "a wall alone": Room(ground=False, wall=3, down=0),
    "a slanting wall": Room(ground=False, wall=3, down=0, clockwise=30),
    "the sky": Room(ground=False),
    "a noisy wall": Room(ground=False, wall=3, down=0, noise=0.02),
}


@pytest.mark.parametrize("room", NO_GROUND.values(), ids=NO_GROUND)
def test_no_ground_is_a_level_camera(room: Room) -> None:
    camera = calibrate(room)
    np.testing.assert_array_equal(camera.gravity_rotation, np.eye(3))
    np.testing.assert_array_equal(camera.K, room.K)


@pytest.mark.parametrize("room", NO_GROUND.values(), ids=NO_GROUND)
def test_no_ground_can_be_a_failure(room: Room) -> None:
    with pytest.raises(
        ReconstructionError, match=r"no ground is seen in the depth map; set fallback = \"level\""
    ):
        calibrate(room, fallback="fail")


def test_one_picture_without_ground_spares_the_others() -> None:
    rooms = [Room(ground=False), Room(down=12)]
    told = build(GroundPlaneConfig(fallback="fail")).calibrate_batch(
        [r.picture for r in rooms], [r.depth() for r in rooms]
    )
    assert isinstance(told[0], ReconstructionError)
    assert isinstance(told[1], Camera)


def test_a_table_is_not_the_ground() -> None:
    """It fills more of the picture than the floor that shows beside it."""
    table = ((-0.9, 0.6, 0.8), (0.9, 0.65, 2.6))
    room = Room(down=25, clockwise=4, boxes=(table,), wall=5, noise=0.005, size=(240, 320))
    assert tilt(calibrate(room), room.axes) < 1.0


def test_it_is_not_used_without_depth() -> None:
    with pytest.raises(PluginError, match='needs the depth of the picture; use it within the "staged"'):
        build(GroundPlaneConfig()).calibrate(Room().picture, None)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 2000), (64, 48), (480, 640), (1500, 2000)])
def test_points_are_a_grid_of_the_picture(height: int, width: int) -> None:
    focal = float(max(height, width))
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal * 1.1, (height - 1) / 2], [0, 0, 1]])
    points = points_of(np.full((height, width), 2, np.float32), K)
    assert min(height * width, 8_000) <= len(points) <= 21_000
    np.testing.assert_array_equal(points[:, 2], 2)
    pixels = points @ K.T / 2
    np.testing.assert_allclose(pixels, pixels.round(), atol=1e-6)
    assert pixels.min() >= -1e-6
    assert pixels[:, 0].max() <= width - 1 + 1e-6
    assert pixels[:, 1].max() <= height - 1 + 1e-6
