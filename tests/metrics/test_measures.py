"""The measuring functions on numbers worked out by hand."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from genspace_metrics import measures, published
from genspace_metrics.view import View, make_view
from tests.metrics.worlds import Box, build, tilt


def view(*boxes: Box, before: tuple[Box, ...] = (), pitch: float = 0.0, mixed: bool = False) -> View:
    """Both scenes by one camera; `mixed` in the published mixture of frames."""
    gravity = tilt(pitch)
    scene = build(boxes, gravity)
    frame = "camera" if mixed else "gravity"
    if not before:
        return make_view(scene, scene.objects, frame)
    source = build(before, gravity)
    return make_view(scene, scene.objects, frame, (source, source.objects))


def test_angles() -> None:
    seen = view(Box(0, 3, 90), Box(1, 4, 0), pitch=20)
    assert measures.angle(seen, "A.front", "B.front") == pytest.approx(90)
    assert measures.angle(seen, "A.front", "A->B") == pytest.approx(45)
    assert measures.angle(seen, "A.left", "A->B") == pytest.approx(45)
    assert measures.angle(seen, "A.back", "A->B") == pytest.approx(135)
    assert measures.angle(seen, "A.right", "A->camera") == pytest.approx(0)
    assert measures.angle_to_line(seen, "A.right", "A->B") == pytest.approx(45)
    assert measures.angle_to_line(seen, "A.left", "A->camera") == pytest.approx(0)


def test_from_the_midpoint_of_a_pair() -> None:
    seen = view(Box(-1, 2, 180), Box(3, 2, 180))  # midpoint (1, 2)
    assert measures.angle(seen, "A.front", "pair->camera") == pytest.approx(np.degrees(np.arctan(1 / 2)))


def test_azimuth_and_distance() -> None:
    seen = view(Box(-1, 1, y=0), Box(1, 1, y=0), pitch=-15)
    assert measures.left_of(seen, "A", "B") == pytest.approx(90)
    assert measures.left_of(seen, "B", "A") == pytest.approx(-90)
    assert measures.distance(seen, "A", "B") == pytest.approx(2)
    assert measures.distance(seen, "camera", "A") == pytest.approx(2**0.5)
    assert measures.nearer(seen, "A", "B") == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("facing", [0, 37, 90, 200, 315])
@pytest.mark.parametrize("pitch", [0, 30])
def test_sizes_whatever_the_heading_and_the_pitch(facing: float, pitch: float) -> None:
    seen = view(Box(-1, 3, facing, (1.5, 0.9, 0.4)), Box(1, 4, 10, (1.0, 0.8, 0.5)), pitch=pitch)
    assert measures.extents(seen.bodies["A"]) == pytest.approx((1.5, 0.9, 0.4))
    assert measures.excess(seen, "length", "A", "B") == pytest.approx(0.5)
    assert measures.excess(seen, "width", "A", "B") == pytest.approx(0.1)
    assert measures.excess(seen, "height", "A", "B") == pytest.approx(-0.1)
    assert measures.volume_ratio(seen, "A", "B") == pytest.approx(1.5 * 0.9 * 0.4 / 0.4)


def test_moves() -> None:
    seen = view(Box(3, 3, y=0), before=(Box(3, 4, y=0),), pitch=10)
    assert measures.moved(seen, "A", "closer") == pytest.approx(0.8)
    assert measures.moved(seen, "A", "farther") == pytest.approx(-0.8)
    assert measures.moved(seen, "A", "left") == pytest.approx(0)
    assert measures.moved_off(seen, "A", "closer") == pytest.approx(np.degrees(np.arccos(0.8)))
    assert measures.moved_off(seen, "A", "right") == pytest.approx(90)


def test_nothing_moved() -> None:
    seen = view(Box(3, 4), before=(Box(3, 4),))
    assert measures.moved(seen, "A", "left") == 0.0
    assert measures.moved_off(seen, "A", "left") == 90.0


def test_one_object_tells_a_shift_of_the_camera() -> None:
    seen = view(Box(0, 3), before=(Box(0, 4),), pitch=10)
    assert measures.camera_moved(seen, "forward") == pytest.approx(1)
    assert measures.camera_moved(seen, "backward") == pytest.approx(-1)
    assert measures.camera_moved_off(seen, "forward") == pytest.approx(0, abs=1e-5)
    assert measures.camera_moved_off(seen, "left") == pytest.approx(90)


def test_change_of_bearing_wraps() -> None:
    before = (Box(0, 4, 0), Box(-0.05, 3))  # behind A, a little to its left
    after = (Box(0, 4, 0), Box(0.05, 3))
    change = measures.bearing_change(view(*after, before=before), "A", "B")
    assert change == pytest.approx(2 * np.degrees(np.arctan(0.05)))


def test_something_put_on_top_of_the_anchor() -> None:
    on_top, beside = Box(0, 4, y=-1), Box(1, 4)
    changed = view(Box(0, 4), on_top, before=(Box(0, 4), beside))
    assert measures.bearing_change(changed, "A", "B") == 180.0
    assert measures.bearing_change(view(Box(0, 4), on_top, before=(Box(0, 4), on_top)), "A", "B") == 0.0


class TestPublished:
    """Corner cases the public rows do not reach."""

    def test_slope_without_a_front_part(self) -> None:
        exactly_beside = view(Box(0, 3, 0), Box(1, 3, 0), mixed=True)
        assert published.slope(exactly_beside, "A", "B") == 90.0

    def test_one_place_for_both(self) -> None:
        seen = view(Box(0, 3, 0), Box(0, 3, 0), mixed=True)
        assert isnan(published.slope(seen, "A", "B"))
        assert isnan(published.bearing(seen, "A", "B", "+x"))

    def test_a_cosine_past_1_is_clipped(self) -> None:
        seen = view(Box(0, 3, 180), mixed=True)
        assert published.axis_angle(seen, "A.front", "-z") == 0.0

    def test_volumes_of_flat_points(self) -> None:
        flat, full = Box(0, 3, 90, (1, 0, 1)), Box(1, 3, 90, (1, 1, 1))
        assert published.larger_ratio(view(flat, full, mixed=True), "A", "B") == float("inf")
        assert isnan(published.gain(view(flat, flat, mixed=True), "A", "B"))

    @pytest.mark.parametrize(
        ("before", "after", "miss"),
        [
            (10, 40, -35),
            (50, 40, 5),
            (-50, 0, 5),
            (170, 180 - 1e-6, -35),
            (-170, 170, -35),
            (-140, 170, -5),
            (-130, 170, 265),
            (130, -170, 5),
            (100, -100, 145),
        ],
    )
    def test_quarters(self, before: float, after: float, miss: float) -> None:
        def layout(bearing: float) -> tuple[Box, Box]:
            angle = np.radians(bearing)  # from A's front, facing away, towards its right
            return (Box(0, 4, 0), Box(np.sin(angle), 4 + np.cos(angle)))

        seen = view(*layout(after), before=layout(before), mixed=True)
        assert published.sector_miss(seen, "A", "B") == pytest.approx(miss)
