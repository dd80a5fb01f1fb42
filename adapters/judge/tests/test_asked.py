"""What holds for judges behind an API, whoever the vendor is: against servers on this machine."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from adapters.judge.tests.vendors import HTML, VENDORS, VERDICT, WORDS, Google, OpenAI
from genspace_core.errors import (
    AuthFailed,
    Fatal,
    GenerationError,
    InvalidRequest,
    Passing,
    QuotaSpent,
    RateLimited,
    Refused,
    Transient,
)
from genspace_core.run.asking import in_turn
from genspace_core.run.pacing import Pacer
from genspace_core.run.spending import Bill
from genspace_core.testing import KEY, Answer, Vendor, in_order, pictures_in
from genspace_core.types import Evidence, Sample

LONGEST = 600  # characters of a line that anybody reads

pytestmark = pytest.mark.parametrize("vendor", VENDORS)


@pytest.fixture
def fails(judge: Callable[..., Any], sample: Sample, evidence: Evidence) -> Callable[..., Any]:
    """Has a judge asked once, and gives the error, which is one line without the key."""

    def fails(vendor: Any, answer: Answer, **changes: Any) -> GenerationError:
        with Vendor(lambda _: answer) as server:
            plugin = judge(vendor, server, **changes)
            with pytest.raises(GenerationError) as caught:
                plugin.ask(sample, evidence, 0)
        text = str(caught.value)
        assert len(server.calls) == 1, "the adapter itself asked again"
        assert text
        assert len(text.splitlines()) == 1
        assert len(text) <= LONGEST
        assert KEY not in text + json.dumps(caught.value.answer)
        return caught.value

    return fails


def test_a_score_and_its_reason(
    vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    with Vendor(lambda _: vendor.verdict()) as server:
        opinion = judge(vendor, server).ask(sample, evidence, 0)
    assert (opinion.value, opinion.reason) == (VERDICT["score"], VERDICT["reason"])
    assert opinion.limits.per_minute == 60_000
    assert [call.path for call in server.calls] == [vendor.path]
    assert sample.prompt in server.calls[0].body.decode()
    assert VERDICT["reason"] in json.dumps(opinion.answer)


def test_it_is_shown_the_picture_alone(
    vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    """Even where a source lies beside it."""
    with Vendor(lambda _: vendor.verdict()) as server:
        judge(vendor, server).ask(sample, evidence, 0)
    (shown,) = map(_opened, pictures_in(server.calls[0]))
    assert (shown.size, shown.getpixel((0, 0)), shown.format) == ((80, 40), (255, 0, 0), "PNG")


def test_an_edit_is_shown_after_its_source(
    vendor: Any, judge: Callable[..., Any], edit: Sample, evidence: Evidence
) -> None:
    with Vendor(lambda _: vendor.verdict()) as server:
        judge(vendor, server).ask(edit, evidence, 0)
    shown = [image.getpixel((0, 0)) for image in map(_opened, pictures_in(server.calls[0]))]
    assert shown == [(0, 0, 255), (255, 0, 0)]


def test_what_is_shown_is_no_larger_than_told(
    vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    Image.new("RGB", (300, 150), "red").save(evidence.image)
    with Vendor(lambda _: vendor.verdict()) as server:
        judge(vendor, server, longest=64, image_format="jpeg").ask(sample, evidence, 0)
    (shown,) = map(_opened, pictures_in(server.calls[0]))
    assert (shown.size, shown.format) == ((64, 32), "JPEG")


def test_several_votes(vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence) -> None:
    """Every vote has its number as its seed, and the score is their mean."""
    answers = [vendor.verdict(score=score) for score in (0.2, 0.4, 0.9)]
    with Vendor(in_order(*answers)) as server:
        plugin = judge(vendor, server, votes=3)
        score = plugin.score(sample, evidence)
        seeds = [_seed(call.json()) for call in server.calls]
    assert seeds == [0, 1, 2]
    assert score.value == pytest.approx(0.5)
    assert score.passed
    assert [m.value for m in score.measurements] == [0.2, 0.4, 0.9]
    assert [m.satisfied for m in score.measurements] == [False, False, True]


def test_it_is_asked_from_many_threads(
    vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    with Vendor(lambda _: replace(vendor.verdict(), delay=0.1)) as server:
        plugin = judge(vendor, server)
        with ThreadPoolExecutor(8) as pool:
            opinions = list(pool.map(partial(plugin.ask, sample, evidence), range(8)))
    assert {opinion.value for opinion in opinions} == {VERDICT["score"]}
    assert server.most_at_once > 1


def test_what_it_costs_comes_from_its_tokens(
    vendor: Any,
    judge: Callable[..., Any],
    sample: Sample,
    evidence: Evidence,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thoughts are answers, as for the bill; at another server nobody knows."""
    with Vendor(lambda _: vendor.verdict()) as server:
        plugin = judge(vendor, server)
        assert plugin.ask(sample, evidence, 0).cost is None
        monkeypatch.setattr(type(plugin.config), "at_home", lambda _: True)
        paid_in, paid_out = plugin.config.known().rates()
        answered = {OpenAI: 100, Google: 400}[vendor]
        told = plugin.ask(sample, evidence, 0).cost
        assert told == pytest.approx((2000 * paid_in + answered * paid_out) / 1e6)
        own = judge(vendor, server, price=0.01)
        assert own.ask(sample, evidence, 0).cost == 0.01


def test_a_refusal(vendor: Any, fails: Callable[..., Any]) -> None:
    for reason, answer in vendor.refusals().items():
        error = fails(vendor, answer)
        assert isinstance(error, Refused), reason
        assert error.reason == reason
        assert error.answer is not None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("I would say it is fairly good.", "holds no score"),
        ('{"reason": "The dog is', "holds no score"),
        ('{"reason": "fine", "score": 7}', "is 7, not a number from 0 to 1"),
        ('{"reason": "fine", "score": -0.1}', "is -0.1"),
        ('{"reason": "fine", "score": null}', "is null"),
        ('{"reason": "fine", "score": NaN}', "is NaN"),
        ('{"reason": "fine", "score": true}', "is true"),
        ("", "it is empty"),
    ],
)
def test_an_answer_without_a_score(
    vendor: Any, written: str, words: str, fails: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was paid for, and is kept."""
    error = fails(vendor, vendor.text(written), price=0.5)
    assert _is_plain(error)
    assert words in str(error)
    assert (error.cost, error.charged) == (0.5, True)
    assert error.answer is not None


def test_an_answer_that_was_cut_off(vendor: Any, fails: Callable[..., Any]) -> None:
    error = fails(vendor, vendor.cut_off())
    assert _is_plain(error)
    assert "max_tokens = 4096" in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthFailed),
        (403, AuthFailed),
        (404, Fatal),
        (422, InvalidRequest),
        (500, Transient),
        (503, Transient),
    ],
)
def test_an_error_of_the_vendor(vendor: Any, status: int, kind: Any, fails: Callable[..., Any]) -> None:
    """The vendor's words are told, but for the key that they repeat."""
    error = fails(vendor, vendor.error(status, f"{WORDS}: {KEY}"))
    assert isinstance(error, kind)
    assert WORDS in str(error)
    assert str(status) in str(error)


def test_a_model_that_is_not_there_is_named(vendor: Any, fails: Callable[..., Any]) -> None:
    error = fails(vendor, vendor.error(404), model="no-such-model")
    assert isinstance(error, Fatal)
    assert "no-such-model" in str(error)


def test_asked_too_fast(vendor: Any, fails: Callable[..., Any]) -> None:
    limited = vendor.error(429)
    error = fails(vendor, replace(limited, headers={"Retry-After": "7"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7
    assert fails(vendor, limited).retry_after is None


def test_a_quota_that_is_used_up(vendor: Any, fails: Callable[..., Any]) -> None:
    error = fails(vendor, vendor.quota())
    assert isinstance(error, QuotaSpent)
    assert WORDS in str(error)


def test_no_answer_in_time(vendor: Any, fails: Callable[..., Any]) -> None:
    error = fails(vendor, Answer(delay=20), timeout=0.3)
    assert isinstance(error, Transient)
    assert error.charged


def test_a_connection_cut_in_the_middle(vendor: Any, fails: Callable[..., Any]) -> None:
    error = fails(vendor, Answer(200, {"data": "x" * 100_000}, cut=50_000))
    assert isinstance(error, Transient)
    assert error.charged


def test_a_server_that_is_not_there(
    vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    with Vendor(lambda _: Answer()) as server:
        plugin = judge(vendor, server)
    with pytest.raises(Transient, match="not reached") as caught:
        plugin.ask(sample, evidence, 0)
    assert not caught.value.charged


@pytest.mark.parametrize("status", [200, 502])
def test_html_in_place_of_json(vendor: Any, status: int, fails: Callable[..., Any]) -> None:
    error = fails(vendor, Answer(status, HTML))
    assert _is_plain(error) if status == 200 else isinstance(error, Transient)
    assert len(str(error)) < 300


@pytest.mark.parametrize("body", [[], {}, {"choices": []}, {"candidates": []}, {"choices": ["?"]}, "null"])
def test_json_of_another_form(vendor: Any, body: Any, fails: Callable[..., Any]) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    error = fails(vendor, Answer(200, text, {"Content-Type": "application/json"}))
    assert _is_plain(error)


def test_a_redirect_to_another_host(vendor: Any, fails: Callable[..., Any]) -> None:
    """The key and the picture do not go there."""
    with Vendor(lambda _: vendor.verdict()) as other:
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        fails(vendor, Answer(307, headers={"Location": f"{elsewhere}{vendor.path}"}))
    assert other.calls == []


@pytest.mark.parametrize("first", [429, 500, 503])
def test_the_core_asks_again(
    vendor: Any, first: int, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    with Vendor(in_order(vendor.error(first), vendor.verdict())) as server:
        plugin, bill = judge(vendor, server), Bill()
        opinion = in_turn(lambda _: plugin.ask(sample, evidence, 0), Pacer(4).line(), bill)
    assert opinion.value == VERDICT["score"]
    assert len(server.calls) == 2


def test_the_key_goes_to_the_vendor_alone(
    vendor: Any,
    judge: Callable[..., Any],
    sample: Sample,
    evidence: Evidence,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not to what is kept or logged; nor does the picture."""
    for name in ("", "httpx", "httpx2", "httpcore", "httpcore2", "openai", "google_genai"):
        caplog.set_level(logging.DEBUG, logger=name or None)
    with Vendor(lambda _: vendor.verdict(reason=f"I was shown {KEY}")) as server:
        opinion = judge(vendor, server).ask(sample, evidence, 0)
    (call,) = server.calls
    assert any(KEY in value for value in call.headers.values()), "the vendor was given no key"
    assert not any(KEY in value for value in call.query.values())
    kept = json.dumps([opinion.answer, opinion.reason])
    assert KEY not in kept
    (picture,) = pictures_in(call)
    assert b64encode(picture).decode()[:60] not in kept
    assert KEY not in caplog.text


def test_a_picture_that_is_none(
    vendor: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    assert evidence.image is not None
    evidence.image.write_bytes(b"this is no picture")
    with Vendor(lambda _: vendor.verdict()) as server:
        plugin = judge(vendor, server)
        with pytest.raises(InvalidRequest, match=r"picture\.png: not a picture that can be read"):
            plugin.ask(sample, evidence, 0)
        with pytest.raises(InvalidRequest, match="there is no picture to judge"):
            plugin.ask(sample, Evidence(), 0)
    assert server.calls == [], "a broken picture was sent"


def test_an_edit_without_its_source(
    vendor: Any, judge: Callable[..., Any], edit: Sample, evidence: Evidence
) -> None:
    with Vendor(lambda _: vendor.verdict()) as server:
        plugin = judge(vendor, server)
        with pytest.raises(InvalidRequest, match="there is no source picture to judge"):
            plugin.ask(edit, Evidence(image=evidence.image), 0)
    assert server.calls == []


def _is_plain(error: GenerationError) -> bool:
    """This vote has failed, and nothing else."""
    return not isinstance(error, Passing | Fatal | Refused | InvalidRequest)


def _seed(body: dict[str, Any]) -> int:
    return body["seed"] if "seed" in body else body["generationConfig"]["seed"]


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))
