"""The kit for adapters behind an API lets good ones pass, and fails bad ones in the test meant for them."""

from __future__ import annotations

from threading import BrokenBarrierError
from typing import Any, ClassVar

import httpx
import pytest

import tests.testing.remote_under_test as under_test
from genspace_core.testing import (
    KEY,
    Answer,
    Call,
    JobConformance,
    JobScript,
    RemoteConformance,
    Script,
    Vendor,
    in_order,
    short_waits,
)
from tests.testing.remote_under_test import DECLINED, encoded

MODULE = "tests.testing.remote_under_test"


def said(status: int, kind: str, words: str) -> Answer:
    return Answer(status, {"error": {"code": kind, "message": words}})


class EaselScript(Script):
    paths = ("/pictures",)
    refusals: ClassVar = {"unsafe": Answer(400, DECLINED)}
    empty = Answer(200, {"picture": None})
    malformed_base64 = Answer(200, {"picture": "!" * 400})

    def answer(self, picture: bytes) -> Any:
        return {"picture": encoded(picture)}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return said(status, kind, words)


class EaselsScript(JobScript):
    paths = ("/pictures",)
    polls = ("/jobs/.*",)
    refusals: ClassVar = {"unsafe": Answer(400, DECLINED)}
    gone = Answer(200, {"state": "gone"})

    def submitted(self, server: str, address: str) -> Any:
        return {"poll": f"{server}/jobs/7"}

    def polled(self, call: Call, server: str, address: str | None) -> Any:
        return {"state": "ready" if address else "waiting", "picture": address}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return said(status, kind, words)


class TestEasel(RemoteConformance):
    spec = under_test.EASEL
    spec_module = MODULE
    key_variable = under_test.KEY_VARIABLE
    script = EaselScript()


class TestEasels(JobConformance):
    spec = under_test.EASELS
    spec_module = MODULE
    key_variable = under_test.KEY_VARIABLE
    script = EaselsScript()


FAULTS = {
    "rewrites": ("test_the_picture_comes_as_it_was_sent", None),
    "shrinks": ("test_an_edit_shows_its_source", "none of the 1 pictures"),
    "keeps all": ("test_a_picture_of_40_mb", None),
    "sees no limits": ("test_limits_in_headers_are_passed_on", None),
    "one at a time": ("test_it_is_asked_from_several_threads", None),
    "knows no refusals": ("test_refusals", "Refused was due"),
    "repeats the key": ("test_a_key_that_is_refused", "it holds the key"),
    "everything passes": ("test_a_request_that_is_invalid", "InvalidRequest was due"),
    "is in a hurry": ("test_too_fast_and_told_when_to_come_back", None),
    "tries again": ("test_a_fault_that_stays", "10 calls that cost, not 5"),
    "shows documents": ("test_a_gateway_that_answers_in_html", "more than one line"),
    "thinks it is free": ("test_no_answer_in_time", "5 calls that cost, not 2"),
    "pays twice": ("test_malformed_base64", "may be paid for"),
    "follows": ("test_a_redirect_to_another_host", None),
    "logs the key": ("test_the_key_goes_to_the_vendor_alone", None),
}
FAULTS_OF_JOBS = {
    "keeps the key": ("test_a_job_can_be_kept", None),
    "fetches with the key": ("test_the_key_does_not_go_to_the_results_address", None),
    "orders again": ("test_an_address_that_has_expired", "3 calls that cost, not 1"),
    "fetches anything": ("test_a_result_that_is_redirected", "a picture came out of it"),
    "gone is a failure": ("test_a_job_that_is_there_no_more", "ResultLost was due"),
}
ARGUMENTS = {"test_an_address_that_has_expired": [404], "test_a_result_that_is_redirected": [False]}
CASES = [
    (kit, fault, *expected)
    for kit, faults in ((TestEasel, FAULTS), (TestEasels, FAULTS_OF_JOBS))
    for fault, expected in faults.items()
]


@pytest.mark.parametrize(("kit", "fault", "test", "told"), CASES, ids=[case[1] for case in CASES])
def test_a_fault_is_found(
    kit: Any,
    fault: str,
    test: str,
    told: str | None,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("genspace_core.testing.remote.TOGETHER_S", 0.3)
    faulty = type("Kit", (kit,), {"config": {"fault": fault}})()
    arguments = [caplog] if test == "test_the_key_goes_to_the_vendor_alone" else ARGUMENTS.get(test, [])
    with short_waits() as patch:
        patch.setenv(under_test.KEY_VARIABLE, KEY)
        with pytest.raises((AssertionError, BrokenBarrierError), match=told):
            getattr(faulty, test)(*arguments)


def test_a_route_that_fails_is_told() -> None:
    def route(_: Call) -> Answer:
        raise ZeroDivisionError("of the test's own")

    with pytest.raises(ZeroDivisionError, match="of the test's own"), Vendor(route) as vendor:
        assert httpx.get(vendor.address).status_code == 599


def test_a_vendor_knows_what_it_was_asked() -> None:
    route = in_order(Answer(429), Answer(200, {"a": 1}), Answer(200, "words", {"x-a": "b"}))
    with Vendor(route) as vendor:
        answers = [
            httpx.post(f"{vendor.address}/v1/a?b=c&d=", json={"n": n}, headers={"X-Key": "k"})
            for n in range(4)
        ]
    assert [answer.status_code for answer in answers] == [429, 200, 200, 200]
    assert answers[1].json() == {"a": 1}
    assert (answers[3].text, answers[3].headers["x-a"]) == ("words", "b")
    last = vendor.calls[3]
    assert (last.number, last.method, last.path, last.query) == (4, "POST", "/v1/a", {"b": "c", "d": ""})
    assert last.json() == {"n": 3}
    assert last.headers["x-key"] == "k"
    assert vendor.most_at_once == 1


def test_a_body_in_chunks_arrives() -> None:
    with Vendor(lambda call: Answer(200, call.body)) as vendor:
        answer = httpx.post(vendor.address, content=iter([b"one ", b"two"]))
    assert answer.content == b"one two"


def test_a_cut_answer_breaks_off() -> None:
    with (
        Vendor(lambda _: Answer(200, b"x" * 1000, cut=10)) as vendor,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        httpx.get(vendor.address)
