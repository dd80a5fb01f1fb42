"""From an answer that is an error to what the run engine should do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from genspace_adapter_google.models import Model
from genspace_core import http_error, kept_answer
from genspace_core.errors import AuthFailed, Fatal, GenerationError, QuotaSpent

_LONGEST = 300  # characters of the vendor's words

_BY_REASON: Mapping[str, type[GenerationError]] = {
    "API_KEY_INVALID": AuthFailed,
    "API_KEY_SERVICE_BLOCKED": AuthFailed,
    "CONSUMER_INVALID": AuthFailed,
    "CONSUMER_SUSPENDED": AuthFailed,
    "SERVICE_DISABLED": AuthFailed,
    "BILLING_DISABLED": QuotaSpent,
}
"""By the reason of google.rpc.ErrorInfo."""

_BY_STATUS: Mapping[str, type[GenerationError]] = {
    "FAILED_PRECONDITION": Fatal,  # no billing, or a country that is not served
    "UNAUTHENTICATED": AuthFailed,
    "PERMISSION_DENIED": AuthFailed,
}
"""By Google's own status, which says more than HTTP's."""

_BAD_KEY = re.compile(r"api key (not valid|expired|not found)", re.IGNORECASE)
_A_DAY = re.compile(r"per_?day", re.IGNORECASE)
# Not "billing": every rejected call is told to check its "plan and billing details".
_SPENT = re.compile(
    r"credits? (is|are) depleted|spend(ing)? (cap|limit)|\bper day\b|\blimit: 0\b", re.IGNORECASE
)
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def api_error(
    status: int, body: Any, headers: Mapping[str, str], model: str, row: Model | None
) -> GenerationError:
    """The error for an answer with an HTTP status, or a code, that says so.

    Args:
        status: of HTTP.
        body: decoded JSON, or what the SDK makes of a body that is none.
        headers: of the answer.
        model: that was asked for.
        row: what is known of it.
    """
    inner = _mapping(_mapping(body).get("error")) or _mapping(body)
    words = _words(inner)
    if status == 404:
        gone = f"; it was to be shut down on {row.ends}" if row and row.ends else ""
        words = f"{model} is not to be had: {words}{gone}"
    told = {str(name).lower(): str(value) for name, value in headers.items()}
    delay = _delay(inner)
    if delay is not None and not told.keys() & {"retry-after", "retry-after-ms"}:
        told["retry-after"] = delay
    error = http_error(status, words, told, _kind(status, inner))
    error.answer = kept_answer(body)
    return error


def _kind(status: int, inner: Mapping[str, Any]) -> type[GenerationError] | None:
    """What it is, where Google says more than the status of HTTP."""
    message = str(inner.get("message", ""))
    for detail in _details(inner):
        known = _BY_REASON.get(str(detail.get("reason")))
        if known:
            return known
    if status == 429:
        return QuotaSpent if _is_spent(message, inner) else None
    if status == 400 and _BAD_KEY.search(message):
        return AuthFailed
    return _BY_STATUS.get(str(inner.get("status"))) if status < 500 else None


def _is_spent(message: str, inner: Mapping[str, Any]) -> bool:
    """The limit is one of a day, or of money: waiting a minute does not help."""
    if _SPENT.search(message):
        return True
    for detail in _details(inner):
        limits = [str(_mapping(detail.get("metadata")).get("quota_limit", ""))]
        violations = detail.get("violations")
        for one in map(_mapping, violations if isinstance(violations, list) else []):
            if str(one.get("quotaValue")) == "0":
                return True
            limits.append(str(one.get("quotaId", "")))
        if any(_A_DAY.search(limit) for limit in limits):
            return True
    return False


def _delay(inner: Mapping[str, Any]) -> str | None:
    """Seconds, of google.rpc.RetryInfo."""
    for detail in _details(inner):
        found = _SECONDS.fullmatch(str(detail.get("retryDelay", "")))
        if found:
            return found[1]
    return None


def _words(inner: Mapping[str, Any]) -> str:
    """Google's words in one line; not those of a gateway in between, which answers in HTML."""
    status, message = str(inner.get("status") or ""), " ".join(str(inner.get("message") or "").split())
    message = str(kept_answer(message))
    if message.startswith("<"):
        message = "a document of HTML or XML, not the API's answer"
    short = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."
    return ": ".join(part for part in (status, short) if part)


def _details(inner: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = inner.get("details")
    yield from map(_mapping, found if isinstance(found, list) else [])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
