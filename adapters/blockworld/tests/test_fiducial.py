"""From pixels alone: what stands where, compared with the plan that only the test sees."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genspace_adapter_blockworld.camera import heading_matrix, intrinsics, pitch_matrix, project
from genspace_adapter_blockworld.fiducial import Fiducial
from genspace_adapter_blockworld.markers import side_of_colour
from genspace_adapter_blockworld.plan import Plan
from genspace_adapter_blockworld.pose import Observation, solve
from genspace_adapter_blockworld.renderer import draw
from genspace_adapter_blockworld.sides import SIDES, marker_corners
from genspace_core.types import assign_objects

FIDUCIAL = Fiducial()


def degrees_between(one, other):
    return np.degrees(np.arccos(np.clip((np.trace(one.T @ other) - 1) / 2, -1, 1)))


def errors(plan, scene):
    """Position error as a share of distance, and rotation error in degrees, per planned block."""
    rows = []
    for block in plan.blocks:
        rotation, center = plan.pose(block)
        same = [o for o in scene.objects if o.name == block.asset.name]
        found = min(same, key=lambda o: np.linalg.norm(o.center - center))
        rows.append(
            (
                np.linalg.norm(found.center - center) / np.linalg.norm(center),
                degrees_between(found.rotation, rotation),
            )
        )
    return rows


def nearest(plan, thing):
    """The block that a found object must be."""
    return min(plan.blocks, key=lambda block: np.linalg.norm(plan.pose(block)[1] - thing.center))


def measured(pictures, jpeg=None):
    rows, complete = [], 0
    for picture in pictures:
        scene = FIDUCIAL.reconstruct(picture.decoded(jpeg), picture.case.names)
        if assign_objects(picture.case.names, scene).outcome == "ok":
            complete += 1
            rows += errors(picture.plan, scene)
    position, rotation = np.median(rows, axis=0)
    return complete / len(pictures), position, rotation


def test_accuracy(pictures):
    share, position, rotation = measured(pictures)
    assert share >= 0.99
    # What is promised is 1 % and 1 degree; what is kept from a PNG is far better, and stays so.
    assert position < 0.001
    assert rotation < 0.2


def test_accuracy_with_hard_pairs(hard_cases, draw_case):
    share, position, rotation = measured([draw_case(case) for case in hard_cases])
    assert share >= 0.97
    assert position < 0.01
    assert rotation < 1.0


def test_a_bicycle_behind_a_pig_is_found(draw_case, case_of):
    """Once lost: its side marker was hidden by the pig, and the one on top was 23 pixels high."""
    prompt = (
        "A photo of one pig and one bicycle on a sandy beach. They stand side by side and face the same way: "
        "from the pig's own point of view, the bicycle is directly beside the pig. The camera stands to "
        "their own left, so the picture shows each one's own left side."
    )
    share, _, _ = measured([draw_case(case_of(33, prompt, ("pig", "bicycle"), 711105607))])
    assert share == 1.0


def test_survives_jpeg(pictures):
    share, position, rotation = measured(pictures[::2], jpeg=90)
    assert share >= 0.98
    assert position < 0.01
    assert rotation < 1.0


def test_scene_is_consistent(pictures):
    for picture in pictures[::9]:
        scene = FIDUCIAL.reconstruct(picture.decoded(), picture.case.names)
        assert pytest.approx(picture.plan.K) == scene.camera.K
        assert degrees_between(scene.camera.gravity_rotation, pitch_matrix(picture.plan.pitch).T) < 0.3
        for thing in scene.objects:
            assert thing.points.mean(axis=0) == pytest.approx(thing.center)
            asset = nearest(picture.plan, thing).asset
            assert asset.name == thing.name
            assert np.ptp(thing.points @ thing.rotation, axis=0) / 2 == pytest.approx(asset.half, rel=1e-6)
            assert 0.5 < thing.confidence <= 1
            assert (thing.box[:2] < thing.box[2:]).all()


def test_only_asked_for_names_are_given(pictures):
    picture = next(p for p in pictures if p.case.names == ("giraffe", "horse"))
    image = picture.decoded()
    assert {o.name for o in FIDUCIAL.reconstruct(image, ("horse",)).objects} == {"horse"}
    assert FIDUCIAL.reconstruct(image, ("cat",)).objects == ()


def test_two_of_one_asset_are_told_apart(prompt_of, draw_case, cases):
    case = next(c for c in cases if c.template == 29)
    picture = draw_case(case, "unitless")  # equal sizes: both bear the same marker number
    scene = FIDUCIAL.reconstruct(picture.decoded(), case.names)
    assert len(scene.objects) == 2
    assert max(max(row) for row in errors(picture.plan, scene)) < 2


def test_no_markers_no_objects(pictures):
    plan = pictures[0].plan
    empty = draw(Plan((), plan.height, plan.pitch, plan.setting, plan.size))
    noise = np.random.default_rng(0).integers(0, 256, (768, 768, 3), dtype=np.uint8)
    for image in (empty, noise, cv2.GaussianBlur(noise, (0, 0), 4), np.zeros((64, 48, 3), np.uint8)):
        scene = FIDUCIAL.reconstruct(np.ascontiguousarray(image), ("man", "dog"))
        assert scene.objects == ()
        assert (scene.camera.gravity_rotation == np.eye(3)).all()


def test_a_black_and_white_marker_is_no_block():
    marker = cv2.aruco.generateImageMarker(
        cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000), 20, 200
    )
    page = np.full((600, 600, 3), 255, np.uint8)
    page[200:400, 200:400] = marker[..., None]
    assert FIDUCIAL.reconstruct(page, ("woman",)).objects == ()


@given(st.sampled_from(range(5)), st.floats(0.45, 1.1), st.floats(0, 0.3))
def test_a_side_is_read_in_any_light(side, shade, wash):
    colour = np.array(SIDES[side].colour) * shade * (1 - wash) + 120 * wash
    assert side_of_colour(np.clip(colour, 0, 255)) == side


@settings(max_examples=60, deadline=None)
@given(
    heading=st.floats(-3.1, 3.1),
    pitch=st.floats(0.05, 0.7),
    x=st.floats(-0.5, 0.5),
    z=st.floats(2.0, 9.0),
    off=st.floats(-0.2, 0.2),
)
def test_pose_is_recovered_from_exact_corners(heading, pitch, x, z, off):
    K, size, center = intrinsics(768, 768), (1.2, 0.5, 0.9), np.array([x, 0.1, z])
    rotation = pitch_matrix(pitch) @ heading_matrix(heading)
    points = np.concatenate([marker_corners(size, side) for side in SIDES])
    view = Observation(points, project(K, points @ rotation.T + center))
    found = solve(K, [view], pitch + off, np.array([heading - off]), center[None] * (1 + off))
    assert found.center[0] == pytest.approx(center, abs=1e-5)
    assert degrees_between(found.rotation(0), rotation) < 1e-3
