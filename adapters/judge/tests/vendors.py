"""What OpenAI and Google say, in their own form, as their documents have it."""

from __future__ import annotations

import json
from typing import Any

from genspace_core.testing import Answer

VERDICT = {"reason": "The dog's left side is towards us.", "score": 0.75}
WORDS = "the vendor's own words"
HTML = "<!DOCTYPE html>\n<html>\n<body>Bad gateway</body>\n</html>\n"
LIMITS = {"x-ratelimit-limit-requests": "60000", "x-ratelimit-remaining-requests": "59999"}


class OpenAI:
    """Chat completions."""

    name = "judge-openai"
    key_variable = "OPENAI_API_KEY"
    base_path = "/v1"
    path = "/v1/chat/completions"

    @staticmethod
    def text(text: str | None, *, ended: str = "stop", refusal: str | None = None, **usage: Any) -> Answer:
        """A whole answer in which the model wrote this."""
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_764_000_000,
            "model": "gpt-6.1-terra",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": ended,
                    "message": {"role": "assistant", "content": text, "refusal": refusal},
                }
            ],
            "usage": {"prompt_tokens": 2000, "completion_tokens": 100, "total_tokens": 2100} | usage,
        }
        return Answer(200, body, LIMITS)

    @classmethod
    def verdict(cls, **changes: Any) -> Answer:
        """A score and its reason."""
        return cls.text(json.dumps(VERDICT | changes))

    @classmethod
    def refusals(cls) -> dict[str, Answer]:
        """By the reason that `Refused` has to give."""
        return {
            "refusal": cls.text(None, refusal="I can't help with that."),
            "content_filter": cls.text("", ended="content_filter"),
            "content_policy_violation": cls.error(400, WORDS, code="content_policy_violation"),
        }

    @classmethod
    def cut_off(cls) -> Answer:
        """An answer that was too long."""
        return cls.text('{"reason": "The dog', ended="length")

    @staticmethod
    def error(status: int, words: str = WORDS, code: str | None = None, param: str | None = None) -> Answer:
        """An error."""
        return Answer(
            status, {"error": {"message": words, "type": "some_error", "code": code, "param": param}}
        )

    @classmethod
    def quota(cls) -> Answer:
        """The credit is used up."""
        return cls.error(429, code="insufficient_quota")


class Google:
    """generateContent."""

    name = "judge-google"
    key_variable = "GEMINI_API_KEY"
    base_path = ""
    path = "/v1beta/models/gemini-3.8-flash:generateContent"

    @staticmethod
    def text(text: str | None, *, ended: str = "STOP", **about: Any) -> Answer:
        """A whole answer in which the model wrote this."""
        parts = [] if text is None else [{"text": "Let me look.", "thought": True}, {"text": text}]
        body = {
            "candidates": [
                {"content": {"role": "model", "parts": parts}, "finishReason": ended, "index": 0} | about
            ],
            "usageMetadata": {
                "promptTokenCount": 2000,
                "candidatesTokenCount": 100,
                "thoughtsTokenCount": 300,
                "totalTokenCount": 2400,
            },
            "modelVersion": "gemini-3.8-flash",
            "responseId": "r1",
        }
        return Answer(200, body, LIMITS)

    @classmethod
    def verdict(cls, **changes: Any) -> Answer:
        """A score and its reason."""
        return cls.text(json.dumps(VERDICT | changes))

    @classmethod
    def refusals(cls) -> dict[str, Answer]:
        """By the reason that `Refused` has to give."""
        blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}}
        return {
            "SAFETY": cls.text(None, ended="SAFETY"),
            "RECITATION": cls.text(None, ended="RECITATION", finishMessage="too close to a source"),
            "PROHIBITED_CONTENT": Answer(200, blocked),
        }

    @classmethod
    def cut_off(cls) -> Answer:
        """An answer that was too long."""
        return cls.text('{"reason": "The dog', ended="MAX_TOKENS")

    @staticmethod
    def error(status: int, words: str = WORDS, code: str | None = None, *details: dict[str, Any]) -> Answer:
        """An error."""
        usual = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
        name = code or usual.get(status, "INTERNAL")
        return Answer(
            status, {"error": {"code": status, "message": words, "status": name, "details": list(details)}}
        )

    @classmethod
    def quota(cls) -> Answer:
        """The day's quota is used up."""
        violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel", "quotaValue": "250"}
        kind = "type.googleapis.com/google.rpc.QuotaFailure"
        return cls.error(429, WORDS, None, {"@type": kind, "violations": [violation]})


VENDORS = (OpenAI, Google)
