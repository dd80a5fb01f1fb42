"""What headers say of limits, as vendors and the drafts of the IETF's RateLimit fields write them."""

from __future__ import annotations

import pytest

from genspace_core.errors import RateLimits
from genspace_core.remote.limits import read_limits, retry_after


@pytest.mark.parametrize(
    ("headers", "per_minute"),
    [
        ({"X-RateLimit-Limit-Requests": "60"}, 60),
        ({"RateLimit-Limit": "100;w=60"}, 100),
        ({"RateLimit-Limit": "10;w=1"}, 600),
        ({"RateLimit-Limit": "100, 100;w=60, 10;w=10"}, 60),
        ({"RateLimit-Limit": "10, 10;w=1, 300;w=60"}, 300),
        ({"RateLimit-Limit": "10", "RateLimit-Policy": "10;w=1"}, 600),
        ({"RateLimit-Policy": '"burst";q=100;w=60, "hourly";q=600;w=3600'}, 10),
        ({"RateLimit-Policy": '"daily";q=1000;w=86400'}, None),
        ({"RateLimit-Limit": "many"}, None),
        ({"RateLimit-Limit": "0"}, None),
        ({"RateLimit-Limit": "10;w=0"}, None),
        ({}, None),
    ],
)
def test_the_tightest_limit_counts_by_the_minute(headers: dict[str, str], per_minute: float | None) -> None:
    found = read_limits(headers)
    assert (found and found.per_minute) == per_minute


@pytest.mark.parametrize(
    ("reset", "seconds"), [("20ms", 0.02), ("1m30s", 90), ("7", 7), ("1h", 3600), ("soon", None), ("-1", 0)]
)
def test_how_long_until_there_are_calls_again(reset: str, seconds: float | None) -> None:
    told = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset}
    assert read_limits(told) == RateLimits(remaining=0, reset=seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "9", "retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "later"}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
