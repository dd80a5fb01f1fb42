"""Judges through the Gemini API, with Google's own SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from genspace_adapter_judge.judge import Answer, RemoteJudge, count, said
from genspace_adapter_judge.pictures import Shown
from genspace_adapter_judge.plugin import GoogleJudgeConfig
from genspace_adapter_judge.question import Question
from genspace_adapter_judge.verdict import SCHEMA
from genspace_core import http_error, import_package, read_key, read_limits, transport_error
from genspace_core.errors import AuthFailed, Fatal, GenerationError, QuotaSpent, Refused

INSTALL = "pip install 'genspace-adapter-judge[google]'"

_REFUSALS: Final = frozenset(
    {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
     "IMAGE_PROHIBITED_CONTENT", "ESCALATION"}
)  # fmt: skip
"""Why an answer ended, where that is a refusal."""

_KINDS: Final[Mapping[str, type[GenerationError]]] = {
    "API_KEY_INVALID": AuthFailed,
    "BILLING_DISABLED": QuotaSpent,
    "FAILED_PRECONDITION": Fatal,
    "NOT_FOUND": Fatal,
    "PERMISSION_DENIED": AuthFailed,
    "UNAUTHENTICATED": AuthFailed,
}
"""By the reason in an error's details, else by its status."""

_SECONDS: Final = re.compile(r"(\d+(?:\.\d+)?)s")


def build(config: GoogleJudgeConfig) -> GoogleJudge:
    """Build the client.

    Raises:
        PluginError: the SDK is not installed, or the key's variable is not set.
    """
    genai = import_package("google.genai", INSTALL)
    key = read_key(config.key_variable, config.key_page)
    options = genai.types.HttpOptions(
        base_url=config.base_url,
        api_version="v1beta",
        timeout=round(config.timeout * 1000),
        retry_options=genai.types.HttpRetryOptions(attempts=1),
        client_args={"follow_redirects": False},
    )
    client = genai.Client(api_key=key, vertexai=False, http_options=options)
    return GoogleJudge(config, client, genai, key)


class GoogleJudge(RemoteJudge):
    """Asks with generateContent; nothing is looked up on the web, and no tool is offered."""

    config: GoogleJudgeConfig

    def __init__(self, config: GoogleJudgeConfig, client: Any, sdk: Any, key: str) -> None:
        super().__init__(config)
        self._client, self._sdk, self._key = client, sdk, key

    def call(self, question: Question, pictures: Sequence[Shown], vote: int) -> Answer:
        """One call, never repeated here."""
        types = self._sdk.types
        parts = [types.Part.from_bytes(data=shown.data, mime_type=shown.media) for shown in pictures]
        try:
            told = self._client.models.generate_content(
                model=self.config.model,
                contents=[*parts, question.text],
                config=types.GenerateContentConfig(**self._settings(question, vote)),
            )
        except self._sdk.errors.APIError as error:
            raise self._failed(error) from None
        except Exception as error:
            raise self._unread(error) from None
        return self._read(told)

    def _settings(self, question: Question, vote: int) -> dict[str, Any]:
        config = self.config
        settings: dict[str, Any] = {
            "system_instruction": question.system,
            "max_output_tokens": config.max_tokens,
            "response_mime_type": "application/json",
            "response_schema": _schema(),
            "automatic_continuation": False,  # each would be a call of its own, and paid for
        }
        if config.send_seed:
            settings["seed"] = vote
        if config.sampled():
            settings["temperature"] = config.warmth()
        if config.thinking():
            settings["thinking_config"] = {"thinking_level": str(config.thinking()).upper()}
        if config.resolution:
            settings["media_resolution"] = f"MEDIA_RESOLUTION_{config.resolution.upper()}"
        return settings

    def _read(self, told: Any) -> Answer:
        """The answer in a response, which may be a refusal with HTTP 200.

        Raises:
            Refused: the question was blocked, or the answer.
            GenerationError: it was cut off, or ended for another reason.
        """
        http = told.sdk_http_response
        raw = told.model_dump(mode="json", exclude_none=True, exclude={"sdk_http_response", "parsed"})
        candidate = told.candidates[0] if told.candidates else None
        parts = (candidate.content.parts or []) if candidate and candidate.content else []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        limits = read_limits(http.headers) if http and http.headers else None
        answer = Answer(text, raw, self._cost_of(told.usage_metadata), limits)
        blocked = _name(told.prompt_feedback and told.prompt_feedback.block_reason)
        ended = _name(candidate and candidate.finish_reason)
        for why in (blocked, ended if ended in _REFUSALS else ""):
            if why:
                words = said((candidate and candidate.finish_message) or why, self._key)
                raise Refused(f"the judge refused: {words}", why, **answer.about())
        if ended == "MAX_TOKENS":
            raise GenerationError(
                f"the answer was cut off at max_tokens = {self.config.max_tokens}; set more", **answer.about()
            )
        if ended not in {"", "STOP"}:
            raise GenerationError(f"the answer ended with {ended}", **answer.about())
        return answer

    def _cost_of(self, usage: Any) -> float | None:
        if usage is None:
            return None
        spoken = count(usage.candidates_token_count)
        thought = count(usage.thoughts_token_count) or 0
        return self.cost(
            count(usage.prompt_token_count),
            None if spoken is None else spoken + thought,
            cached=count(usage.cached_content_token_count) or 0,
        )

    def _failed(self, error: Any) -> GenerationError:
        """What an HTTP error comes to."""
        headers = dict(getattr(error.response, "headers", None) or {})
        details = _details(error.details)
        reason = next((one["reason"] for one in details if isinstance(one.get("reason"), str)), "")
        words = said(_plain(error.message), self._key)
        kind = _KINDS.get(reason) or _KINDS.get(str(error.status))
        if str(error.status) == "RESOURCE_EXHAUSTED" and _for_the_day(details):
            kind = QuotaSpent
        if "retry-after" not in {name.lower() for name in headers}:
            waits = (_SECONDS.fullmatch(str(one.get("retryDelay", ""))) for one in details)
            if wait := next((found[1] for found in waits if found), None):
                headers["retry-after"] = wait
        if kind is Fatal:
            words = f"{words} (model {self.config.model} at {self.config.base_url})".strip()
        return http_error(int(error.code), words, headers, kind)

    def _unread(self, error: Exception) -> GenerationError:
        """What becomes of an error that is not the vendor's.

        Raises:
            Exception: the same, if it is a bug.
        """
        known = transport_error(error)
        if known is not None:
            return known
        if isinstance(error, ValueError):  # the SDK could make nothing of the answer
            text = said(_plain(error), self._key, 120)
            return GenerationError(
                f"the answer cannot be read ({type(error).__name__}: {text})", charged=True
            )
        raise error


def _schema() -> dict[str, Any]:
    """The form of an answer, in Google's dialect, which has an order of its own."""
    fields = {name: dict(field) for name, field in SCHEMA["properties"].items()}
    return {
        "type": "OBJECT",
        "properties": {name: field | {"type": field["type"].upper()} for name, field in fields.items()},
        "required": SCHEMA["required"],
        "property_ordering": list(fields),
    }


def _details(body: Any) -> list[dict[str, Any]]:
    """The details of an error, as google.rpc has them."""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    details = inner.get("details") if isinstance(inner, dict) else None
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []


def _for_the_day(details: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it is a quota of the day that is used up."""
    violations = (
        found for one in details for found in one.get("violations") or [] if isinstance(found, dict)
    )
    return any("PerDay" in str(found.get("quotaId", "")) for found in violations)


def _name(reason: Any) -> str:
    """The word for a reason; "" for none."""
    if not reason:
        return ""
    name = str(getattr(reason, "value", reason))
    return "" if name.endswith("UNSPECIFIED") else name


def _plain(text: Any) -> str:
    """A message, unless it is a whole page."""
    words = str(text or "")
    return "" if "<html" in words.lower() else words
