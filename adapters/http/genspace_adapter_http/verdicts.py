"""What an answer means, by the recipe: a refusal, an error of some kind, or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from genspace_adapter_http.api import Reply
from genspace_adapter_http.expressions import look, look_text
from genspace_adapter_http.recipe import Recipe
from genspace_adapter_http.rules import Condition, Fault, Refusal
from genspace_core import http_error, kept_answer, read_limits
from genspace_core.errors import (
    AuthFailed,
    Fatal,
    GenerationError,
    InvalidRequest,
    QuotaSpent,
    RateLimited,
    Refused,
    Transient,
)

KINDS: Mapping[str, type[GenerationError]] = {
    "auth": AuthFailed,
    "quota": QuotaSpent,
    "invalid": InvalidRequest,
    "limited": RateLimited,
    "transient": Transient,
    "failed": GenerationError,
    "fatal": Fatal,
}
LONGEST = 300  # characters of a vendor's words


def read_json(reply: Reply) -> Any:
    """The answer, from JSON; None where it is none."""
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def judge(recipe: Recipe, reply: Reply, answer: Any) -> GenerationError | None:
    """The error that an answer is; None for one that is none.

    Args:
        recipe: whose rules hold.
        reply: as it came.
        answer: what `read_json` made of it.
    """
    for refusal in recipe.refusals:
        if _fits(refusal, reply.status, answer):
            return refused(recipe, reply, answer, refusal)
    fault = next((fault for fault in recipe.errors if _fits(fault, reply.status, answer)), None)
    if fault is None and reply.status < 300:
        return None
    kind = KINDS[fault.kind] if fault else None
    error = http_error(reply.status, words(recipe, reply, answer), _headers(reply, answer, fault), kind)
    error.answer = kept_answer(answer)
    return error


def refused(recipe: Recipe, reply: Reply, answer: Any, refusal: Refusal | None, word: str = "") -> Refused:
    """A refusal, by a rule or by a job's status."""
    reason = (look_text(refusal.reason, answer) if refusal else "") or word or "refused"
    said = words(recipe, reply, answer)
    return Refused(
        f"refused ({reason}): {said}" if said and said != reason else f"refused: {reason}",
        reason=str(kept_answer(reason))[:LONGEST],
        charged=refusal.charged if refusal else False,
        answer=kept_answer(answer),
        limits=read_limits(reply.headers),
    )


def words(recipe: Recipe, reply: Reply, answer: Any) -> str:
    """The vendor's own, in one line without secrets; of an answer that is no JSON only how it begins."""
    if answer is None:
        start = " ".join(reply.body[:80].decode("utf-8", "replace").split())
        if start.startswith("<"):
            return "the answer is a page for people, not JSON"
        return f"the answer is not JSON; it begins with {kept_answer(start)!r}" if start else ""
    for expression in recipe.message:
        found = look(expression, answer)
        if found:
            text = found if isinstance(found, str) else json.dumps(kept_answer(found), ensure_ascii=False)
            return " ".join(str(kept_answer(text)).split())[:LONGEST]
    return ""


def _fits(rule: Condition, status: int, answer: Any) -> bool:
    return (not rule.status or status in rule.status) and (not rule.when or bool(look(rule.when, answer)))


def _headers(reply: Reply, answer: Any, fault: Fault | None) -> Mapping[str, str]:
    """Those of the reply, with the wait that the answer itself asks for."""
    told = look_text(fault.retry_after, answer) if fault else ""
    return {"retry-after": told, **reply.headers} if told else reply.headers
