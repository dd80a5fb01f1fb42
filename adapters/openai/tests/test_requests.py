"""What is sent: the prompt as it is, one picture at a time, and nothing that a server does not know."""

from __future__ import annotations

import pytest

from adapters.openai.tests.asking import PROMPT, ask_one
from adapters.openai.tests.vendor import body
from genspace_core.errors import PluginError
from genspace_core.images import decode_image
from genspace_core.testing import Answer, picture, smooth_picture

USUAL = {"model": "gpt-image-2", "prompt": PROMPT, "n": 1, "size": "1024x1024", "quality": "medium"}


def test_a_request_says_this_and_no_more() -> None:
    told = ask_one()
    told.asked.picture()
    assert told.sent == USUAL
    assert told.calls[0].path == "/v1/images/generations"


def test_all_options_are_sent() -> None:
    options = {
        "quality": "xhigh",
        "size": "1536x864",
        "moderation": "low",
        "output_format": "webp",
        "output_compression": 80,
        "background": "opaque",
    }
    told = ask_one(model="gpt-image-2.5-flare", **options, extra_body={"complexity": "low"})
    assert told.sent == USUAL | options | {"model": "gpt-image-2.5-flare", "complexity": "low"}


def test_an_edit_is_a_form_with_its_source() -> None:
    told = ask_one(source=(88, 64), extra_body={"complexity": "low"}, moderation="low")
    assert told.calls[0].path == "/v1/images/edits"
    sent = told.sent
    file = sent.pop("image[]")
    assert (decode_image(file, "source") == smooth_picture(88, 64)).all()
    assert sent == {**USUAL, "n": "1", "size": "896x1232", "complexity": "low"}, "moderation is not for edits"


def test_fidelity_is_for_edits() -> None:
    options = {"model": "gpt-image-1.5", "input_fidelity": "high"}
    assert ask_one(source=(64, 64), **options).sent["input_fidelity"] == "high"
    assert "input_fidelity" not in ask_one(**options).sent


def test_what_a_server_does_not_know_is_left_out() -> None:
    told = ask_one(leave_out=["quality", "size"], model="anything")
    assert told.sent == {"model": "anything", "prompt": PROMPT, "n": 1}


def test_a_server_without_keys() -> None:
    told = ask_one(key_variable="", model="anything")
    told.asked.picture()
    assert "authorization" not in told.calls[0].headers


def test_the_users_organisation_is_told_to_openai_alone() -> None:
    headers = ask_one().calls[0].headers
    assert not [value for value in headers.values() if "org-of-the-user" in value]


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(PluginError, match=r"OPENAI_API_KEY is not set.*platform\.openai\.com"):
        ask_one()


def test_facts_are_kept() -> None:
    said = body(picture(64, 64), size="1024x1024", background="opaque")
    said["data"][0]["revised_prompt"] = "A dog."
    made = ask_one(Answer(200, said, {"x-request-id": "req_7"})).asked.picture()
    assert made.info == {
        "model": "gpt-image-2",
        "vendor_id": "req_7",
        "size": "1024x1024",
        "quality": "medium",
        "rewriting": False,
        "revised_prompt": "A dog.",
        "usage": said["usage"],
    }
    assert made.answer["background"] == "opaque"
