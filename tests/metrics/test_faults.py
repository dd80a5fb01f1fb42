"""The faults of the published protocol: `paper` shows each of them, `spatial` none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genspace_core.types import Camera, Evidence, Scene, SceneObject
from tests.metrics.worlds import Box, build, heading, judge, judge_scene, shifted, tilt


@pytest.mark.parametrize("metric", ["paper", "spatial"])
def test_a_missing_object_scores_zero_and_is_named(metric: str) -> None:
    verdict = judge(metric, "t2i/8", [Box(0, 3, name="A")], objects=2)
    assert (verdict.value, verdict.passed, verdict.undecidable) == (0.0, False, False)
    assert verdict.reason == "missing 1 B"


@pytest.mark.parametrize("metric", ["paper", "spatial"])
def test_too_many_objects_score_zero(metric: str) -> None:
    verdict = judge(metric, "t2i/0", [Box(0, 3, name="A"), Box(1, 3, name="A")], objects=1)
    assert (verdict.value, verdict.undecidable, verdict.reason) == (0.0, False, "too many: 1 A")


def test_pitch_is_no_turn_of_the_object() -> None:
    down = tilt(pitch=25)
    assert judge("spatial", "t2i/0", [Box(0, 3, 180)], gravity=down).value == 1.0
    assert judge("paper", "t2i/0", [Box(0, 3, 180)], gravity=down).value == pytest.approx(1 - 10 / 30)


def test_rotation_and_position_in_one_frame() -> None:
    """B stands straight in front of A, who faces away from a camera that looks 40 degrees down."""
    boxes = [Box(0, 2, 0), Box(0, 4, 0)]
    down = tilt(pitch=40)
    assert judge("spatial", "t2i/12", boxes, gravity=down).passed
    assert not judge("paper", "t2i/12", boxes, gravity=down).passed


def test_viewing_ray_of_an_object_at_the_edge() -> None:
    facing_us = [Box(2, 2, 225)]
    assert judge("spatial", "t2i/0", facing_us).passed
    assert judge("paper", "t2i/0", facing_us).value == pytest.approx(0.0)
    parallel_to_the_axis = [Box(2, 2, 180)]
    assert judge("spatial", "t2i/0", parallel_to_the_axis).value == pytest.approx(0.0)
    assert judge("paper", "t2i/0", parallel_to_the_axis).passed


def test_camera_distance_from_the_camera() -> None:
    """A is 1 m from a camera that stands 1.6 m above the ground; lifted as published, the ground is y = 0."""
    box = Box(0, 1, y=0.2)
    assert judge("spatial", "t2i/24", [box]).passed
    assert judge("paper", "t2i/24", [box]).passed  # it shifts nothing by itself
    assert not judge("paper", "t2i/24", [replace(box, y=0.2 - 1.6)]).passed


def test_longer_is_measured_about_the_vertical_axis() -> None:
    """A is half a metre longer and both face the camera, so that the length runs along z."""
    boxes = [Box(-1, 3, 180, (1.5, 0.5, 0.7)), Box(1, 3, 180, (1.0, 0.5, 0.7))]
    assert judge("spatial", "t2i/30", boxes).passed
    assert judge("paper", "t2i/30", boxes).value == 0.0
    taller = [Box(-1, 3, 180, (1.0, 0.5, 1.2)), Box(1, 3, 180, (1.0, 0.5, 0.7))]
    assert judge("spatial", "t2i/30", taller).value == 0.0
    assert judge("paper", "t2i/30", taller).passed


@pytest.mark.parametrize(
    ("template", "larger"),
    [(28, (1.2, 0.5, 0.5)), (29, (1.0, 0.5, 0.7)), (30, (1.5, 0.5, 0.5)), (31, (1.0, 0.8, 0.5))],
)
def test_the_named_order_is_respected(template: int, larger: tuple[float, float, float]) -> None:
    """Both face to the right, where the published turn about the optical axis does no harm."""
    big, small = Box(-1, 3, 90, larger), Box(1, 3, 90, (1.0, 0.5, 0.5))
    assert judge("spatial", f"t2i/{template}", [big, small]).passed
    assert judge("spatial", f"t2i/{template}", [small, big]).value == 0.0
    assert judge("paper", f"t2i/{template}", [big, small]).passed
    assert judge("paper", f"t2i/{template}", [small, big]).passed


def test_an_equal_pair_is_not_bigger() -> None:
    equal = [Box(-1, 3, 90), Box(1, 3, 90)]
    assert judge("paper", "t2i/28", equal).passed
    assert judge("spatial", "t2i/28", equal).value == 0.0


def test_undershoot_counts_as_overshoot() -> None:
    far, near = [Box(0, 3), Box(0, 3 + 1.5)], [Box(0, 3), Box(0, 3 + 1 / 1.5)]
    assert judge("paper", "t2i/21", far).value == pytest.approx(0.5)
    assert judge("paper", "t2i/21", near).value == 0.0
    assert judge("spatial", "t2i/21", far).value == pytest.approx(judge("spatial", "t2i/21", near).value)
    assert 0.0 < judge("spatial", "t2i/21", near).value < 1.0


def test_face_to_face_takes_a_line() -> None:
    """The line test of template 10 always holds as published: B looks past A, who stands at its side."""
    past_each_other = [Box(0.9, 2.6, 0), Box(0, 3, 180)]
    assert judge("paper", "t2i/10", past_each_other).passed
    assert judge("spatial", "t2i/10", past_each_other).value == 0.0


@pytest.mark.parametrize(("template", "x"), [(25, 1.0), (26, -1.0)])
def test_moving_the_camera_sideways_can_pass(template: int, x: float) -> None:
    before = [Box(0, 4), Box(1, 5)]
    after = shifted(before, x=x)
    assert judge("spatial", f"edit/{template}", after, before, objects=1).passed
    for metres in np.linspace(-3, 3, 61):
        assert not judge("paper", f"edit/{template}", shifted(before, x=metres), before, objects=1).passed


@pytest.mark.parametrize(("template", "a", "b"), [(8, 215, 180), (32, 180, 215)])
def test_a_part_that_holds_counts_in_full(template: int, a: float, b: float) -> None:
    """Side by side exactly, headings 35 degrees apart: only the headings are at fault."""
    boxes = [Box(-0.6, 3, a), Box(0.6, 3, b)]
    assert judge("paper", f"t2i/{template}", boxes).value == 0.0
    verdict = judge("spatial", f"t2i/{template}", boxes)
    assert verdict.value > 0.2
    assert all(each.score == 1.0 for each in verdict.measurements if each.satisfied)


def test_camera_moves_are_judged_from_all_objects() -> None:
    """A came 1 m closer by itself, the others stayed: the camera did not move."""
    before = [Box(0, 4), Box(1, 5), Box(-1, 5)]
    after = [Box(0, 3), *before[1:]]
    assert judge("paper", "edit/24", after, before, objects=1).passed
    assert judge("spatial", "edit/24", after, before, objects=1).value == 0.0


def test_bearings_do_not_jump_at_a_quarter() -> None:
    """The bearing of B about A changes by 2 degrees, but across the bound at 45."""

    def layout(bearing: float) -> list[Box]:
        angle = np.radians(bearing)
        return [Box(0, 4, 180), Box(-1.5 * np.sin(angle), 4 - 1.5 * np.cos(angle))]

    assert judge("spatial", "edit/32", layout(46), layout(44)).passed
    assert not judge("paper", "edit/32", layout(46), layout(44)).passed
    assert judge("paper", "edit/32", layout(40), layout(-40)).passed
    assert judge("spatial", "edit/32", layout(40), layout(-40)).value == 0.0


def test_left_in_the_picture() -> None:
    """A is far away and has the larger x, yet it stands to the left in the picture."""
    boxes = [Box(1, 10), Box(0.8, 2)]
    assert judge("spatial", "t2i/18", boxes).passed
    assert not judge("paper", "t2i/18", boxes).passed


ON_ITS_BACK = heading(0.0)[:, [1, 0, 2]] * [1, -1, 1]
"""Rotation whose front points up."""


class TestUndecidable:
    """What the evidence does not allow to judge."""

    @pytest.mark.parametrize("metric", ["paper", "spatial"])
    def test_unknown_orientation(self, metric: str) -> None:
        verdict = judge(metric, "t2i/0", [Box(0, 3, None)])
        assert (verdict.undecidable, verdict.value, verdict.passed) == (True, 0.0, False)
        assert verdict.reason == "orientation of A unknown: too blurred"

    def test_even_if_another_part_has_failed(self) -> None:
        verdict = judge("spatial", "t2i/10", [Box(-1, 3, 270), Box(1, 3, None)])
        assert verdict.undecidable
        assert {each.constraint: each.score for each in verdict.measurements} == {
            "angle(A.front, A->B)": 0.0,
            "elevation(A.front)": 1.0,
            "level_gap(A, B)": 1.0,
        }

    @pytest.mark.parametrize("metric", ["paper", "spatial"])
    def test_height_needs_no_orientation(self, metric: str) -> None:
        boxes = [Box(-1, 3, None, (1, 1, 1.2)), Box(1, 3, None, (1, 1, 1))]
        assert judge(metric, "t2i/29", boxes).passed
        assert judge(metric, "t2i/30", boxes).undecidable

    def test_a_front_that_points_up(self) -> None:
        scene = build([Box(0, 3)])
        item = SceneObject(name="A", points=scene.objects[0].points, rotation=ON_ITS_BACK)
        evidence = Evidence(scene=Scene(scene.camera, (item,)))
        verdict = judge_scene("spatial", "t2i/0", evidence, 1)
        assert (verdict.value, verdict.passed, verdict.undecidable) == (0.0, False, False)
        assert [each.value for each in verdict.measurements[:2]] == pytest.approx([90.0, 90.0])
        assert not judge_scene("spatial", "t2i/2", evidence, 1).undecidable

    @pytest.mark.parametrize("task", ["t2i/30", "t2i/28", "edit/30", "edit/32"])
    def test_a_front_that_points_up_gives_no_heading_to_measure_by(self, task: str) -> None:
        pair = build([Box(0, 3), Box(1, 3)])
        items = tuple(replace(item, rotation=ON_ITS_BACK) for item in pair.objects)
        scene = Scene(pair.camera, items)
        evidence = Evidence(scene=scene, scene_before=scene)
        objects = 1 if task == "edit/30" else 2
        verdict = judge_scene("spatial", task, evidence, objects)
        assert verdict.undecidable
        assert verdict.reason == "the front of A points up or down, so it has no heading"

    def test_flat_points_have_no_volume(self) -> None:
        verdict = judge("spatial", "t2i/28", [Box(-1, 3), Box(1, 3, 35, (1, 0, 1))])
        assert verdict.undecidable
        assert verdict.reason == "the points of B are flat, so it has no volume"

    @pytest.mark.parametrize("metric", ["paper", "spatial"])
    def test_a_source_without_the_object(self, metric: str) -> None:
        after = [Box(0, 3, name="A")]
        for before, why in ((None, "no scene of the source"), ([Box(0, 3, name="cat")], "missing 1 A")):
            verdict = judge(metric, "edit/20", after, before)
            assert verdict.undecidable
            assert why in verdict.reason

    @pytest.mark.parametrize("metric", ["paper", "spatial"])
    def test_no_scene_is_no_success(self, metric: str) -> None:
        verdict = judge_scene(metric, "t2i/0", Evidence(), 1)
        assert (verdict.value, verdict.undecidable) == (0.0, False)
        assert verdict.reason


def test_a_bird_above_is_not_in_front() -> None:
    assert judge("spatial", "t2i/12", [Box(0, 3, 0, y=1), Box(0, 3.1, 0, y=-1)]).value == 0.0
    high_up = judge("spatial", "t2i/12", [Box(0, 3, 0, y=1), Box(0, 4, 0, y=-1.5)])
    assert (high_up.value, high_up.undecidable) == (0.0, False)  # 1 m in front, 2.5 m above
    assert judge("spatial", "t2i/12", [Box(0, 3, 0, y=1), Box(0, 4, 0, y=0.4)]).passed  # on a low box


def test_a_camera_that_looks_straight_down_has_a_left() -> None:
    down = Camera(np.eye(3), tilt(pitch=90))
    before, after = ([Box(0, 0.2, y=4)], [Box(-1, 0.2, y=4)])
    scenes = [Scene(down, build(boxes, down.gravity_rotation).objects) for boxes in (before, after)]
    assert judge_scene("spatial", "edit/22", Evidence(scene=scenes[1], scene_before=scenes[0]), 1).passed
