from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.detection.tests.candidates import boxes
from genspace_adapter_detection.boxes import areas, clip, corners, insides, ious, masks_of, union_area

SQUARE = np.array([[0.0, 0, 10, 10]])


def test_corners_of_a_centre_and_a_size():
    np.testing.assert_allclose(corners(np.array([[5.0, 7, 4, 2]])), [[3, 6, 7, 8]])


def test_clipping_keeps_what_is_in_the_picture():
    given_ = np.array([[-5.0, -5, 20, 8], [30, 0, 40, 5]])
    clipped = clip(given_, height=10, width=16)
    np.testing.assert_array_equal(clipped, [[0, 0, 16, 8], [16, 0, 16, 5]])
    np.testing.assert_array_equal(areas(clipped), [128, 0])


def test_overlaps_of_known_boxes():
    others = np.array([[5.0, 0, 15, 10], [0, 0, 10, 10], [20, 20, 30, 30], [2, 2, 4, 4]])
    np.testing.assert_allclose(ious(SQUARE, others), [[1 / 3, 1, 0, 0.04]])
    np.testing.assert_allclose(insides(others, SQUARE)[:, 0], [0.5, 1, 0, 1])


def test_boxes_without_an_area_overlap_nothing():
    empty = np.array([[3.0, 3, 3, 8]])
    assert ious(empty, empty) == 0
    assert insides(empty, SQUARE) == 0


@given(st.lists(boxes(), min_size=1, max_size=6))
def test_the_union_is_what_is_painted(some):
    painted = np.zeros((12, 12), bool)
    for x0, y0, x1, y1 in some:
        painted[int(y0) : int(y1), int(x0) : int(x1)] = True
    assert union_area(np.array(some)) == painted.sum()


def test_a_box_as_a_mask_holds_the_pixels_whose_centres_are_in_it():
    mask = masks_of(np.array([[1.0, 0, 3, 2]]), 4, 5)[0]
    assert mask.sum() == 4
    assert mask[:2, 1:3].all()


def test_a_pixel_whose_centre_is_out_is_not_in_the_mask():
    mask = masks_of(np.array([[0.6, 0.4, 2.4, 2.6]]), 4, 5)[0]
    assert np.argwhere(mask).tolist() == [[0, 1], [1, 1], [2, 1]]


@pytest.mark.parametrize(
    "box", [(2.1, 2.1, 2.3, 2.3), (4.9, 3.9, 5, 4), (0, 0, 0.2, 0.2), (0, 0, 5, 4), (4.6, 0, 5, 4)]
)
def test_a_box_is_never_an_empty_mask(box):
    mask = masks_of(np.array([box], np.float64), 4, 5)[0]
    assert mask.any()
    assert mask.shape == (4, 5)
