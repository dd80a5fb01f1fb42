"""What is Google's own: parameters, reasons, and how errors tell when to come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.judge.tests.vendors import WORDS, Google
from genspace_adapter_judge.plugin import GoogleJudgeConfig
from genspace_core.errors import AuthFailed, Fatal, GenerationError, PluginError, RateLimited
from genspace_core.testing import Answer, Vendor
from genspace_core.types import Evidence, Sample

INFO = "type.googleapis.com/google.rpc.ErrorInfo"
RETRY = "type.googleapis.com/google.rpc.RetryInfo"


@pytest.fixture
def settings(judge: Callable[..., Any], sample: Sample, evidence: Evidence) -> Callable[..., Any]:
    """What one vote sends."""

    def settings(**changes: Any) -> Any:
        with Vendor(lambda _: Google.verdict()) as server:
            judge(Google, server, **changes).ask(sample, evidence, 2)
        return server.calls[0].json()

    return settings


@pytest.fixture
def failed(judge: Callable[..., Any], sample: Sample, evidence: Evidence) -> Callable[..., Any]:
    def failed(answer: Answer) -> GenerationError:
        with Vendor(lambda _: answer) as server:
            plugin = judge(Google, server)
            with pytest.raises(GenerationError) as caught:
                plugin.ask(sample, evidence, 0)
        return caught.value

    return failed


def test_it_asks_for_a_form(settings: Callable[..., Any]) -> None:
    """With the reason before the score; and no tool is offered."""
    sent = settings()
    form = sent["generationConfig"]
    assert form["responseMimeType"] == "application/json"
    assert _either(form["responseSchema"], "propertyOrdering") == ["reason", "score"]
    assert (form["seed"], form["maxOutputTokens"]) == (2, 4096)
    assert "tools" not in sent
    assert "seed" not in settings(send_seed=False)["generationConfig"]
    assert "judge pictures" in sent["systemInstruction"]["parts"][0]["text"]


def test_models_that_think_are_left_their_temperature(
    settings: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GoogleJudgeConfig, "at_home", lambda _: True)
    form = settings()["generationConfig"]
    assert "temperature" not in form
    assert _either(form["thinkingConfig"], "thinkingLevel") == "LOW"
    form = settings(temperature=0.5, effort="high", resolution="high")["generationConfig"]
    assert form["temperature"] == 0.5
    assert _either(form["thinkingConfig"], "thinkingLevel") == "HIGH"
    assert form["mediaResolution"] == "MEDIA_RESOLUTION_HIGH"


def test_thoughts_are_no_part_of_the_answer(
    judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    thought = {"text": '{"score": 0}', "thought": True}
    said = {"text": '{"reason": "so", "score": 1}'}
    answer = Answer(200, {"candidates": [{"content": {"parts": [thought, said]}, "finishReason": "STOP"}]})
    with Vendor(lambda _: answer) as server:
        opinion = judge(Google, server).ask(sample, evidence, 0)
    assert opinion.value == 1
    assert opinion.cost is None  # it told no tokens


def test_an_end_that_nobody_knows_is_a_failure(failed: Callable[..., Any]) -> None:
    error = failed(Google.text(None, ended="MALFORMED_RESPONSE"))
    assert "MALFORMED_RESPONSE" in str(error)
    assert error.charged


def test_a_wrong_key(failed: Callable[..., Any]) -> None:
    """Which Google answers with 400."""
    error = failed(Google.error(400, WORDS, None, {"@type": INFO, "reason": "API_KEY_INVALID"}))
    assert isinstance(error, AuthFailed)


def test_a_condition_that_fails_for_every_picture(failed: Callable[..., Any]) -> None:
    error = failed(Google.error(400, "User location is not supported", "FAILED_PRECONDITION"))
    assert isinstance(error, Fatal)
    assert "User location" in str(error)


def test_when_to_come_back_may_stand_in_the_details(failed: Callable[..., Any]) -> None:
    error = failed(Google.error(429, WORDS, None, {"@type": RETRY, "retryDelay": "12.5s"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 12.5


def test_without_a_key_it_says_where_to_get_one(
    judge: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where another variable that the SDK knows is set."""
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("GOOGLE_API_KEY", "x" * 20)
    with (
        Vendor(lambda _: Google.verdict()) as server,
        pytest.raises(PluginError, match=r"GEMINI_API_KEY is not set.*aistudio"),
    ):
        judge(Google, server)


def _either(message: dict[str, Any], name: str) -> Any:
    """A field of a message, which the API takes in both spellings, and the SDK sends in both."""
    plain = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return message.get(name, message.get(plain))
