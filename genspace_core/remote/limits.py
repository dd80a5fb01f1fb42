"""What headers say of a vendor's limits: how long to wait, how many calls are left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from genspace_core.errors import RateLimits

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS = (3600.0, 60.0, 1.0, 0.001)
_LIMIT = ("x-ratelimit-limit-requests", "x-ratelimit-limit", "ratelimit-limit")
_REMAINING = ("x-ratelimit-remaining-requests", "x-ratelimit-remaining", "ratelimit-remaining")
_RESET = ("x-ratelimit-reset-requests", "x-ratelimit-reset", "ratelimit-reset")
_LONGEST_WINDOW_S = 3600.0  # what is allowed in a day is used up, not paced
_EPOCH = 1_000_000_000  # seconds; a larger number is a moment, not a duration


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait; None if it does not say.

    Args:
        headers: with names in any case.
    """
    told = _lower(headers)
    if (milliseconds := _number(told.get("retry-after-ms"))) is not None:
        return max(0.0, milliseconds / 1000)
    text = told.get("retry-after")
    if text is None:
        return None
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def read_limits(headers: Mapping[str, str]) -> RateLimits | None:
    """The limit on requests that the headers tell; None where they tell none.

    A limit counts as one of requests per minute, unless a header says its window ("100;w=60").

    Args:
        headers: with names in any case.
    """
    told = _lower(headers)
    limit, remaining = _first(told, _LIMIT), _number(_first(told, _REMAINING))
    reset = _duration(_first(told, _RESET))
    policy = told.get("ratelimit-policy")
    per_minute = _per_minute(limit or "", policy) if limit or policy else None
    if per_minute is None and remaining is None:
        return None
    return RateLimits(
        per_minute=per_minute, remaining=None if remaining is None else int(remaining), reset=reset
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _first(told: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((told[name] for name in names if name in told), None)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is None or abs(value) < float("inf") else None


def _per_minute(text: str, policy: str | None) -> float | None:
    """The tightest of the limits that are told, each with its window in seconds; a minute where none is said.

    "100;w=60, 10;w=1", or "10" with a policy of "10;w=1" in a header of its own. What stands before windows,
    as in "10, 10;w=1", is one of theirs.
    """
    parts = (policy or text).split(",")
    pairs = [_pair(part) for part in [part for part in parts if ";" in part] or parts]
    known = [count * 60 / window for count, window in pairs if count > 0 and 0 < window <= _LONGEST_WINDOW_S]
    return min(known, default=None)


def _pair(text: str) -> tuple[float, float]:
    """Count and window of "10;w=1", or of "default;q=10;w=1"; a count of 0 where there is none."""
    count = re.search(r"(?:^|;)\s*(?:q\s*=\s*)?(\d+(?:\.\d+)?)\s*(?:;|$)", text)
    window = re.search(r";\s*w\s*=\s*(\d+(?:\.\d+)?)", text)
    return float(count[1]) if count else 0.0, float(window[1]) if window else 60.0


def _duration(text: str | None) -> float | None:
    """Seconds of "20ms", "1m30s", "7", or of a moment in seconds since 1970."""
    if not text:
        return None
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds - datetime.now(UTC).timestamp()) if seconds > _EPOCH else max(0.0, seconds)
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        return None
    return sum(float(value) * unit for value, unit in zip(found.groups(), _UNITS, strict=True) if value)
