"""What headings alone do not see: things on their tail, cameras overhead, one thing high above another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import cos, radians, sin

import numpy as np
import pytest

from genspace_core.types import Evidence, Scene, Score
from genspace_metrics import load_table, measures, motion
from genspace_metrics.view import Undecidable, make_view
from tests.metrics.test_spatial_truth import INSERTS, LAYOUT, LAYOUT_TURNS, T2I, VIEWS, around
from tests.metrics.worlds import Array, Box, build, judge_scene, unturned

SIDES = {
    "front": (0, 4, 32, 8, 9, 10, 33, 34),
    "right": (3, 7, 34, 8, 9, 32, 35),
    "back": (1, 5, 35, 11),
    "left": (2, 6, 33),
}
"""Text-to-image templates that ask which way this side of A points."""


def leaning(side: str, degrees: float) -> Array:
    """Rotation in an object's own axes that lifts its front, back, left or right side by so much."""
    s, c = sin(radians(degrees)), cos(radians(degrees))
    if side in ("front", "back"):
        s = s if side == "front" else -s
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    s = s if side == "right" else -s
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])


def leant(scene: Scene, side: str, degrees: float, which: Sequence[int] = (0,)) -> Scene:
    items = [
        replace(item, rotation=item.rotation @ leaning(side, degrees)) if i in which else item
        for i, item in enumerate(scene.objects)
    ]
    return Scene(scene.camera, tuple(items))


def verdict(task: str, scene: Scene, before: Scene | None = None) -> Score:
    return judge_scene("spatial", task, Evidence(scene=scene, scene_before=before), len(scene.objects))


CASES = [(side, template) for side, templates in SIDES.items() for template in templates]
EDITS = {t2i: [e for e, same in {**VIEWS, **INSERTS}.items() if same == t2i] for t2i in range(12)}


@pytest.mark.parametrize(("side", "template"), CASES)
def test_a_side_that_points_up_is_not_the_side_that_is_shown(side: str, template: int) -> None:
    upright = build(T2I[template][0][0])
    tasks = [f"t2i/{template}", *(f"edit/{e}" for e in EDITS.get(template, []))]
    for task in tasks:
        assert verdict(task, leant(upright, side, 40)).value == 1.0
        fading = verdict(task, leant(upright, side, 52.5))
        assert (fading.value, fading.passed) == (pytest.approx(0.5), False)
        for degrees in (61, 75, 88, 90):
            overturned = verdict(task, leant(upright, side, degrees))
            assert (overturned.value, overturned.passed, overturned.undecidable) == (0.0, False, False), (
                degrees
            )


def test_a_car_on_its_tail_does_not_face_the_camera() -> None:
    car = leant(build([Box(0, 6, 180, (4.4, 1.8, 1.5))]), "front", 60)
    found = verdict("t2i/4", car)
    assert (found.value, found.passed) == (pytest.approx(0.0), False)
    assert {m.constraint: round(m.value) for m in found.measurements if not m.satisfied} == {
        "elevation(A.front)": 60
    }


def test_the_second_of_a_pair_must_stand_upright_too() -> None:
    for template in (8, 9, 10, 32):
        upright = build(T2I[template][0][0])
        assert verdict(f"t2i/{template}", leant(upright, "front", 65, which=[1])).value == 0.0


@pytest.mark.parametrize("template", range(4))
def test_a_layout_is_seen_from_a_side_that_is_upright(template: int) -> None:
    number = 32 + template
    side = ("front", "back", "left", "right")[template]
    before = build(LAYOUT[2])
    after = build(around(LAYOUT_TURNS[number], 2))
    assert verdict(f"edit/{number}", leant(after, side, 40), before).value == 1.0
    assert verdict(f"edit/{number}", leant(after, side, 65), before).value == 0.0


def from_above(boxes: Sequence[Box], degrees: float) -> Scene:
    """The boxes so far below the camera that the middle of the first two is seen at this angle."""
    x, z = (sum(getattr(b, axis) for b in boxes[:2]) / len(boxes[:2]) for axis in "xz")
    drop = float(np.hypot(x, z) * np.tan(radians(degrees)))
    return build([replace(b, y=drop) for b in boxes])


@pytest.mark.parametrize("template", [*range(8), *range(32, 36)])
def test_a_camera_overhead_shows_the_top(template: int) -> None:
    boxes = T2I[template][0][0]
    for task in (f"t2i/{template}", *(f"edit/{e}" for e in EDITS.get(template, []))):
        assert verdict(task, from_above(boxes, 55)).value == 1.0
        assert verdict(task, from_above(boxes, 70)).value == pytest.approx(0.5)
        assert verdict(task, from_above(boxes, 75)).value == pytest.approx(0.25)
        assert verdict(task, from_above(boxes, 82)).value == 0.0


@pytest.mark.parametrize("template", range(32, 36))
def test_a_layout_seen_from_overhead(template: int) -> None:
    for degrees, value in ((55, 1.0), (70, 0.5), (82, 0.0)):
        turned = around(LAYOUT_TURNS[template], 2)
        drop = 4 * float(np.tan(radians(degrees)))  # the anchor is 4 m ahead
        after = build([replace(box, y=drop) for box in turned])
        assert verdict(f"edit/{template}", after, build(LAYOUT[2])).value == pytest.approx(value)


@pytest.mark.parametrize("template", range(8, 16))
def test_one_high_above_the_other_is_not_beside_it(template: int) -> None:
    """Boxes 0.5 m high: what counts is the air between them, in heights of the higher box."""
    a, b = T2I[template][0][0]
    edits = [e for e, same in INSERTS.items() if same == template]
    for task in (f"t2i/{template}", *(f"edit/{e}" for e in edits)):
        for rise, value in ((0.3, 1.0), (0.7, 1.0), (0.875, 0.5), (1.05, 0.0), (2.5, 0.0)):
            for high, low in ((replace(a, y=a.y - rise), b), (a, replace(b, y=b.y - rise))):
                assert verdict(task, build([high, low])).value == pytest.approx(value), (task, rise)


def test_gaps_are_counted_in_heights_of_the_larger_one() -> None:
    tall, low = Box(0, 3, 0, (1, 1, 2.0), y=0.0), Box(0, 4, 0, (1, 1, 0.2), y=-2.1)
    view = make_view(build([tall, low]), build([tall, low]).objects, "gravity")
    assert measures.level_gap(view, "A", "B") == pytest.approx(1.0 / 2.0)
    assert measures.level_gap(view, "B", "A") == pytest.approx(1.0 / 2.0)
    inside = build([tall, replace(low, y=0.3)])
    assert measures.level_gap(make_view(inside, inside.objects, "gravity"), "A", "B") == 0.0


def test_without_a_height_there_is_no_measure_of_a_gap() -> None:
    flat = Box(0, 3, 0, (1, 1, 0.0))
    level, apart = (build([flat, replace(flat, z=4, y=y)]) for y in (0.5, -0.5))
    assert measures.level_gap(make_view(level, level.objects, "gravity"), "A", "B") == 0.0
    with pytest.raises(Undecidable, match="A and B have no height"):
        measures.level_gap(make_view(apart, apart.objects, "gravity"), "A", "B")


def test_ten_degrees_from_the_vertical_there_is_no_heading() -> None:
    for steep, known in ((79.9, True), (80.1, False)):
        scene = leant(build([Box(0, 3, 0), Box(0, 5, 0)]), "front", steep)
        view = make_view(scene, scene.objects, "gravity")
        assert measures.angle(view, "A.front", "A->B") == pytest.approx(0.0 if known else 90.0, abs=1e-6)
        assert measures.angle_to_line(view, "A.back", "A->B") == pytest.approx(
            0.0 if known else 90.0, abs=1e-6
        )
        if known:
            measures.extents(view.bodies["A"])
        else:
            with pytest.raises(Undecidable, match="no heading"):
                measures.extents(view.bodies["A"])
        drop = float(np.tan(radians(steep)))
        above = build([Box(0, 3, 0, y=drop), Box(0, 4, 0, y=0)])
        seen = make_view(above, above.objects, "gravity")
        assert measures.angle(seen, "A.front", "A->B") == pytest.approx(0.0 if known else 90.0, abs=1e-6)
        assert measures.elevation(seen, "A->B") == pytest.approx(steep)


def test_a_turn_is_read_from_objects_that_stand_apart_only() -> None:
    """Two objects 2 m ahead, seen again after the camera turned 20 degrees about itself."""
    c, s = cos(radians(20)), sin(radians(20))
    for spread, turn_is_seen in ((0.251, True), (0.249, False)):
        before = [(-spread, 0.0, 2.0), (spread, 0.0, 2.0)]
        after = [(c * x - s * z, y, s * x + c * z) for x, y, z in before]
        pairs = tuple(unturned(b, a) for b, a in zip(before, after, strict=True))
        went = np.linalg.norm(motion.camera_displacement(pairs))
        assert went == pytest.approx(0.0 if turn_is_seen else 2 * 2 * sin(radians(10)), abs=1e-9)


def test_every_pose_is_asked_for_upright() -> None:
    """The table has the constraints wherever a side is asked for, and nowhere else."""
    posed, paired = {*range(12), *range(32, 36)}, set(range(8, 16))
    for template in load_table("spatial").templates:
        texts = [each.text for each in template.constraints]
        assert any(t.startswith("elevation(") and "->" not in t for t in texts) == (template.number in posed)
        assert ("level_gap(A, B)" in texts) == (template.number in paired)
        overhead = [t for t in texts if t.startswith("elevation(") and t.endswith("->camera)")]
        assert len(overhead) == (template.number in {*range(8), *range(32, 36)})
