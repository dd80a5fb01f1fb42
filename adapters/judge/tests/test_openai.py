"""What is OpenAI's own: parameters, other servers, codes of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.judge.tests.vendors import VERDICT, WORDS, OpenAI
from genspace_adapter_judge.openai_judge import NO_KEY
from genspace_adapter_judge.plugin import OpenAIJudgeConfig
from genspace_core.errors import AuthFailed, Fatal, PluginError, QuotaSpent
from genspace_core.testing import KEY, Vendor
from genspace_core.types import Evidence, Sample


@pytest.fixture
def body(
    judge: Callable[..., Any], sample: Sample, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """What one vote sends."""

    def body(*, home: bool = False, **changes: Any) -> Any:
        with Vendor(lambda _: OpenAI.verdict()) as server, monkeypatch.context() as patch:
            plugin = judge(OpenAI, server, **changes)
            if home:
                patch.setattr(OpenAIJudgeConfig, "at_home", lambda _: True)
            plugin.ask(sample, evidence, 3)
        return server.calls[0].json()

    return body


def test_it_asks_for_a_form(body: Callable[..., Any]) -> None:
    """The strict one, with the reason before the score."""
    form = body()["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    schema = form["json_schema"]["schema"]
    assert list(schema["properties"]) == schema["required"] == ["reason", "score"]
    assert schema["additionalProperties"] is False


def test_a_model_that_does_not_think_takes_temperature_and_seed(body: Callable[..., Any]) -> None:
    sent = body(home=True)
    assert (sent["model"], sent["reasoning_effort"]) == ("gpt-6.1-terra", "none")
    assert (sent["temperature"], sent["seed"]) == (0, 3)
    assert sent["max_completion_tokens"] == 4096
    assert body(home=True, votes=5)["temperature"] == 1


@pytest.mark.parametrize("config", [{"model": "gpt-6.2-sol"}, {"effort": "medium"}])
def test_a_model_that_thinks_takes_neither(config: dict[str, Any], body: Callable[..., Any]) -> None:
    sent = body(home=True, **config)
    assert not {"temperature", "seed"} & set(sent)
    assert sent["reasoning_effort"] in {"low", "medium"}
    assert body(home=True, temperature=0.3, **config)["temperature"] == 0.3


def test_another_server_is_asked_in_the_older_words(body: Callable[..., Any]) -> None:
    sent = body(model="qwen")
    assert sent["max_tokens"] == 4096
    assert not {"max_completion_tokens", "reasoning_effort"} & set(sent)
    assert (sent["temperature"], sent["seed"]) == (0, 3)


def test_what_it_does_not_know_is_left_out(body: Callable[..., Any]) -> None:
    sent = body(leave_out=["seed", "max_tokens"], extra_body={"top_k": 5}, detail="high")
    assert not {"seed", "max_tokens"} & set(sent)
    assert sent["top_k"] == 5
    picture = sent["messages"][1]["content"][0]
    assert picture["image_url"]["detail"] == "high"


def test_a_server_without_forms_is_asked_in_words(
    judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    answer = OpenAI.text('Sure!\n```json\n{"reason": "so", "score": 0.25}\n```')
    with Vendor(lambda _: answer) as server:
        opinion = judge(OpenAI, server, structured=False).ask(sample, evidence, 0)
    sent = server.calls[0].json()
    assert opinion.value == 0.25
    assert "response_format" not in sent
    assert "JSON" in sent["messages"][1]["content"][-1]["text"]


def test_a_server_that_needs_no_key(
    judge: Callable[..., Any], sample: Sample, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent none, not even one that lies about."""
    with Vendor(lambda _: OpenAI.verdict()) as server:
        opinion = judge(OpenAI, server, key_variable="").ask(sample, evidence, 0)
    assert opinion.value == VERDICT["score"]
    assert server.calls[0].headers["authorization"] == f"Bearer {NO_KEY}"
    assert not any(KEY in value for value in server.calls[0].headers.values())


def test_without_a_key_it_says_where_to_get_one(
    judge: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with (
        Vendor(lambda _: OpenAI.verdict()) as server,
        pytest.raises(PluginError, match=r"OPENAI_API_KEY is not set.*platform\.openai\.com"),
    ):
        judge(OpenAI, server)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "billing_hard_limit_reached", QuotaSpent),
        (401, "invalid_api_key", AuthFailed),
        (400, "unsupported_parameter", Fatal),
        (400, "unsupported_value", Fatal),
        (400, "model_not_found", Fatal),
    ],
)
def test_a_code_says_more_than_a_status(
    status: int, code: str, kind: Any, judge: Callable[..., Any], sample: Sample, evidence: Evidence
) -> None:
    """What one picture cannot have, none can: the run stops."""
    with Vendor(lambda _: OpenAI.error(status, WORDS, code, "temperature")) as server:
        plugin = judge(OpenAI, server)
        with pytest.raises(kind, match=WORDS) as caught:
            plugin.ask(sample, evidence, 0)
    assert ("parameter temperature: see effort" in str(caught.value)) is (kind is Fatal)


def test_cached_tokens_are_cheaper(
    judge: Callable[..., Any], sample: Sample, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAIJudgeConfig, "at_home", lambda _: True)
    details = {"cached_tokens": 1000, "cache_write_tokens": 500}
    with Vendor(lambda _: OpenAI.text('{"score": 1}', prompt_tokens_details=details)) as server:
        cost = judge(OpenAI, server).ask(sample, evidence, 0).cost
    assert cost == pytest.approx((500 * 1.0 + 1000 * 0.05 + 500 * 1.25 + 100 * 5.0) / 1e6)


def test_what_is_asked_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="'messages' cannot be left out"):
        OpenAIJudgeConfig(leave_out=("messages",))
