from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.detection.tests.candidates import found_of, many, reordered, rows_of, scaled
from genspace_adapter_detection.choose import choose
from genspace_adapter_detection.config import GroundingDinoConfig
from genspace_adapter_detection.contain import without_groups, without_parts

LEFT, RIGHT = ("dog", 0.6, (0, 0, 10, 10)), ("dog", 0.5, (11, 0, 20, 10))
BOTH = ("dog", 0.7, (0, 0, 20, 10))


def groups_out(*rows):
    found = found_of(*rows)
    return rows_of(found, without_groups(found, 0.8, 0.7, 0.5))


def parts_out(*rows):
    found = found_of(*rows)
    return rows_of(found, without_parts(found, 0.8, 0.5))


def test_a_box_around_two_dogs_is_a_group():
    assert groups_out(BOTH, LEFT, RIGHT) == sorted([LEFT, RIGHT])


def test_the_group_goes_before_it_can_win_over_an_object():
    """Its IoU with the left dog is over 0.5, and it scores best: suppression alone would keep it."""
    left = ("dog", 0.6, (0, 0, 12, 10))
    found = found_of(BOTH, left, ("dog", 0.5, (12, 0, 20, 10)))
    kept = choose(found, GroundingDinoConfig(segmenter="boxes"))
    assert rows_of(found, kept) == rows_of(found, [1, 2])


def test_groups_of_groups_go_too():
    third = ("dog", 0.6, (21, 0, 30, 10))
    assert groups_out(LEFT, RIGHT, third, BOTH, ("dog", 0.7, (0, 0, 30, 10))) == sorted([LEFT, RIGHT, third])


def test_two_boxes_around_one_group_both_go():
    assert groups_out(BOTH, ("dog", 0.8, (0, 0, 21, 10.5)), LEFT, RIGHT) == sorted([LEFT, RIGHT])


def test_an_object_found_twice_is_no_group():
    again = ("dog", 0.55, (0.5, 0, 10, 10))
    assert groups_out(("dog", 0.6, (0, 0, 11, 10)), LEFT, again) == sorted(
        [("dog", 0.6, (0, 0, 11, 10)), LEFT, again]
    )


def test_small_things_far_apart_do_not_make_a_group():
    """A dog in front, with two others small and far behind its legs."""
    large = ("dog", 0.9, (0, 0, 100, 100))
    small = [("dog", 0.8, (5, 80, 15, 90)), ("dog", 0.8, (80, 80, 90, 90))]
    assert groups_out(large, *small) == sorted([large, *small])


def test_parts_that_score_low_do_not_make_a_group():
    whole = ("chair", 0.8, (0, 0, 10, 20))
    halves = [("chair", 0.3, (0, 0, 10, 10)), ("chair", 0.3, (0, 10, 10, 20))]
    assert whole in groups_out(whole, *halves)
    assert parts_out(whole, *halves) == [whole]


def test_other_names_do_not_make_a_group():
    rider = ("man", 0.7, (0, 0, 20, 10))
    assert groups_out(rider, LEFT, RIGHT) == sorted([rider, LEFT, RIGHT])


def test_cover_1_keeps_groups():
    tight = [("dog", 0.6, (0, 0, x + 0.1, 10.1)) for x in (3.3, 6.6, 9.9)]
    tight += [("dog", 0.6, (x0 + 0.1, 0, x1 + 0.1, 10.1)) for x0, x1 in ((3.3, 6.6), (6.6, 9.9), (3.3, 9.9))]
    for found in (found_of(BOTH, LEFT, RIGHT), found_of(*tight)):
        assert len(without_groups(found, 0.8, 1.0, 0.5)) == len(found)


def test_a_part_goes_and_a_second_object_in_front_stays():
    large = ("dog", 0.8, (0, 0, 40, 40))
    part, other = ("dog", 0.3, (0, 0, 12, 12)), ("dog", 0.7, (5, 20, 20, 40))
    assert parts_out(large, part, other) == sorted([large, other])


def test_what_is_larger_is_no_part():
    better, larger = ("dog", 0.9, (0, 0, 10, 10)), ("dog", 0.3, (0, 0, 10, 12))
    assert parts_out(better, larger) == sorted([better, larger])


def test_a_part_of_another_name_stays():
    wheel = ("wheel", 0.1, (0, 0, 10, 10))
    car = ("car", 0.9, (0, 0, 40, 20))
    assert parts_out(car, wheel) == sorted([car, wheel])


def test_score_0_keeps_parts():
    found = found_of(("dog", 0.8, (0, 0, 40, 40)), ("dog", 0.01, (0, 0, 12, 12)))
    assert len(without_parts(found, 0.8, 0.0)) == 2


def test_no_candidates():
    assert groups_out() == []
    assert parts_out() == []


RULES = (lambda found: without_groups(found, 0.8, 0.7, 0.5), lambda found: without_parts(found, 0.8, 0.5))


@given(many, st.randoms(use_true_random=False), st.sampled_from(RULES))
def test_order_changes_nothing(found, random, rule):
    other = reordered(found, random.sample(range(len(found)), len(found)))
    assert rows_of(found, rule(found)) == rows_of(other, rule(other))


@given(many, st.sampled_from(RULES))
def test_a_second_time_changes_nothing(found, rule):
    once = reordered(found, rule(found))
    assert len(rule(once)) == len(once)


@given(many, st.sampled_from([0.25, 2.0, 64.0]), st.sampled_from(RULES))
def test_scale_changes_nothing(found, factor, rule):
    assert rule(found).tolist() == rule(scaled(found, factor)).tolist()


@given(many, st.randoms(use_true_random=False))
def test_order_changes_nothing_of_all_rules_together(found, random):
    rules = GroundingDinoConfig(segmenter="boxes")
    other = reordered(found, random.sample(range(len(found)), len(found)))
    assert rows_of(found, choose(found, rules)) == rows_of(other, choose(other, rules))
