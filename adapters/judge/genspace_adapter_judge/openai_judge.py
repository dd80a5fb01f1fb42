"""Judges through chat completions: OpenAI's models, and those of servers with the same API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from genspace_adapter_judge.judge import Answer, RemoteJudge, count, said
from genspace_adapter_judge.pictures import Shown
from genspace_adapter_judge.plugin import OpenAIJudgeConfig
from genspace_adapter_judge.question import Question
from genspace_adapter_judge.verdict import SCHEMA
from genspace_core import (
    http_error,
    import_package,
    kept_answer,
    parse_json,
    read_key,
    read_limits,
    transport_error,
)
from genspace_core.errors import AuthFailed, Fatal, GenerationError, QuotaSpent, Refused

INSTALL = "pip install 'genspace-adapter-judge[openai]'"
NO_KEY = "none"
"""What a server is sent that needs no key; the SDK insists on one."""

_KINDS: Final[Mapping[str, type[GenerationError]]] = {
    "insufficient_quota": QuotaSpent,
    "billing_hard_limit_reached": QuotaSpent,
    "billing_not_active": QuotaSpent,
    "invalid_api_key": AuthFailed,
    "account_deactivated": AuthFailed,
    "model_not_found": Fatal,
    "unsupported_parameter": Fatal,
    "unsupported_value": Fatal,
    "unknown_parameter": Fatal,
    "invalid_json_schema": Fatal,
}
"""By the vendor's own code, where it says more than the status: what fails for one picture fails for all."""

_REFUSALS: Final = frozenset(
    {"content_filter", "content_policy_violation", "moderation_blocked", "invalid_prompt"}
)


def build(config: OpenAIJudgeConfig) -> OpenAIJudge:
    """Build the client.

    Raises:
        PluginError: the SDK is not installed, or the key's variable is not set.
    """
    openai = import_package("openai", INSTALL)
    key = read_key(config.key_variable, config.key_page) if config.key_variable else NO_KEY
    client = openai.OpenAI(
        api_key=key,
        base_url=config.base_url,
        timeout=config.timeout,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(follow_redirects=False, timeout=config.timeout),
    )
    return OpenAIJudge(config, client, openai, key)


class OpenAIJudge(RemoteJudge):
    """Asks with chat completions, which other servers have too."""

    config: OpenAIJudgeConfig

    def __init__(self, config: OpenAIJudgeConfig, client: Any, sdk: Any, key: str) -> None:
        super().__init__(config)
        self._client, self._sdk, self._key = client, sdk, key

    def in_words(self) -> bool:
        """Where the server has no structured output."""
        return not self.config.structured

    def call(self, question: Question, pictures: Sequence[Shown], vote: int) -> Answer:
        """One call, never repeated here."""
        try:
            raw = self._client.chat.completions.with_raw_response.create(
                **self._request(question, pictures, vote)
            )
            body, headers = raw.content, dict(raw.headers)
        except self._sdk.APIStatusError as error:
            raise self._failed(error) from None
        except Exception as error:
            known = transport_error(error)
            if known is None:
                raise
            raise known from None
        return self._read(parse_json(body), headers)

    def _request(self, question: Question, pictures: Sequence[Shown], vote: int) -> dict[str, Any]:
        config = self.config
        limit = "max_completion_tokens" if config.at_home() else "max_tokens"
        request: dict[str, Any] = {
            "model": config.model,
            "messages": [
                {"role": "system", "content": question.system},
                {
                    "role": "user",
                    "content": [*map(self._picture, pictures), {"type": "text", "text": question.text}],
                },
            ],
            limit: config.max_tokens,
        }
        if config.structured:
            form = {"name": "verdict", "strict": True, "schema": SCHEMA}
            request["response_format"] = {"type": "json_schema", "json_schema": form}
        if config.sampled():
            request |= {"temperature": config.warmth(), "seed": vote}
        if config.thinking():
            request["reasoning_effort"] = config.thinking()
        if config.extra_body:
            request["extra_body"] = config.extra_body
        return {name: value for name, value in request.items() if name not in config.leave_out}

    def _picture(self, shown: Shown) -> dict[str, Any]:
        address = f"data:{shown.media};base64,{b64encode(shown.data).decode()}"
        detail = {"detail": self.config.detail} if self.config.detail else {}
        return {"type": "image_url", "image_url": {"url": address, **detail}}

    def _read(self, body: Any, headers: Mapping[str, str]) -> Answer:
        """The answer in a body.

        Raises:
            Refused: there is a refusal in its place.
            GenerationError: it was cut off.
        """
        choices = body.get("choices") if isinstance(body, dict) else None
        choice = _map(choices[0]) if isinstance(choices, list) and choices else {}
        message = _map(choice.get("message"))
        text = message.get("content")
        answer = Answer(
            text if isinstance(text, str) else "", body, self._cost_of(body), read_limits(headers)
        )
        refusal, ended = message.get("refusal"), choice.get("finish_reason")
        if refusal:
            raise Refused(f"the judge refused: {said(refusal, self._key)}", "refusal", **answer.about())
        if ended == "content_filter":
            raise Refused("the judge's answer was filtered", "content_filter", **answer.about())
        if ended == "length":
            raise GenerationError(
                f"the answer was cut off at max_tokens = {self.config.max_tokens}; set more", **answer.about()
            )
        return answer

    def _cost_of(self, body: Any) -> float | None:
        usage = _map(_map(body).get("usage"))
        details = _map(usage.get("prompt_tokens_details"))
        return self.cost(
            count(usage.get("prompt_tokens")),
            count(usage.get("completion_tokens")),
            cached=count(details.get("cached_tokens")) or 0,
            written=count(details.get("cache_write_tokens")) or 0,
        )

    def _failed(self, error: Any) -> GenerationError:
        """What an HTTP error comes to."""
        told = _map(error.body)
        words = said(told.get("message") or _plain(error.response.text), self._key)
        code, headers = str(error.code or error.type or ""), dict(error.response.headers)
        if code in _REFUSALS:
            return Refused(words, code, answer=kept_answer(told), limits=read_limits(headers))
        kind = _KINDS.get(code)
        if error.param and kind is Fatal:
            words += f" (parameter {said(error.param, self._key)}: see effort, structured and leave_out)"
        elif error.status_code == HTTPStatus.NOT_FOUND:
            words += f" (model {self.config.model} at {self.config.base_url})"
        return http_error(error.status_code, words.strip(), headers, kind)


def _plain(text: str) -> str:
    """An answer that is no JSON, unless it is a whole page."""
    return "" if "<html" in text.lower() else text


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
