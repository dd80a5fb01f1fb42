"""What an error means for the run: wait, go on, or stop; always one call and one line."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.google.tests.google import KEY, T2I, Google, body, fault, generator, image_part, png, quota
from genspace_core.errors import (
    AuthFailed,
    Fatal,
    GenerationError,
    InvalidRequest,
    QuotaSpent,
    RateLimited,
    Transient,
)
from genspace_core.testing.vendor import Answer, Vendor

QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on "
    "this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)
HTML = "<!DOCTYPE html>\n<html><body>" + "Bad gateway. " * 100 + "</body></html>"


def info(reason: str, **metadata: str) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}


def retry(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def spent(message: str, *details: Mapping[str, Any]) -> Answer:
    return fault(429, "RESOURCE_EXHAUSTED", message, *details)


def invalid(message: str, *details: Mapping[str, Any]) -> Answer:
    return fault(400, "INVALID_ARGUMENT", message, *details)


MINUTE = "GenerateRequestsPerMinutePerProjectPerModel"
DAY = "GenerateRequestsPerDayPerProjectPerModel"
BAD_KEY = "API key not valid. Please pass a valid API key."

JSON = {"Content-Type": "application/json"}
UNSERVED = "User location is not supported for the API use."
OLDER = info("RATE_LIMIT_EXCEEDED", quota_limit="ImagesPerDay")
LISTED = [{"error": {"code": 400, "message": "Within a list."}}]
NOT_ITS_OWN = "HTTP 502: Bad Gateway: a document of HTML"

CASES: dict[str, tuple[Answer, type[GenerationError], str]] = {
    "bad key": (invalid(BAD_KEY, info("API_KEY_INVALID")), AuthFailed, "API key not valid"),
    "bad key, by its reason": (invalid("?", info("API_KEY_INVALID")), AuthFailed, "HTTP 400"),
    "bad key, in words": (invalid(BAD_KEY), AuthFailed, "API key not valid"),
    "expired key": (invalid("API key expired. Please renew it."), AuthFailed, "expired"),
    "401": (fault(401, "UNAUTHENTICATED", "No key."), AuthFailed, "UNAUTHENTICATED: No key"),
    "403": (fault(403, "PERMISSION_DENIED", "Reported as leaked."), AuthFailed, "leaked"),
    "402": (Answer(402, {"error": {"code": 402, "message": "Pay."}}), QuotaSpent, "HTTP 402: Pay."),
    "no billing": (fault(403, "PERMISSION_DENIED", "Off.", info("BILLING_DISABLED")), QuotaSpent, "Off"),
    "region": (fault(400, "FAILED_PRECONDITION", UNSERVED), Fatal, "location"),
    "invalid": (invalid("The prompt is too long."), InvalidRequest, "too long"),
    "413": (Answer(413, HTML), InvalidRequest, "HTTP 413"),
    "422": (fault(422, "INVALID_ARGUMENT", "No."), InvalidRequest, "HTTP 422"),
    "404": (fault(404, "NOT_FOUND", "Not found."), Fatal, "gemini-nano-banana-2.1 is not to be had"),
    "429": (spent(QUOTA), RateLimited, "RESOURCE_EXHAUSTED"),
    "429 minute": (spent(QUOTA, quota(MINUTE)), RateLimited, "quota"),
    "429 day": (spent(QUOTA, quota(DAY), retry("9s")), QuotaSpent, "quota"),
    "429 day, older": (spent("Quota exceeded.", OLDER), QuotaSpent, "Quota"),
    "429 day, in words": (spent("Limit 'requests per day per user'."), QuotaSpent, "per day"),
    "429 free tier": (spent(QUOTA, quota(MINUTE, quotaValue="0")), QuotaSpent, "quota"),
    "429 limit 0": (spent(f"{QUOTA}\n* Quota exceeded, limit: 0, model: x"), QuotaSpent, "HTTP 429"),
    "429 limit 10": (spent(f"{QUOTA}\n* Quota exceeded, limit: 10, model: x"), RateLimited, "HTTP 429"),
    "429 credits": (spent("Your prepayment credits are depleted."), QuotaSpent, "credits"),
    "429 spend cap": (spent("The project reached its monthly spending cap."), QuotaSpent, "cap"),
    "500": (fault(500, "INTERNAL", "An internal error has occurred."), Transient, "INTERNAL"),
    "503": (fault(503, "UNAVAILABLE", "The model is overloaded."), Transient, "overloaded"),
    "500 of an account": (fault(500, "PERMISSION_DENIED", "?"), Transient, "HTTP 500"),
    "504": (fault(504, "DEADLINE_EXCEEDED", "Deadline expired."), Transient, "Deadline"),
    "502 HTML": (Answer(502, HTML), Transient, NOT_ITS_OWN),
    "499": (fault(499, "CANCELLED", "?"), GenerationError, "HTTP 499"),
    "a list": (Answer(400, LISTED), InvalidRequest, "Within a list"),
    "two errors": (Answer(500, ["?", "?"]), Transient, "HTTP 500"),
    "a text as JSON": (Answer(400, b'"no"', JSON), InvalidRequest, "HTTP 400"),
    "null": (Answer(503, b"null", JSON), Transient, "HTTP 503"),
    "odd details": (fault(429, "?", "?", {"violations": "?", "metadata": 1}), RateLimited, "HTTP 429"),
    "no body": (Answer(429, b""), RateLimited, "HTTP 429"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_says_what_to_do(google: Google, name: str) -> None:
    answer, kind, says = CASES[name]
    error = google.failed(answer)
    assert type(error) is kind
    assert says in str(error)
    assert len(str(error)) < 450
    assert json.loads(json.dumps(error.answer)) == error.answer


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({}, (), None),
        ({"Retry-After": "12"}, (), 12.0),
        ({}, (retry("34s"),), 34.0),
        ({}, (quota(MINUTE), retry("34.07s")), 34.07),
        ({"Retry-After": "12"}, (retry("34s"),), 12.0),
        ({"retry-after-ms": "1500"}, (retry("34s"),), 1.5),
        ({}, (retry("soon"),), None),
        ({}, (retry("-3s"),), None),
    ],
)
def test_a_rejected_call_waits_as_long_as_it_is_told(
    google: Google, headers: Mapping[str, str], details: tuple[Any, ...], seconds: float | None
) -> None:
    told = spent(QUOTA, *details)
    with pytest.raises(RateLimited) as caught:
        google.answered(Answer(429, told.body, headers))
    assert caught.value.retry_after == seconds


def test_a_busy_server_may_say_when_to_come_back(google: Google) -> None:
    with pytest.raises(Transient) as caught:
        google.answered(Answer(503, fault(503, "UNAVAILABLE", "Later.", retry("5s")).body))
    assert caught.value.retry_after == 5.0


def test_limits_are_read_from_errors_too(google: Google) -> None:
    headers = {"x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "0"}
    with pytest.raises(RateLimited) as caught:
        google.answered(Answer(429, spent(QUOTA).body, headers))
    assert caught.value.limits is not None
    assert caught.value.limits.per_minute == 10


def test_a_model_that_was_shut_down_is_named_with_its_day(google: Google) -> None:
    answer = fault(404, "NOT_FOUND", "This model is no longer available.")
    with pytest.raises(Fatal, match=r"gemini-3\.1-flash-image is not to be had: .*shut down on 2026-10-29"):
        google.answered(answer, model="gemini-3.1-flash-image")


def test_a_body_that_is_no_text_is_one_line(google: Google) -> None:
    with pytest.raises(GenerationError) as caught:
        google.answered(Answer(500, b"\xff\xfe\xfd" * 30, {"Content-Type": "application/json"}))
    assert "\n" not in str(caught.value)


def test_a_slow_server_is_given_up(google: Google) -> None:
    with pytest.raises(Transient, match="connection was lost") as caught:
        google.answered(Answer(200, body(image_part(png())), delay=3.0), timeout=0.2)
    assert caught.value.charged, "the picture may be made and paid for all the same"


def test_a_connection_cut_on_the_way_may_be_paid_for(google: Google) -> None:
    with pytest.raises(Transient) as caught:
        google.answered(Answer(200, body(image_part(png())), cut=500))
    assert caught.value.charged


def test_a_server_that_is_not_there_costs_nothing() -> None:
    with Vendor(lambda _: Answer()) as vendor:
        plugin = generator(vendor)
    with pytest.raises(Transient, match="not reached") as caught:
        plugin.generate(T2I)
    assert not caught.value.charged


def test_a_name_that_is_none_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    with Vendor(lambda _: Answer()) as vendor:
        plugin = generator(vendor, base_url="http://gemini.invalid")
        monkeypatch.setattr(socket, "getaddrinfo", nowhere)
        with pytest.raises(Transient, match="not reached"):
            plugin.generate(T2I)
        assert vendor.calls == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_with_the_key(google: Google, status: int) -> None:
    with Vendor(lambda _: Answer(200, body(image_part(png())))) as other:
        with pytest.raises(GenerationError, match=f"HTTP {status}") as caught:
            google.answered(Answer(status, b"", {"Location": f"{other.address}/elsewhere"}))
        assert type(caught.value) is GenerationError
        assert other.calls == []


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_the_key_is_in_no_error_and_no_log(
    google: Google, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Even where the server quotes it."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(GenerationError) as caught:
        google.answered(fault(status, "UNKNOWN", f"The key {KEY} is odd."))
    told = f"{caught.value} {caught.value!r} {json.dumps(caught.value.answer)} {caught.value.__cause__}"
    assert "The key" in told
    assert KEY not in told
    assert caplog.records, "nothing was logged, so nothing was tested"
    assert KEY not in caplog.text
