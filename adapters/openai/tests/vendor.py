"""What OpenAI's image API says, and a server that speaks as it does."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from genspace_core.testing import Answer, JobScript, Script

USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
    "output_tokens": 1056,
    "total_tokens": 1106,
}
TYPES = {
    "auth": ("invalid_request_error", "invalid_api_key"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "invalid": ("invalid_request_error", "invalid_prompt"),
    "limited": ("requests", "rate_limit_exceeded"),
    "server": ("server_error", None),
}
PATHS = ("/v1/images/generations", "/v1/images/edits")


def error(status: int, message: str, kind: str, code: str | None, param: str | None = None) -> Answer:
    return Answer(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def body(picture: bytes, **more: Any) -> dict[str, Any]:
    one = {"b64_json": base64.b64encode(picture).decode()}
    return {"created": 1764200000, "data": [one], "usage": USAGE, "quality": "medium"} | more


MODERATED = error(
    400,
    "Your request was rejected by the safety system. If you believe this is an error, contact us and include "
    "the request ID req_1. safety_violations=[violence].",
    "image_generation_user_error",
    "moderation_blocked",
)
POLICY = error(
    400, "Your request was rejected as a result of our safety system.", "invalid_request_error",
    "content_policy_violation",
)  # fmt: skip
USER_ERROR = error(400, "The picture cannot be made.", "image_generation_user_error", None)


class OpenAIScript(Script):
    paths = PATHS
    refusals: ClassVar = {
        "moderation_blocked": MODERATED,
        "content_policy_violation": POLICY,
        "image_generation_user_error": USER_ERROR,
    }
    quota_status = 429
    empty = Answer(200, {"created": 1764200000, "data": []})
    malformed_base64 = Answer(200, {"created": 1764200000, "data": [{"b64_json": "*" * 400}]})

    def answer(self, picture: bytes) -> Any:
        return body(picture)

    def error(self, status: int, kind: str, words: str) -> Answer:
        return error(status, words, *TYPES[kind])


class CompatibleScript(JobScript):
    paths = PATHS
    refusals: ClassVar = {"content_policy_violation": POLICY}
    quota_status = 402
    empty = Answer(200, {"created": 1764200000, "data": [{"url": None}]})

    def submitted(self, server: str, address: str) -> Any:
        return {"created": 1764200000, "data": [{"url": f"{address}?sig=s3cr3tsignature"}]}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return error(status, words, *TYPES[kind])
