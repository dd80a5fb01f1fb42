from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.detection.tests.candidates import found_of, many, reordered, rows_of, scaled
from genspace_adapter_detection.boxes import ious
from genspace_adapter_detection.suppress import at_most, suppress

RIDER = ("man", 0.9, (0, 0, 10, 20))
HORSE = ("horse", 0.8, (0, 4, 10, 22))  # IoU 16/22
CAR, TRUCK = ("car", 0.5, (0, 0, 20, 10)), ("truck", 0.6, (0, 0, 20, 10.5))


def test_the_better_of_two_boxes_of_one_name_stays():
    found = found_of(
        ("dog", 0.4, (0, 0, 10, 10)), ("dog", 0.7, (1, 0, 11, 10)), ("dog", 0.3, (30, 0, 40, 10))
    )
    assert suppress(found, 0.5, 0.8).tolist() == [1, 2]


def test_one_object_under_two_names_has_the_better_name():
    found = found_of(CAR, TRUCK)
    assert rows_of(found, suppress(found, 0.5, 0.8)) == [TRUCK]


def test_a_rider_and_the_horse_both_stay_unless_names_do_not_count():
    found = found_of(RIDER, HORSE)
    assert rows_of(found, suppress(found, 0.5, 0.8)) == sorted([RIDER, HORSE])
    assert rows_of(found, suppress(found, 0.5, 0.5)) == [RIDER]


def test_what_was_suppressed_suppresses_nothing():
    chain = found_of(("dog", 0.9, (0, 0, 10, 10)), ("dog", 0.8, (3, 0, 13, 10)), ("dog", 0.7, (6, 0, 16, 10)))
    assert suppress(chain, 0.5, 0.5).tolist() == [0, 2]


def test_no_candidates():
    assert suppress(found_of(), 0.5, 0.8).tolist() == []


def test_the_best_of_each_name_stay():
    names = np.array(["dog", "cat", "dog", "dog", "cat"])
    assert at_most(names, np.array([3, 1, 0, 4, 2]), 2).tolist() == [3, 1, 0, 4]


@given(many, st.randoms(use_true_random=False))
def test_order_changes_nothing(found, random):
    order = random.sample(range(len(found)), len(found))
    other = reordered(found, order)
    assert rows_of(found, suppress(found, 0.5, 0.8)) == rows_of(other, suppress(other, 0.5, 0.8))


@given(many)
def test_a_second_time_changes_nothing(found):
    once = reordered(found, suppress(found, 0.5, 0.8))
    assert suppress(once, 0.5, 0.8).tolist() == list(range(len(once)))


@given(many, st.sampled_from([0.25, 2.0, 64.0]))
def test_scale_changes_nothing(found, factor):
    assert suppress(found, 0.5, 0.8).tolist() == suppress(scaled(found, factor), 0.5, 0.8).tolist()


@given(many)
def test_what_stays_is_apart_and_what_goes_has_a_better_rival(found):
    kept = suppress(found, 0.5, 0.8).tolist()
    close = ious(found.boxes, found.boxes)
    limit = np.where(found.names[:, None] == found.names[None], 0.5, 0.8)
    for index in range(len(found)):
        rivals = [k for k in kept if k != index and close[index, k] > limit[index, k]]
        if index in kept:
            assert rivals == []
        else:
            assert any(found.scores[k] >= found.scores[index] for k in rivals)
