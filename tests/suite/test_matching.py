from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from genspace_core.suite.matching import match_evenly, spread


@given(st.integers(0, 200), st.integers(1, 60))
def test_spread_is_even(count, among):
    found = Counter(spread(count, among))
    assert sum(found.values()) == count
    assert set(found) <= set(range(among))
    assert max(found.values(), default=0) - min((found[k] for k in range(among)), default=0) <= 1


wish_lists = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=5, unique=True), max_size=12)


@given(wish_lists)
def test_everyone_gets_a_wish(wishes):
    given_items = match_evenly(wishes, owners=range(len(wishes)))
    assert all(item in wish for item, wish in zip(given_items, wishes, strict=True))


@given(wish_lists)
def test_no_item_is_given_more_often_than_needed(wishes):
    # Hall's bound: askers who wish within a set of items share those items alone. The best
    # possible maximum is the largest crowd per item over all sets of items.
    given_items = match_evenly(wishes, owners=range(len(wishes)))
    needed = 0
    for mask in range(1, 256):
        items = {k for k in range(8) if mask >> k & 1}
        crowd = sum(set(wish) <= items for wish in wishes)
        needed = max(needed, -(-crowd // len(items)))
    assert max(Counter(given_items).values(), default=0) == needed


def test_one_owner_gets_different_items():
    assert match_evenly([[0, 1], [0, 1], [0, 1], [0, 1]], owners=[0, 0, 1, 1]) in ([0, 1, 0, 1], [0, 1, 1, 0])
    assert match_evenly([[0], [0]], owners=[3, 3]) == [0, 0]
