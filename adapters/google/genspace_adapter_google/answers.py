"""What an answer holds: a picture, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genspace_core import decode_base64, kept_answer
from genspace_core.errors import AuthFailed, GenerationError, Refused

REFUSALS = frozenset(
    {
        "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "OTHER", "ESCALATION",
        "MODEL_ARMOR", "NO_IMAGE", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
        "IMAGE_OTHER",
    }
)  # fmt: skip
"""Finish reasons by which the model declines."""

_LIMITED = "PUP_LIMITED_DISABLED"
_ENDED = frozenset({"", "STOP", "FINISH_REASON_UNSPECIFIED"})
_LONGEST = 200  # characters of a text that came in place of a picture


def find_picture(answer: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The encoded picture, and what is worth recording of how it came.

    Drafts that the model made while it thought are not its answer.

    Args:
        answer: the API's JSON.

    Raises:
        Refused: there is none; the reason is Google's word for it, "text" or "no_image".
        AuthFailed: the account may make no more.
        GenerationError: there is none for another reason, or it is malformed.
    """
    feedback = _mapping(answer.get("promptFeedback"))
    candidate = next(iter(_mappings(answer.get("candidates"))), {})
    parts = [
        part for part in _mappings(_mapping(candidate.get("content")).get("parts")) if not part.get("thought")
    ]
    pictures = [str(data["data"]) for part in parts if (data := _mapping(part.get("inlineData"))).get("data")]
    reason = str(candidate.get("finishReason") or "")
    if not pictures:
        text = " ".join(str(part["text"]) for part in parts if part.get("text"))
        said = str(candidate.get("finishMessage") or feedback.get("blockReasonMessage") or text)
        raise _missing(str(feedback.get("blockReason") or ""), reason, said, has_text=bool(text))
    facts: dict[str, Any] = {}
    if reason not in _ENDED:
        facts["finish_reason"] = reason
    if len(pictures) > 1:
        facts["pictures"] = len(pictures)  # the first is as good as any, and chosen by nobody
    return decode_base64(pictures[0]), facts


def _missing(blocked: str, reason: str, said: str, *, has_text: bool) -> GenerationError:
    words = str(kept_answer(" ".join(said.split())[:_LONGEST]))
    tail = f": {words}" if words else ""
    if blocked:
        return Refused(f"the prompt was blocked ({blocked}){tail}", blocked)
    if reason == _LIMITED:
        return AuthFailed(f"the account is limited or disabled ({reason}){tail}")
    if reason in REFUSALS:
        return Refused(f"no picture ({reason}){tail}", reason)
    if reason not in _ENDED:
        return GenerationError(f"no picture; the model stopped with {reason}{tail}", charged=True)
    if has_text:
        return Refused(f"text in place of a picture{tail}", "text", charged=True)
    return Refused("the answer holds no picture, and no reason", "no_image", charged=True)


def usage_of(answer: Mapping[str, Any]) -> dict[str, int]:
    """Tokens by kind: prompt, image, text and thoughts; empty where the answer does not tell."""
    told = _mapping(answer.get("usageMetadata"))
    if not told:
        return {}
    of_candidates = _count(told.get("candidatesTokenCount"))
    image = sum(
        _count(part.get("tokenCount"))
        for part in _mappings(told.get("candidatesTokensDetails"))
        if part.get("modality") == "IMAGE"
    )
    return {
        "prompt_tokens": _count(told.get("promptTokenCount")),
        "image_tokens": image,
        "text_tokens": max(0, of_candidates - image),
        "thought_tokens": _count(told.get("thoughtsTokenCount")),
        "total_tokens": _count(told.get("totalTokenCount")),
    }


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
