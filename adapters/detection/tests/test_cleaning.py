from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.detection.tests.candidates import boxes, found_of
from genspace_adapter_detection.boxes import masks_of
from genspace_adapter_detection.choose import choose
from genspace_adapter_detection.cleaning import carve, clean
from genspace_adapter_detection.config import GroundingDinoConfig, Sam3Config

COUCH, CAT = (0, 0, 20, 10), (4, 2, 8, 9)
PAPER = (0.05, 0.05)


def shapes(*some):
    each = np.array(some, np.float64)
    return masks_of(each, 12, 24), each


def test_a_cat_on_a_couch_is_taken_out_of_the_couch():
    masks, each = shapes(COUCH, CAT)
    carved = carve(masks, each, 0.7, 0.8)
    assert carved[0].sum() == 200 - 28
    np.testing.assert_array_equal(carved[1], masks[1])
    np.testing.assert_array_equal(masks, shapes(COUCH, CAT)[0])  # the given ones are left alone


@pytest.mark.parametrize("other", [(14, 0, 24, 10), (0, 0, 20, 9)])
def test_objects_side_by_side_or_one_behind_the_other_are_left_alone(other):
    masks, each = shapes(COUCH, other)
    np.testing.assert_array_equal(carve(masks, each, 0.7, 0.8), masks)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_what_is_taken_out_is_the_mask_as_it_was_given(order):
    """The third box is in front of the second, which is in front of the first; the third is not."""
    each = np.array([COUCH, (14, 2, 24, 8), (18, 2, 24, 6)], np.float64)[list(order)]
    carved = carve(masks_of(each, 12, 24), each, 0.5, 0.5)
    assert carved[order.index(0)].sum() == 200 - 36


def test_inner_1_leaves_all_alone():
    masks, each = shapes(COUCH, CAT)
    np.testing.assert_array_equal(carve(masks, each, 0.7, 1.0), masks)


def test_the_published_rule():
    """Overlap under 5 % of box 1 and over 5 % of box 2."""
    large = (0, 0, 20, 10)
    touching = (19, 0, 23, 8)  # 8 of 200 px = 4 %, and 8 of 32 = 25 %
    masks, each = shapes(large, touching)
    carved = carve(masks, each, *PAPER)
    assert [mask.sum() for mask in carved] == [192, 32]
    masks, each = shapes(large, (18, 0, 23, 8))  # 16 of 200 px = 8 %
    np.testing.assert_array_equal(carve(masks, each, *PAPER), masks)


def test_small_masks_go_and_the_largest_comes_first():
    masks, each = shapes((0, 0, 4, 6), (0, 0, 20, 10), (6, 6, 11, 11))
    kept, cleaned = clean(masks, each, 0.7, 1.0, min_px=25)
    assert kept.tolist() == [1, 2]
    assert [mask.sum() for mask in cleaned] == [200, 25]


def test_what_is_hidden_altogether_goes():
    masks, each = shapes(COUCH, (4, 0, 16, 10))
    masks[0] = masks[1]
    kept, _ = clean(masks, each, 0.7, 0.8, min_px=1)
    assert kept.tolist() == [1]


def test_no_masks():
    kept, cleaned = clean(np.zeros((0, 5, 7), bool), np.zeros((0, 4)), 0.7, 0.8, 25)
    assert kept.tolist() == []
    assert cleaned == []


@given(st.lists(boxes(), max_size=6, unique=True), st.randoms(use_true_random=False))
def test_order_changes_nothing(some, random):
    each = np.array(some, np.float64).reshape(-1, 4)
    masks = masks_of(each, 12, 12)
    order = np.array(random.sample(range(len(some)), len(some)), np.intp)
    kept, cleaned = clean(masks, each, 0.7, 0.8, 1)
    again, other = clean(masks[order], each[order], 0.7, 0.8, 1)
    assert kept.tolist() == order[again].tolist()
    np.testing.assert_array_equal(cleaned, other)


@given(st.lists(boxes(), max_size=6))
def test_a_second_time_changes_nothing(some):
    each = np.array(some, np.float64).reshape(-1, 4)
    kept, once = clean(masks_of(each, 12, 12), each, 0.7, 0.8, 1)
    stayed = np.array(once, np.bool_).reshape(-1, 12, 12)
    again, twice = clean(stayed, each[kept], 0.7, 0.8, 1)
    # A mask carved away may have been what was taken out of another; what stays stays as it was.
    np.testing.assert_array_equal(np.array(twice, np.bool_).reshape(-1, 12, 12), stayed[again])


def test_two_objects_cannot_be_in_front_of_each_other():
    with pytest.raises(ValueError, match="carve_outer is over carve_inner"):
        Sam3Config(carve_outer=0.9, carve_inner=0.5)


def test_low_scores_and_empty_boxes_go():
    found = found_of(
        ("dog", 0.19, (0, 0, 10, 10)), ("dog", 0.2, (20, 0, 30, 10)), ("dog", 0.9, (5, 5, 5, 10))
    )
    assert choose(found, GroundingDinoConfig(segmenter="boxes")).tolist() == [1]
