"""`spatial` on scenes whose truth a person can read: for every template what passes and what does not.

Boxes are told from above (see worlds.py): x to the camera's right, z away from it, facing 0 away from
the camera, 90 to its right, 180 to it, 270 to its left.
"""

from __future__ import annotations

from math import cos, radians, sin

import pytest

from tests.metrics.worlds import Box, judge

A = Box(0, 3)


def pair(a: Box, b: Box) -> list[Box]:
    return [a, b]


def facing(degrees: float) -> list[Box]:
    return [Box(0, 3, degrees)]


def side_by_side(a: float, b: float) -> list[Box]:
    """Along the camera's x."""
    return [Box(-0.6, 3, a), Box(0.6, 3, b)]


def in_depth(a: float, b: float) -> list[Box]:
    """Along the camera's z."""
    return [Box(0, 3, a), Box(0, 4.2, b)]


def sized(length: float, width: float, height: float, facing: float = 130) -> Box:
    return Box(-1, 3, facing, (length, width, height))


STANDARD = Box(1, 4, 20, (1.0, 0.8, 0.6))


T2I: dict[int, tuple[list[list[Box]], list[list[Box]]]] = {
    # template: (scenes that pass, scenes that score 0)
    0: ([facing(180), facing(170), [Box(2, 2, 225)]], [facing(0), facing(90), facing(270), [Box(2, 2, 180)]]),
    1: ([facing(0), [Box(-2, 2, 315)]], [facing(180), facing(90)]),
    2: ([facing(270), facing(250)], [facing(90), facing(180), facing(0)]),
    3: ([facing(90), facing(110)], [facing(270), facing(180), facing(0)]),
    4: ([facing(180)], [facing(0), facing(120)]),
    5: ([facing(0)], [facing(180), facing(60)]),
    6: ([facing(270)], [facing(90), facing(180)]),
    7: ([facing(90)], [facing(270), facing(0)]),
    8: (
        [side_by_side(180, 180), side_by_side(0, 20), in_depth(90, 90)],
        [side_by_side(180, 0), side_by_side(90, 90), in_depth(180, 180), side_by_side(180, 90)],
    ),
    9: ([side_by_side(180, 0), in_depth(90, 270)], [side_by_side(180, 180), side_by_side(90, 270)]),
    10: (
        [side_by_side(90, 270), in_depth(0, 180), side_by_side(100, 260)],
        [side_by_side(270, 90), side_by_side(90, 90), side_by_side(180, 0), in_depth(180, 0)],
    ),
    11: ([side_by_side(270, 90), in_depth(180, 0)], [side_by_side(90, 270), side_by_side(0, 180)]),
    12: (
        [side_by_side(90, 0), in_depth(0, 90)],
        [side_by_side(270, 0), in_depth(180, 90), side_by_side(0, 0)],
    ),
    13: ([side_by_side(270, 0), in_depth(180, 90)], [side_by_side(90, 0), in_depth(0, 90)]),
    14: ([side_by_side(180, 0), in_depth(90, 0)], [side_by_side(0, 0), side_by_side(90, 0)]),
    15: ([side_by_side(0, 0), in_depth(270, 0)], [side_by_side(180, 0), in_depth(90, 0)]),
    16: ([pair(Box(1, 2), Box(0, 3))], [pair(Box(0, 3), Box(1, 2))]),
    17: ([pair(Box(0, 3), Box(1, 2))], [pair(Box(1, 2), Box(0, 3))]),
    18: ([pair(Box(-1, 3), Box(1, 3)), pair(Box(1, 10), Box(0.8, 2))], [pair(Box(1, 3), Box(-1, 3))]),
    19: ([pair(Box(1, 3), Box(-1, 3))], [pair(Box(-1, 3), Box(1, 3)), pair(Box(1, 10), Box(0.8, 2))]),
    20: ([pair(A, Box(0.3, 3.4))], [pair(A, Box(0, 4)), pair(A, Box(0.2, 3))]),
    21: ([pair(A, Box(0.6, 3.8))], [pair(A, Box(0, 5)), pair(A, Box(0.5, 3))]),
    22: ([pair(A, Box(0.9, 4.2))], [pair(A, Box(0, 6)), pair(A, Box(0.7, 3))]),
    23: ([pair(A, Box(1.2, 4.6))], [pair(A, Box(0, 7)), pair(A, Box(1, 3))]),
    24: ([[Box(0, 1, y=0)]], [[Box(0, 2, y=0)], [Box(0, 0.5, y=0)]]),
    25: ([[Box(0, 2, y=0)]], [[Box(0, 4, y=0)], [Box(0, 1, y=0)]]),
    26: ([[Box(1.8, 2.4, y=0)]], [[Box(0, 5, y=0)], [Box(0, 1.5, y=0)]]),
    27: ([[Box(0, 4, y=0)]], [[Box(0, 6, y=0)], [Box(0, 2.5, y=0)]]),
    28: (
        [pair(sized(length, 0.8, 0.6), STANDARD) for length in (1.11, 1.2, 1.39)]
        + [pair(sized(1.0, 0.8, 0.72), STANDARD)],
        [pair(sized(length, 0.8, 0.6), STANDARD) for length in (0.8, 1.0, 1.06, 1.61)],
    ),
    29: (
        [pair(sized(1.0, 0.8, 0.8), STANDARD), pair(sized(3.0, 2.0, 0.8), STANDARD)],
        [pair(sized(1.0, 0.8, 0.6), STANDARD), pair(sized(1.0, 0.8, 0.4), STANDARD)],
    ),
    30: (
        [pair(sized(1.5, 0.8, 0.6), STANDARD)],
        [pair(sized(0.5, 0.8, 0.6), STANDARD), pair(sized(1.0, 1.3, 1.1), STANDARD)],
    ),
    31: (
        [pair(sized(1.0, 1.1, 0.6), STANDARD)],
        [pair(sized(1.0, 0.5, 0.6), STANDARD), pair(sized(1.3, 0.8, 0.9), STANDARD)],
    ),
    32: ([side_by_side(180, 180)], [side_by_side(0, 0), side_by_side(180, 0), in_depth(180, 180)]),
    33: ([in_depth(270, 270)], [in_depth(90, 90), side_by_side(270, 270), side_by_side(180, 180)]),
    34: ([in_depth(90, 90)], [in_depth(270, 270), side_by_side(90, 90), side_by_side(180, 180)]),
    35: ([side_by_side(0, 0)], [side_by_side(180, 180), in_depth(0, 0)]),
}

# As in text to image, in the order of the editing templates.
INSERTS = {8: 8, 9: 9, 10: 10, 11: 11, 12: 12, 13: 14, 14: 15, 15: 13, 17: 19, 18: 18, 16: 17, 19: 16}
VIEWS = {0: 0, 1: 2, 2: 3, 3: 1, 4: 0, 5: 2, 6: 3, 7: 1}

OLD = Box(0.6, 4, 130)
THREE = [OLD, Box(-1, 5), Box(0.5, 6)]


def put(x: float, z: float) -> list[Box]:
    return [Box(x, z, 130)]


def seen(turn: float, x: float, z: float) -> list[Box]:
    """THREE from a camera that went by (x, z) and then turned to the right by `turn` degrees."""
    c, s = cos(radians(turn)), sin(radians(turn))
    return [
        Box(c * (b.x - x) - s * (b.z - z), s * (b.x - x) + c * (b.z - z), (b.facing or 0) - turn)
        for b in THREE
    ]


SMALL = [Box(0, 3, 40, (1.0, 0.8, 0.6))]


def grown(length: float, width: float, height: float) -> list[Box]:
    return [Box(0.2, 3.1, 75, (length, width, height))]


EDIT: dict[int, tuple[list[Box], list[list[Box]], list[list[Box]]]] = {
    # template: (before, pass, score 0)
    20: ([OLD], [put(0.45, 3.01)], [[OLD], put(0.3, 2), put(0.75, 5), put(-0.4, 4)]),
    21: ([OLD], [put(0.75, 4.99)], [[OLD], put(0.45, 3.01), put(0.9, 6)]),
    22: ([OLD], [put(-0.4, 4), put(-0.4, 4.3)], [[OLD], put(1.6, 4), put(-1.4, 4), put(-0.4, 6)]),
    23: ([OLD], [put(1.6, 4)], [[OLD], put(-0.4, 4), put(2.6, 4)]),
    24: (THREE, [seen(0, 0, 1), seen(20, 0, 1), seen(0, 0.3, 1)], [THREE, seen(0, 0, -1), seen(20, 0, 0)]),
    25: (THREE, [seen(0, -1, 0), seen(-25, -1, 0)], [THREE, seen(0, 1, 0), seen(15, 0, 0), seen(0, -2, 0)]),
    26: (THREE, [seen(0, 1, 0), seen(25, 1, 0)], [THREE, seen(0, -1, 0), seen(-15, 0, 0), seen(0, 2, 0)]),
    27: (THREE, [seen(0, 0, -1), seen(-30, 0, -1)], [THREE, seen(0, 0, 1), seen(0, 0, -2)]),
    28: (
        SMALL,
        [grown(1.2, 0.8, 0.6), grown(1.11, 0.8, 0.6), grown(1.39, 0.8, 0.6)],
        [SMALL, grown(1.0, 0.8, 0.5), grown(1.06, 0.8, 0.6), grown(1.61, 0.8, 0.6)],
    ),
    29: (SMALL, [grown(1.0, 0.8, 0.8)], [SMALL, grown(1.0, 0.8, 0.4), grown(1.0, 0.8, 1.0)]),
    30: (SMALL, [grown(1.5, 0.8, 0.6)], [SMALL, grown(0.5, 0.8, 0.6), grown(1.0, 1.3, 1.1)]),
    31: (SMALL, [grown(1.0, 1.2, 0.6)], [SMALL, grown(1.0, 0.4, 0.6), grown(1.4, 0.8, 1.0)]),
}  # fmt: skip

# A faces the camera's right and B stands in front of it; C left of both. Then the camera sees A's front.
LAYOUT = {
    2: [Box(0, 4, 90), Box(1.2, 4, 0)],
    3: [Box(1.2, 4, 0), Box(0, 5.2, 45), Box(0, 4, 90)],  # B left of the anchor C
}


def around(turn: float, objects: int) -> list[Box]:
    """LAYOUT from a camera that walked around the anchor: turned by `turn` degrees about (0, 4)."""
    c, s = cos(radians(turn)), sin(radians(turn))
    return [
        Box(c * b.x + s * (b.z - 4), c * (b.z - 4) - s * b.x + 4, (b.facing or 0) + turn)
        for b in LAYOUT[objects]
    ]


LAYOUT_TURNS = {32: 90, 33: -90, 34: 180, 35: 0}
"""By how much 90 (facing right) must turn so that the camera sees front, back, left, right."""


@pytest.mark.parametrize("template", range(36))
def test_text_to_image(template: int) -> None:
    good, bad = T2I[template]
    for boxes in good:
        verdict = judge("spatial", f"t2i/{template}", boxes)
        assert (verdict.passed, verdict.value) == (True, 1.0), (boxes, verdict)
    for boxes in bad:
        verdict = judge("spatial", f"t2i/{template}", boxes)
        assert (verdict.passed, verdict.value) == (False, 0.0), (boxes, verdict)


@pytest.mark.parametrize("template", sorted({**INSERTS, **VIEWS}))
def test_editing_without_a_before(template: int) -> None:
    good, bad = T2I[{**INSERTS, **VIEWS}[template]]
    for boxes in good:
        assert judge("spatial", f"edit/{template}", boxes).value == 1.0, boxes
    for boxes in bad:
        verdict = judge("spatial", f"edit/{template}", boxes)
        assert not verdict.passed, (boxes, verdict)
        assert verdict.value <= 0.7, (boxes, verdict)


@pytest.mark.parametrize("template", sorted(EDIT))
def test_editing_with_a_before(template: int) -> None:
    before, good, bad = EDIT[template]
    objects = 1
    for boxes in good:
        verdict = judge("spatial", f"edit/{template}", boxes, before, objects=objects)
        assert (verdict.passed, verdict.value) == (True, 1.0), (boxes, verdict)
    for boxes in bad:
        verdict = judge("spatial", f"edit/{template}", boxes, before, objects=objects)
        assert (verdict.passed, verdict.value) == (False, 0.0), (boxes, verdict)


@pytest.mark.parametrize("objects", [2, 3])
@pytest.mark.parametrize("template", [32, 33, 34, 35])
def test_keep_the_layout(template: int, objects: int) -> None:
    right_turn = LAYOUT_TURNS[template]
    for turn in (0, 90, 180, -90):
        verdict = judge("spatial", f"edit/{template}", around(turn, objects), LAYOUT[objects])
        assert verdict.value == float(turn == right_turn), verdict
    moved = around(right_turn, objects)
    which = 0 if objects == 3 else 1
    other = moved[which]
    moved[which] = Box(-other.x, 8 - other.z, other.facing)  # to the far side of the anchor
    assert judge("spatial", f"edit/{template}", moved, LAYOUT[objects]).value == 0.0


def test_a_target_of_the_sample_takes_the_place_of_the_tables() -> None:
    boxes = pair(A, Box(0, 5.4))
    assert not judge("spatial", "t2i/20", boxes).passed
    assert judge("spatial", "t2i/20", boxes, distance=2.4).passed
    assert judge("paper", "t2i/20", boxes, distance=2.4).passed
    assert judge("spatial", "edit/20", put(0.3, 2.02), [OLD], move=2.0).passed
