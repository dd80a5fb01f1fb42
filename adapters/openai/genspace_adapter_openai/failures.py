"""From what OpenAI's SDK raises to what the run engine understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genspace_adapter_openai.plugin import OPTIONAL
from genspace_core import http_error, kept_answer, read_limits, transport_error
from genspace_core.errors import Fatal, GenerationError, QuotaSpent, Refused, Transient

REFUSED = {"moderation_blocked", "content_policy_violation", "content_filter", "content_filtered",
           "image_generation_user_error"}  # fmt: skip
"""Codes, and types, of an error that declines a prompt or its picture."""

SPENT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
NO_MODEL = {"model_not_found", "model_not_available"}
_SETTINGS = {"model", "n", "response_format", *OPTIONAL}
"""Parameters that are the same for every picture: a server that refuses one refuses them all."""

_NOT_FOUND = 404


def failure_of(error: Exception, model: str) -> GenerationError | None:
    """The error for what the SDK raised; None where it is none of the SDK's.

    Args:
        error: as it was raised.
        model: that was asked.
    """
    import openai

    if isinstance(error, openai.APIStatusError):
        return told_failure(error.status_code, error.body, dict(error.response.headers), model)
    if isinstance(error, openai.APIConnectionError):
        return transport_error(error) or Transient(f"the connection failed ({error})", charged=True)
    if isinstance(error, openai.OpenAIError):
        return GenerationError(f"OpenAI's SDK: {kept_answer(' '.join(str(error).split()))}")
    return None


def told_failure(status: int, body: Any, headers: Mapping[str, str], model: str) -> GenerationError:
    """The error that a server told of.

    Args:
        status: of HTTP.
        body: of the answer.
        headers: of the answer.
        model: that was asked.
    """
    told = body if isinstance(body, Mapping) else {}
    if isinstance(told.get("error"), Mapping):
        told = told["error"]
    words = _words(body, told)
    names = [str(told[name]) for name in ("code", "type") if told.get(name)]
    refusals = [name for name in names if name in REFUSED]
    if refusals:
        error: GenerationError = Refused(
            f"{refusals[0]}: {kept_answer(words)}", reason=refusals[0], limits=read_limits(headers)
        )
    elif set(names) & SPENT:
        error = http_error(status, words, headers, QuotaSpent)
    elif set(names) & NO_MODEL or (status == _NOT_FOUND and told.get("param") == "model"):
        error = http_error(status, f"{model}: {words}", headers, Fatal)
    elif told.get("param") in _SETTINGS and 400 <= status < 500 and status not in {401, 403, 429}:
        error = http_error(status, words + _hint(str(told["param"])), headers, Fatal)
    else:
        error = http_error(status, words, headers)
    error.answer = kept_answer(body)
    return error


def _hint(parameter: str) -> str:
    if parameter not in OPTIONAL:
        return ""
    return f'; set another {parameter}, or leave_out = ["{parameter}"] if the server does not know it'


def _words(body: Any, told: Mapping[str, Any]) -> str:
    """The server's own words; none of a whole document."""
    found = told.get("message") or told.get("detail") or told.get("error")
    if isinstance(found, str):
        return " ".join(found.split())
    text = body if isinstance(body, str) else ""
    return "" if text.lstrip().startswith("<") else " ".join(text.split())
