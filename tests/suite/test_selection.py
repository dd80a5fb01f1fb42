from collections import Counter

import pytest

from genspace_core.errors import InputError
from genspace_core.suite.build import build_t2i
from genspace_core.suite.canonical import digest_of, make_suite
from genspace_core.suite.selection import subset
from genspace_core.suite.subdomains import SUB_DOMAINS

SUITE = build_t2i()


def ids(suite):
    return [s.id for s in suite]


def test_nothing_asked_gives_the_suite_itself():
    assert subset(SUITE) is SUITE
    assert subset(SUITE, per_template=50, limit=1800) is SUITE
    assert subset(SUITE, limit=99999) is SUITE


@pytest.mark.parametrize("n", [1, 2, 7, 10, 25, 49])
def test_per_template_is_stratified(n):
    part = subset(SUITE, per_template=n)
    assert Counter(s.template for s in part) == dict.fromkeys(range(36), n)
    assert part.digest == digest_of(part.samples) != SUITE.digest
    assert (part.name, part.version) == (SUITE.name, SUITE.version)


def test_per_template_is_spread_over_the_slots():
    part = subset(SUITE, per_template=10)
    for template in range(36):
        slots = sorted(int(s.id[-2:]) for s in part if s.template == template)
        gaps = [(b - a) % 50 for a, b in zip(slots, slots[1:] + slots[:1], strict=True)]
        assert max(gaps) <= 2 * 50 / 10
    assert len({s.objects[0] for s in part}) == 50


def test_a_larger_part_includes_the_smaller():
    for smaller, larger in ((1, 2), (2, 10), (10, 11), (11, 50)):
        assert set(ids(subset(SUITE, per_template=smaller))) < set(ids(subset(SUITE, per_template=larger)))
    for smaller, larger in ((1, 9), (9, 10), (10, 100), (100, 1799)):
        assert set(ids(subset(SUITE, limit=smaller))) < set(ids(subset(SUITE, limit=larger)))


def test_small_limits_cover_everything():
    assert {s.sub_domain for s in subset(SUITE, limit=9)} == set(SUB_DOMAINS)
    assert {s.template for s in subset(SUITE, limit=36)} == set(range(36))
    counts = Counter(s.template for s in subset(SUITE, limit=100))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len(subset(SUITE, limit=100)) == 100


def test_order_is_the_suites():
    order = {sample_id: k for k, sample_id in enumerate(ids(SUITE))}
    for part in (subset(SUITE, limit=77), subset(SUITE, per_template=3)):
        places = [order[i] for i in ids(part)]
        assert places == sorted(places)


def test_templates_and_both_options_together():
    assert {s.template for s in subset(SUITE, templates=[14, 20])} == {14, 20}
    assert len(subset(SUITE, templates=[14, 20], per_template=3)) == 6
    assert len(subset(SUITE, per_template=2, limit=5)) == 5
    assert set(ids(subset(SUITE, per_template=2, limit=5))) <= set(ids(subset(SUITE, per_template=2)))


def test_uneven_suites_give_what_they_have():
    uneven = make_suite("mine", "1", [*SUITE.samples[:3], SUITE.samples[60], *SUITE.samples[200:220]])
    assert Counter(s.template for s in subset(uneven, per_template=5)) == {0: 3, 1: 1, 4: 5}
    assert len(subset(uneven, limit=20)) == 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 0}, "--limit 0"),
        ({"per_template": -1}, "--per-template -1"),
        ({"templates": [36]}, "template 36 is unknown; templates are 0-35"),
    ],
)
def test_senseless_numbers(options, message):
    with pytest.raises(InputError, match=message):
        subset(SUITE, **options)


def test_nothing_left():
    with pytest.raises(InputError, match=r'"mine" has no sample of template 3, 4'):
        subset(make_suite("mine", "1", SUITE.samples[:3]), templates=[4, 3])
