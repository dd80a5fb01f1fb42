"""What should have stayed, told from scenes with known truth. Each case names what it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_core.types import Evidence, Sample, Scene, Score
from genspace_metrics import load_table, score
from tests.metrics.worlds import Box, build, tilt

A = Box(-0.6, 4.0, 180.0, name="dog")
X = Box(0.9, 4.5, 100.0, name="chair")
Y = Box(0.0, 6.0, 40.0, name="cat")
AROUND = (0, 1, 2, 3)
SIZES, MOVES, CAMERA, ADDS = range(28, 32), range(20, 24), range(24, 28), range(8, 20)


def sample(
    template: int, objects: Sequence[str] = ("dog",), bystanders: Sequence[str] = ("chair",)
) -> Sample:
    return Sample(
        id=f"edit/{template}/00",
        task="edit",
        sub_domain="",
        template=template,
        prompt="",
        objects=tuple(objects),
        bystanders=tuple(bystanders),
    )


def kept(template: int, before: Sequence[Box], after: Sequence[Box], **names: Sequence[str]) -> Score:
    scenes = [build(boxes) for boxes in (before, after)]
    return score(
        load_table("spatial"), sample(template, **names), Evidence(scene=scenes[1], scene_before=scenes[0])
    )


def seen_from_elsewhere(boxes: Sequence[Box], turn: float, x: float = 0.0, z: float = 0.0) -> list[Box]:
    """The same layout, turned by degrees about the vertical and shifted: what a moved camera sees."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return [
        replace(
            box, x=c * box.x + s * box.z + x, z=c * box.z - s * box.x + z, facing=(box.facing or 0.0) + turn
        )
        for box in boxes
    ]


@pytest.mark.parametrize("template", [t for t in range(36) if t not in ADDS])
def test_nothing_changed_is_all_kept(template: int) -> None:
    names = ("dog", "chair") if template >= 32 else ("dog",)
    verdict = kept(template, [A, X], [A, X], objects=names, bystanders=[] if template >= 32 else ["chair"])
    assert verdict.preservation == 1.0
    assert all(m.satisfied for m in verdict.kept)


@pytest.mark.parametrize("template", ADDS)
def test_what_is_added_is_neither_kept_nor_lost(template: int) -> None:
    names = {"objects": ("dog", "chair"), "bystanders": ()}
    assert kept(template, [A], [A, X], **names).preservation == 1.0
    assert kept(template, [A], [A], **names).preservation == 1.0  # not added: a fault of the score
    assert kept(template, [A], [replace(A, x=A.x + 1.0), X], **names).preservation == 0.0
    assert kept(template, [A], [A, X, replace(X, x=2.0)], **names).preservation == 0.5  # one too many


def test_t2i_and_paper_have_none() -> None:
    scene = build([A, X])
    t2i = replace(sample(0), task="t2i", bystanders=())
    assert score(load_table("spatial"), t2i, Evidence(scene=scene)).preservation is None
    evidence = Evidence(scene=scene, scene_before=scene)
    assert score(load_table("paper"), sample(20), evidence).preservation is None
    assert score(load_table("spatial"), sample(4), Evidence(scene=scene)).preservation is None


@pytest.mark.parametrize("template", [t for t in range(32) if t not in ADDS])
@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"x": X.x + 1.0}, "place"),
        ({"z": X.z + 1.0}, "place"),
        ({"facing": 170.0}, "heading"),
        ({"size": (0.8, 0.6, 1.0), "y": 0.25}, "size"),
    ],
)
def test_a_bystander_that_changed_is_told(template: int, change: dict[str, object], aspect: str) -> None:
    verdict = kept(template, [A, X], [A, replace(X, **change)])  # type: ignore[arg-type]
    assert verdict.preservation == 0.5  # A is kept, the chair is not
    failed = [m.constraint for m in verdict.kept if not m.satisfied]
    assert failed == [f"{aspect}(chair)"]


@pytest.mark.parametrize("template", [4, 20, 28])
def test_objects_lost_and_added(template: int) -> None:
    assert kept(template, [A, X], [A]).preservation == 0.5
    assert kept(template, [A, X], [X]).preservation == 0.5
    assert kept(template, [A, X], []).preservation == 0.0
    third = kept(template, [A, X], [A, X, replace(X, x=2.0)])
    assert third.preservation == pytest.approx(2 / 3)
    assert [m.constraint for m in third.kept if not m.satisfied] == ["added(chair)"]


def test_a_bystander_the_source_does_not_show_is_not_missed() -> None:
    assert kept(20, [A], [A]).preservation == 1.0
    assert kept(20, [A], [A, X]).preservation == 1.0


def test_strangers_do_not_count() -> None:
    assert kept(20, [A, X], [A, X, Y]).preservation == 1.0


# --- what may change and what may not ------------------------------------------------------------


@pytest.mark.parametrize("template", range(4, 8))
def test_turning_turns_and_nothing_else(template: int) -> None:
    assert kept(template, [A, X], [replace(A, facing=0.0), X]).preservation == 1.0
    assert kept(template, [A, X], [replace(A, facing=0.0, x=0.4), X]).preservation == 0.5
    assert kept(template, [A, X], [replace(A, facing=0.0, size=(1.6, 1.2, 1.0)), X]).preservation == 0.5


@pytest.mark.parametrize("template", MOVES)
def test_moving_moves_and_nothing_else(template: int) -> None:
    assert kept(template, [A, X], [replace(A, x=A.x - 1), X]).preservation == 1.0
    assert kept(template, [A, X], [replace(A, x=A.x - 1, facing=90.0), X]).preservation == 0.5


GROWN = {28: (0.88, 0.66, 0.55), 29: (0.8, 0.6, 0.7), 30: (1.3, 0.6, 0.5), 31: (0.8, 1.0, 0.5)}


def grown(template: int) -> Box:
    """A as it is asked for: the centre of what grows taller rises; its foot stays."""
    size = GROWN[template]
    return replace(A, size=size, y=A.y - (size[2] - A.size[2]) / 2)


@pytest.mark.parametrize("template", SIZES)
def test_growing_is_not_moving(template: int) -> None:
    larger = grown(template)
    assert kept(template, [A, X], [larger, X]).preservation == 1.0
    assert kept(template, [A, X], [replace(larger, y=A.y - 1.1), X]).preservation == 0.5  # it floats
    assert kept(template, [A, X], [replace(larger, x=A.x + 1.0), X]).preservation == 0.5


@pytest.mark.parametrize("template", SIZES)
def test_only_the_asked_extent_may_grow(template: int) -> None:
    """ "With the same length and width": another extent twice as large is told."""
    if template == 28:
        spoilt = [(1.9, 0.6, 0.25)]
    else:
        asked = {29: 2, 30: 0, 31: 1}[template]
        sizes = [list(GROWN[template]) for _ in range(2)]
        for size, other in zip(sizes, (k for k in range(3) if k != asked), strict=True):
            size[other] *= 2
        spoilt = [(s[0], s[1], s[2]) for s in sizes]
    for size in spoilt:
        larger = replace(A, size=size, y=A.y - (size[2] - A.size[2]) / 2)
        assert kept(template, [A, X], [larger, X]).preservation == 0.5, size


@pytest.mark.parametrize("template", [*AROUND, 32, 33, 34, 35])
@pytest.mark.parametrize("turn", [90.0, 180.0, -135.0])
def test_a_camera_that_goes_round_moves_nothing(template: int, turn: float) -> None:
    names = {"objects": ("dog", "chair"), "bystanders": ()} if template >= 32 else {}
    after = seen_from_elsewhere([A, X], turn, 0.3, 8.0)
    assert kept(template, [A, X], after, **names).preservation == pytest.approx(1.0)
    turned = [replace(A, facing=(A.facing or 0) + turn), X]  # not the camera went: A was turned
    assert kept(template, [A, X], turned, **names).preservation == pytest.approx(0.5)


@pytest.mark.parametrize("template", CAMERA)
def test_a_camera_that_steps_moves_nothing(template: int) -> None:
    after = [replace(box, x=box.x + 1.0, z=box.z - 1.0) for box in (A, X)]
    assert kept(template, [A, X], after).preservation == pytest.approx(1.0)
    alone = [replace(A, z=A.z - 1.0), X]  # A came instead of the camera
    assert kept(template, [A, X], alone).preservation == 0.5


@pytest.mark.parametrize("template", [4, 17, 20, 29])
def test_a_moved_camera_keeps_nothing_where_it_had_to_stay(template: int) -> None:
    names = {"objects": ("dog", "cat"), "bystanders": ()} if template == 17 else {}
    boxes = [A] if template == 17 else [A, X]
    after = [replace(box, x=box.x + 2.0) for box in boxes]
    verdict = kept(template, boxes, after, **names)
    assert verdict.preservation == (0.5 if template == 20 else 0.0)  # 20 lets A move


def test_the_anchor_of_three_is_the_last() -> None:
    boxes = [X, Y, A]
    names = {"objects": ("chair", "cat", "dog"), "bystanders": ()}
    after = seen_from_elsewhere(boxes, 120.0, 0.0, 7.0)
    assert kept(32, boxes, after, **names).preservation == pytest.approx(1.0)
    after[0] = replace(after[0], x=after[0].x + 2.0)
    assert kept(32, boxes, after, **names).preservation == pytest.approx(2 / 3)


def test_what_cannot_be_measured_is_left_out() -> None:
    blind = replace(X, facing=None)
    verdict = kept(4, [A, blind], [A, blind])
    assert verdict.preservation == 1.0
    assert "heading(chair)" not in [m.constraint for m in verdict.kept]
    # Round an anchor without a front nothing can be compared but presence and height.
    verdict = kept(0, [replace(A, facing=None), X], [replace(A, facing=None), replace(X, x=3.0)])
    assert verdict.preservation == 1.0
    assert [m.constraint for m in verdict.kept] == ["size(dog)", "size(chair)"]


def test_it_fades() -> None:
    """Half way between 5 % and 15 % of the distance counts half."""
    far = Box(0.0, 10.0, 180.0, y=0.25, name="chair")
    distance = float(np.hypot(10.0, 0.5))  # to its foot
    verdict = kept(4, [A, far], [A, replace(far, x=0.1 * distance)])
    assert verdict.preservation == pytest.approx((1 + 0.5) / 2)


@given(
    st.floats(-40, 40),
    st.floats(-15, 15),
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.sampled_from([4, 20, 28, 0, 24]),
)
def test_the_cameras_tilt_changes_nothing(
    pitch: float, roll: float, x: float, z: float, template: int
) -> None:
    """Metamorphic: scenes told in the frame of a tilted camera give the same number."""
    before, after = [A, X], [replace(A, x=A.x + x), replace(X, z=X.z + z)]
    level = kept(template, before, after).preservation
    scenes: list[Scene] = [build(boxes, tilt(pitch, roll)) for boxes in (before, after)]
    tilted = score(
        load_table("spatial"), sample(template), Evidence(scene=scenes[1], scene_before=scenes[0])
    ).preservation
    assert level is not None
    assert tilted == pytest.approx(level, abs=1e-9)


@given(st.permutations([A, X, Y]), st.permutations([A, X, Y]))
def test_the_order_of_detections_changes_nothing(before: list[Box], after: list[Box]) -> None:
    assert kept(20, before, after, bystanders=("chair", "cat")).preservation == 1.0


def test_two_objects_of_one_name_are_taken_for_each_other() -> None:
    left, right = replace(X, x=-1.5), replace(X, x=1.5)
    for order in ([left, right], [right, left]):
        assert kept(20, [A, left, right], [A, *order]).preservation == 1.0
    assert kept(20, [A, left, right], [A, left]).preservation == pytest.approx(2 / 3)
    assert kept(20, [A, left, right], [A, right]).preservation == pytest.approx(2 / 3)


def test_twins_seen_from_the_other_side_are_kept() -> None:
    anchor = Box(0.0, 4.0, 180.0, name="chair")
    dogs = [Box(-1.0, 4.0, 180.0, name="dog"), Box(1.0, 4.0, 180.0, name="dog")]
    names = {"objects": ("dog", "dog", "chair"), "bystanders": ()}
    behind = seen_from_elsewhere([*dogs, anchor], 180.0, 0.0, 8.0)
    verdict = kept(33, [*dogs, anchor], behind, **names)
    assert (verdict.passed, verdict.preservation) == (True, pytest.approx(1.0))


def test_one_twin_alone_is_the_anchor() -> None:
    """Of (chair, dog, dog) the anchor is the right dog; of (dog, dog) the left one. The other must stay."""
    chair = Box(-2.0, 4.0, 180.0, name="chair")
    dogs = [Box(-0.7, 4.0, 180.0, name="dog"), Box(1.0, 4.5, 160.0, name="dog")]
    names = {"objects": ("chair", "dog", "dog"), "bystanders": ()}
    after = seen_from_elsewhere([chair, *dogs], 130.0, 0.0, 7.0)
    assert kept(32, [chair, *dogs], after, **names).preservation == pytest.approx(1.0)
    two = {"objects": ("dog", "dog"), "bystanders": ()}
    thrown = [dogs[0], replace(dogs[1], x=7.0)]
    assert kept(32, dogs, thrown, **two).preservation == pytest.approx(0.5)


def test_a_second_dog_is_added_and_the_first_must_stay() -> None:
    names = {"objects": ("dog", "dog"), "bystanders": ("chair",)}
    second = Box(0.4, 4.2, 180.0, name="dog")
    assert kept(17, [A, X], [A, second, X], **names).preservation == 1.0
    assert kept(17, [A, X], [replace(A, x=-2.4), replace(second, x=2.4), X], **names).preservation == 0.5


# --- the score beside it -------------------------------------------------------------------------


def test_a_zoom_is_no_move() -> None:
    """Everything 1 m closer: the dog did not move, the camera did."""
    zoomed = [replace(box, z=box.z - 1.0) for box in (A, X)]
    assert kept(20, [A, X], zoomed).value == pytest.approx(0.0, abs=1e-9)
    assert kept(20, [A, X], [replace(A, x=A.x * 3 / 4, z=3.0), X]).passed
    assert kept(20, [A], [replace(A, x=A.x * 3 / 4, z=3.0)], bystanders=()).passed  # alone, nobody can tell


def test_an_object_that_came_is_no_moved_camera() -> None:
    assert kept(24, [A, X], [replace(A, z=3.0), X]).value == 0.0
    assert kept(24, [A, X], [replace(box, z=box.z - 1.0) for box in (A, X)]).passed


@pytest.mark.parametrize(
    ("template", "step", "shove"),
    [
        (24, (0.0, -1.0), (0.6, 0.0)),
        (25, (1.0, 0.0), (0.0, 0.6)),
        (26, (-1.0, 0.0), (0.0, 0.6)),
        (27, (0.0, 1.0), (0.6, 0.0)),
    ],
)
def test_a_shoved_bystander_does_not_turn_the_camera(
    template: int, step: tuple[float, float], shove: tuple[float, float]
) -> None:
    after = [replace(box, x=box.x + step[0], z=box.z + step[1]) for box in (A, X)]
    after[1] = replace(after[1], x=after[1].x + shove[0], z=after[1].z + shove[1])
    verdict = kept(template, [A, X], after)
    assert verdict.passed, verdict.measurements
    assert verdict.preservation is not None
    assert verdict.preservation < 0.75


def test_twins_may_swap_when_seen_from_the_other_side() -> None:
    """Two dogs left and right of a chair: from behind, the left one is the right one."""
    anchor = Box(0.0, 4.0, 180.0, name="chair")
    dogs = [Box(-1.0, 4.0, 180.0, name="dog"), Box(1.0, 4.0, 180.0, name="dog")]
    names = {"objects": ("dog", "dog", "chair"), "bystanders": ()}
    boxes = [*dogs, anchor]
    behind = seen_from_elsewhere(boxes, 180.0, 0.0, 8.0)
    assert kept(33, boxes, behind, **names).passed
    for dog in (0, 1):
        moved = list(behind)
        moved[dog] = replace(moved[dog], x=0.0, z=moved[dog].z + 2.0)
        assert not kept(33, boxes, moved, **names).passed


def test_preservation_stands_beside_the_score_only() -> None:
    """Whatever happens to a bystander's heading and size, the score of a turned A is the same."""
    for facing, size in product((100.0, 280.0), ((0.8, 0.6, 0.5), (2.0, 2.0, 2.0))):
        verdict = kept(4, [replace(A, facing=0.0), X], [A, replace(X, facing=facing, size=size)])
        assert verdict.value == 1.0
