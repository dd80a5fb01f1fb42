"""What comes of an answer: a picture, a refusal, or a failure that says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.google.tests.google import KEY, T2I, USAGE, Google, body, image_part, png
from genspace_core.errors import AuthFailed, Fatal, GenerationError, RateLimited, RateLimits, Refused
from genspace_core.testing.vendor import Answer


def test_a_picture_comes_with_its_facts(google: Google) -> None:
    data = png(24, 40)
    headers = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}
    image = google.answered(Answer(200, body(image_part(data)), headers))
    assert image.data == data
    assert dict(image.info) == {
        "model": "gemini-nano-banana-2.1-2026-10-07",
        "vendor_id": "abc-123",
        "aspect_ratio": "1:1",
        "image_size": "1K",
        "safety": "BLOCK_NONE",
        "grounding": False,
        "watermark": "SynthID",
        "size": [40, 24],
        "usage": {
            "prompt_tokens": 10,
            "image_tokens": 1120,
            "text_tokens": 0,
            "thought_tokens": 200,
            "total_tokens": 1330,
        },
    }
    assert image.limits == RateLimits(per_minute=60.0, remaining=59)


def test_the_answer_is_kept_without_the_picture(google: Google) -> None:
    image = google.answered(body(image_part(png())))
    kept = json.dumps(image.answer)
    assert image_part(png())["inlineData"]["data"][:64] not in kept
    assert "characters of base64" in kept
    assert image.answer["responseId"] == "abc-123"
    assert len(kept) < 2000


def test_a_seed_is_recorded_where_it_was_sent(google: Google) -> None:
    assert google.answered(body(image_part(png())), model="gemini-3-pro-image").info["seed"] == T2I.seed
    assert "seed" not in google.answered(body(image_part(png()))).info


def test_drafts_of_thinking_are_not_the_picture(google: Google) -> None:
    draft, final = png(seed=1), png(seed=2)
    thoughts = [{"text": "Hm.", "thought": True}, image_part(draft, thought=True)]
    assert google.answered(body(*thoughts, image_part(final, thoughtSignature="eA=="))).data == final
    assert google.answered(body(image_part(final), *thoughts)).data == final


def test_a_draft_alone_is_no_picture(google: Google) -> None:
    error = google.failed(body(image_part(png(), thought=True)))
    assert isinstance(error, Refused)
    assert error.reason == "no_image"


def test_text_beside_a_picture_does_no_harm(google: Google) -> None:
    data = png()
    assert google.answered(body({"text": "Here it is:"}, image_part(data))).data == data


def test_of_several_pictures_the_first_counts(google: Google) -> None:
    image = google.answered(body(image_part(png(seed=1)), image_part(png(seed=2))))
    assert image.data == png(seed=1)
    assert image.info["pictures"] == 2


def test_a_picture_is_one_whatever_the_model_stopped_for(google: Google) -> None:
    image = google.answered(body(image_part(png()), reason="MAX_TOKENS"))
    assert image.data == png()
    assert image.info["finish_reason"] == "MAX_TOKENS"


@pytest.mark.parametrize(
    "reason",
    [
        "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "NO_IMAGE", "SAFETY",
        "PROHIBITED_CONTENT", "RECITATION", "LANGUAGE", "BLOCKLIST", "SPII", "OTHER",
    ],
)  # fmt: skip
@pytest.mark.parametrize("parts", [(), ({"text": "I cannot."},)], ids=["empty", "text"])
def test_a_finish_reason_is_a_refusal(google: Google, reason: str, parts: tuple[Any, ...]) -> None:
    error = google.failed(body(*parts, reason=reason))
    assert isinstance(error, Refused)
    assert error.reason == reason
    assert reason in str(error)
    assert error.answer["candidates"][0]["finishReason"] == reason
    assert not error.charged


def test_google_may_say_why(google: Google) -> None:
    answer = body(reason="IMAGE_SAFETY")
    answer["candidates"][0]["finishMessage"] = "Unable to show the\ngenerated image."
    del answer["candidates"][0]["content"]
    assert str(google.failed(answer)) == "no picture (IMAGE_SAFETY): Unable to show the generated image."


@pytest.mark.parametrize("reason", ["PROHIBITED_CONTENT", "SAFETY", "OTHER", "A_NEW_ONE"])
@pytest.mark.parametrize("candidates", [{}, {"candidates": []}], ids=["none", "empty"])
def test_a_blocked_prompt_is_a_refusal(google: Google, reason: str, candidates: dict[str, Any]) -> None:
    error = google.failed({"promptFeedback": {"blockReason": reason}, "modelVersion": "x"} | candidates)
    assert isinstance(error, Refused)
    assert error.reason == reason
    assert (error.cost, error.charged) == (None, False)


def test_a_text_is_a_refusal_and_is_shown(google: Google) -> None:
    error = google.failed(body({"text": "I can only\ndescribe it: " + "word " * 200}))
    assert isinstance(error, Refused)
    assert error.reason == "text"
    assert str(error).startswith("text in place of a picture: I can only describe it: word")
    assert len(str(error)) < 260


@pytest.mark.parametrize(
    "answer",
    [
        body(), body(reason=None), {}, {"candidates": []}, {"candidates": [{}]}, {"candidates": None},
        {"candidates": [{"content": {"role": "model"}, "finishReason": "STOP"}]},
        {"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png"}}]}}]},
        {"candidates": ["?"], "promptFeedback": "?", "usageMetadata": "?"},
    ],
    ids=lambda answer: json.dumps(answer)[:40],
)  # fmt: skip
def test_nothing_is_a_refusal(google: Google, answer: dict[str, Any]) -> None:
    error = google.failed(answer)
    assert isinstance(error, Refused)
    assert error.reason == "no_image"


@pytest.mark.parametrize("reason", ["MAX_TOKENS", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "A_NEW_ONE"])
def test_another_reason_is_a_failure(google: Google, reason: str) -> None:
    error = google.failed(body({"text": "Well,"}, reason=reason))
    assert type(error) is GenerationError
    assert reason in str(error)


def test_a_limited_account_stops(google: Google) -> None:
    assert isinstance(google.failed(body(reason="PUP_LIMITED_DISABLED")), AuthFailed)


def test_an_answer_that_can_be_continued_is_not(google: Google) -> None:
    """The SDK would call again, and both calls cost; `answered` counts them."""
    answer = body(reason="CONTINUATION")
    answer["candidates"][0]["continuationToken"] = "eA=="
    error = google.failed(answer)
    assert type(error) is GenerationError
    assert "CONTINUATION" in str(error)


MALFORMED: dict[str, tuple[Any, str]] = {
    "base64": (body({"inlineData": {"mimeType": "image/png", "data": "%%%"}}), "base64 is malformed"),
    "html": (Answer(200, "<html>\n<body>Sign in</body>"), "is not JSON; it begins with '<html>"),
    "nothing": (Answer(200, b"", {"Content-Type": "application/json"}), "is empty, not JSON"),
    "a list": (Answer(200, ["?"]), "none of this API's"),
    "a text": (body(image_part(b"<svg>not a picture</svg>")), "24 bytes are not a whole picture"),
    "broken JSON": (Answer(200, b'{"candidates": [{"content"'), "is not JSON"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_may_be_paid_for(google: Google, name: str) -> None:
    answer, says = MALFORMED[name]
    error = google.failed(answer)
    assert type(error) is GenerationError, "such a call must not be made again by itself"
    assert says in str(error)
    assert error.charged


def test_what_is_lost_has_its_cost(google: Google) -> None:
    """The picture was made, and its tokens are told."""
    error = google.failed(body(image_part(b"not a picture")))
    assert error.cost == pytest.approx(10 * 1.5e-6 + 200 * 7.5e-6 + 1120 * 30e-6)
    assert error.answer["usageMetadata"] == USAGE


def test_bytes_that_are_no_text_are_a_failure(google: Google) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    error = google.failed(Answer(200, b"this is not gzip", headers))
    assert type(error) is GenerationError
    assert error.charged


def test_an_error_may_come_with_status_200(google: Google) -> None:
    limited = {"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}
    assert isinstance(google.failed(Answer(200, limited)), RateLimited)
    assert isinstance(google.failed(Answer(200, {"error": {"code": 404, "message": "?"}})), Fatal)


def test_a_text_that_quotes_the_key_does_not_hold_it(google: Google) -> None:
    error = google.failed(body({"text": f"Your key is {KEY}."}))
    assert KEY not in str(error)
    assert KEY not in json.dumps(error.answer)
