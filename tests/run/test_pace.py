"""Full speed under a limit that nobody told, against servers of every kind, on a clock of its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genspace_core.errors import RateLimits
from genspace_core.run.pace import Pace
from tests.run.pace_servers import AtOnce, Bucket, FixedWindow, SlidingWindow, travel

WARM = 120.0

SIXTY_A_MINUTE = {
    "bucket of 10": lambda tells: Bucket(1, 10, tells),
    "bucket of 60": lambda tells: Bucket(1, 60, tells),
    "bucket of 1": lambda tells: Bucket(1, 1, tells),
    "each minute": lambda tells: FixedWindow(60, 60, tells),
    "any minute": lambda tells: SlidingWindow(60, 60, tells),
}


@pytest.mark.parametrize("tells", [True, False], ids=["Retry-After", "silent"])
@pytest.mark.parametrize("kind", SIXTY_A_MINUTE)
def test_sixty_a_minute_are_found_out(kind, tells):
    trip = travel(SIXTY_A_MINUTE[kind](tells), 900)
    assert 0.9 <= trip.rate(WARM) <= 1.02
    assert trip.rejected(WARM) <= 0.03


@pytest.mark.parametrize("tells", [True, False], ids=["Retry-After", "silent"])
@pytest.mark.parametrize("kind", SIXTY_A_MINUTE)
def test_a_limit_that_the_headers_tell_is_kept(kind, tells):
    trip = travel(SIXTY_A_MINUTE[kind](tells), 400, header=60)
    assert trip.rate(WARM) >= 0.94
    assert trip.rejected(WARM) <= 0.005


@pytest.mark.parametrize("kind", [kind for kind in SIXTY_A_MINUTE if kind != "bucket of 1"])
def test_a_limit_that_the_user_tells_is_kept_from_the_start(kind):
    trip = travel(SIXTY_A_MINUTE[kind](True), 300, per_minute=58)
    assert trip.rejected(0.0) == 0
    assert trip.rate(0.0) >= 0.95


def test_without_a_limit_it_is_near_the_ideal():
    """320 calls of 2 s, 32 at once: 20 s."""
    assert travel(lambda now, _: (True, None), 320, jitter=0.0).end <= 20 * 1.1


def test_ten_a_second_are_found_out():
    trip = travel(FixedWindow(10, 1, True), 3000)
    assert 9 <= trip.rate(WARM) <= 10.1
    assert trip.rejected(WARM) <= 0.03


@pytest.mark.parametrize(("most", "seconds", "share"), [(10, 2.0, 0.85), (10, 30.0, 0.95), (3, 60.0, 0.95)])
def test_a_limit_on_calls_at_once_is_found_out(most, seconds, share):
    trip = travel(AtOnce(most), 1000, latency=seconds)
    assert trip.rate(5 * seconds + WARM) >= share * most / seconds
    assert trip.rejected(WARM) <= 0.01


def test_after_a_slow_hour_it_finds_back():
    """A server that let one call through in ten seconds, and then anything."""
    slow = Bucket(0.1, 1, True)
    trip = travel(lambda now, lasts: slow(now, lasts) if now < 300 else (True, None), 3000)
    assert trip.rate(900) > 5  # fifty times what it was


@pytest.mark.parametrize("tells", [True, False], ids=["Retry-After", "silent"])
@pytest.mark.parametrize("kind", ["bucket of 1", "any minute"])
def test_slow_calls_need_many_at_once(kind, tells):
    """Pictures of 20 s, 60 a minute: 20 in flight."""
    trip = travel(SIXTY_A_MINUTE[kind](tells), 900, latency=20.0)
    assert trip.rate(WARM) >= 0.9
    assert trip.rejected(WARM) <= 0.03


def test_a_server_that_is_not_well_is_given_time_until_it_is():
    pace, now = Pace(32), 0.0
    waits = []
    for _ in range(6):
        call = pace.start(now)
        pace.stumble(call, now)
        pace.end(call, now, accepted=True)
        waits.append(pace.wait(now))
        now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8]
    call = pace.start(now)
    pace.succeed()
    pace.end(call, now, accepted=True)
    call = pace.start(now)
    pace.stumble(call, now)
    pace.end(call, now, accepted=True)
    assert pace.wait(now) == 0


def test_while_it_is_not_well_one_call_at_a_time_is_tried():
    """32 calls that fail together say one thing, and do not make the next wait a minute."""
    pace = Pace(32)
    calls = [pace.start(0.0) for _ in range(4)]
    for call in calls:
        pace.stumble(call, 1.0)
        pace.end(call, 1.0, accepted=True)
    assert pace.wait(1.0) == 1
    probe = pace.start(2.0)
    assert pace.wait(2.0) == float("inf")
    pace.succeed()
    pace.end(probe, 3.0, accepted=True)
    assert pace.wait(3.0) == 0


def test_a_limit_in_a_header_counts_until_the_next_one():
    pace = Pace(32, limit=10.0)
    for told, kept in ((60.0, 1.0), (300.0, 5.0), (6000.0, 10.0)):
        now = pace.started * 10.0
        pace.end(pace.start(now), now, accepted=True, limits=RateLimits(per_minute=told))
        assert kept * 0.9 <= (pace.rate(now) or 0) <= kept


def test_when_no_calls_are_left_none_starts_until_there_are():
    pace = Pace(32)
    pace.end(pace.start(0.0), 1.0, accepted=True, limits=RateLimits(remaining=0, reset=7.5))
    assert pace.wait(1.0) == 7.5
    assert pace.wait(8.6) == 0


@pytest.mark.parametrize("told", [0, -5, float("inf"), float("nan")])
def test_a_header_that_makes_no_sense_is_not_believed(told):
    pace = Pace(32)
    pace.end(pace.start(0.0), 1.0, accepted=True, limits=RateLimits(per_minute=told))
    assert pace.rate(1.0) is None


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(0.3, 8),
    burst=st.integers(1, 60),
    tells=st.booleans(),
    most=st.integers(1, 48),
    seed=st.integers(0, 99),
)
def test_whatever_the_bucket_it_is_neither_idle_nor_rude(rate, burst, tells, most, seed):
    trip = travel(Bucket(rate, burst, tells), int(400 * max(rate, 1)), most=most, seed=seed)
    possible = min(rate, most / 2.0)
    assert trip.rate(WARM) >= 0.7 * possible
    assert trip.rejected(WARM) <= 0.06
