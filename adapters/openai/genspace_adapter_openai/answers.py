"""Reading an answer of OpenAI's image API: the picture, its facts, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genspace_adapter_openai.plugin import OpenAIConfig
from genspace_adapter_openai.sizes import parse_size
from genspace_core import kept_answer
from genspace_core.errors import GenerationError, Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer holds.

    Attributes:
        base64: the picture; empty where it lies at an address.
        address: where it lies; None where it is here.
        info: facts worth keeping.
        cost: US dollars, None where nobody knows.
        kept: all of it, but for pictures and secrets.
    """

    base64: str
    address: str | None
    info: dict[str, Any]
    cost: float | None
    kept: Any

    @classmethod
    def read(cls, body: Any, config: OpenAIConfig, edit: bool, size: str, number: str | None) -> Answer:
        """Read it.

        Args:
            body: from JSON.
            config: for its prices.
            edit: it answers an edit.
            size: that was asked for.
            number: by which the vendor knows the call.

        Raises:
            Refused: it holds no picture.
            GenerationError: it is of another form.
        """
        kept = kept_answer(body)
        if not isinstance(body, Mapping):
            raise GenerationError("the answer is not of OpenAI's form", charged=True, answer=kept)
        usage = body["usage"] if isinstance(body.get("usage"), Mapping) else {}
        made = str(body.get("size") or size)
        cost = _cost(config, usage, edit, str(body.get("quality") or config.quality), made)
        pictures = body.get("data")
        first = pictures[0] if isinstance(pictures, list) and pictures else {}
        first = first if isinstance(first, Mapping) else {}
        base64, address = first.get("b64_json"), first.get("url")
        if not isinstance(base64, str | None) or not isinstance(address, str | None):
            raise GenerationError("the answer is not of OpenAI's form", charged=True, answer=kept)
        if not base64 and not address:
            raise Refused(
                "the answer holds no picture", reason="no_image", cost=cost, charged=cost is None, answer=kept
            )
        info = {
            "model": str(body.get("model") or config.model),
            "vendor_id": number,
            "size": made,
            "rewriting": False,
            "usage": kept_answer(usage) or None,
            "revised_prompt": first.get("revised_prompt"),
            "quality": body.get("quality"),
        }
        told = {name: value for name, value in info.items() if value is not None}
        return cls(base64 or "", None if base64 else address, told, cost, kept)


def _cost(
    config: OpenAIConfig, usage: Mapping[str, Any], edit: bool, quality: str, size: str
) -> float | None:
    """What the user says, or else what was used, or else what the table says."""
    if config.price is None and config.tokens is not None:
        used = config.tokens.cost(usage, edit=edit)
        if used is not None:
            return used
    return config.price_of(quality, size if parse_size(size) else config.size)
