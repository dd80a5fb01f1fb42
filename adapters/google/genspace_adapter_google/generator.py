"""Pictures from Gemini's image models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genspace_adapter_google.answers import find_picture, usage_of
from genspace_adapter_google.asking import arguments, facts
from genspace_adapter_google.client import INSTALL, build_client
from genspace_adapter_google.failures import api_error
from genspace_adapter_google.pixels import at_size, size_of
from genspace_adapter_google.plugin import GoogleConfig
from genspace_core import import_package, kept_answer, parse_json, read_limits, transport_error
from genspace_core.errors import GenerationError, Refused
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator

ON = {"grounding": False, "watermark": "SynthID"}
"""The tool that looks things up is never passed; the invisible watermark cannot be switched off."""


class GoogleGenerator(Generator):
    """One call for one picture; safe to use from several threads.

    Args:
        config: which model, and how it is asked.
    """

    def __init__(self, config: GoogleConfig) -> None:
        self._config = config
        self._client = build_client(config)
        genai = import_package("google.genai", INSTALL)
        self._types, self._api_error = genai.types, genai.errors.APIError

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        """Make one picture, or edit the source."""
        told = facts(self._config, request)
        answer, headers = self._ask(request, told)
        usage = usage_of(answer)
        kept, limits = kept_answer(answer), read_limits(headers)
        try:
            data, more = find_picture(answer)
            made = size_of(data)
            if request.source is not None:
                height, width = request.source.shape[:2]
                data = at_size(data, width, height)
        except GenerationError as error:
            error.answer, error.limits = kept, limits
            if isinstance(error, Refused) or usage.get("image_tokens"):
                error.cost = self._cost(usage, made=False)
            raise
        info = told | ON | more | {"size": list(size_of(data)), "usage": usage}
        info["model"] = str(answer.get("modelVersion") or self._config.model)
        if answer.get("responseId"):
            info["vendor_id"] = str(answer["responseId"])
        if info["size"] != list(made):
            info["size_made"] = list(made)
        return GeneratedImage(
            data=data, info=info, cost=self._cost(usage, made=True), answer=kept, limits=limits
        )

    def _ask(
        self, request: GenerationRequest, told: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """The API's answer as JSON, and its headers."""
        config = self._config
        try:
            came = self._client.models.generate_content(
                model=config.model, **arguments(self._types, told, request)
            ).sdk_http_response
        except self._api_error as error:
            headers = getattr(error.response, "headers", {})
            raise api_error(error.code, error.details, headers, config.model, config.row) from None
        except Exception as error:
            raise _broken(error) from None
        headers = came.headers or {}
        answer = parse_json((came.body or "").encode())
        if not isinstance(answer, dict):
            raise GenerationError(
                "the answer is none of this API's", charged=True, answer=kept_answer(answer)
            )
        inner = answer.get("error")
        if isinstance(inner, dict) and isinstance(inner.get("code"), int):
            raise api_error(inner["code"], answer, headers, config.model, config.row)
        return answer, headers

    def _cost(self, usage: Mapping[str, int], *, made: bool) -> float | None:
        """US dollars of an answer; None where nobody knows.

        Args:
            usage: its tokens, by kind; empty where it does not tell.
            made: it holds a picture.
        """
        config, row = self._config, self._config.row
        if config.price is not None:
            return config.price if made else None
        if row is None:
            return None
        picture = row.price(config.size) if made else 0.0
        if not usage:
            return picture if made else None
        image, text = usage["image_tokens"], usage["text_tokens"]
        if made and not image:  # not told apart: the tokens of the candidates are the picture's
            text = 0
        rest = row.cost(prompt=usage["prompt_tokens"], text=text + usage["thought_tokens"], image=image)
        return round(rest if image else picture + rest, 8)


def _broken(error: Exception) -> BaseException:
    """A connection that failed, or bytes that are no text; anything else is a fault of ours."""
    known = transport_error(error)
    if known is not None:
        return known
    if isinstance(error, UnicodeError) or type(error).__name__ == "DecodingError":
        return GenerationError(f"the answer cannot be read ({type(error).__name__})", charged=True)
    return error


def build(config: GoogleConfig) -> Generator:
    """The factory."""
    return GoogleGenerator(config)
