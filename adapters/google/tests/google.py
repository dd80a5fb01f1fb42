"""Gemini's API on this machine: the JSON that it answers with."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_google.generator import build
from genspace_adapter_google.plugin import GoogleConfig
from genspace_core.errors import GenerationError
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator
from genspace_core.testing.vendor import Answer, Call, Vendor

KEY = "AIzaSy-planted-key-0123456789"
T2I = GenerationRequest(task="t2i", prompt="A photo of one dog.", seed=7)
USAGE = {
    "promptTokenCount": 10,
    "candidatesTokenCount": 1120,
    "thoughtsTokenCount": 200,
    "totalTokenCount": 1330,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
}


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png(height: int = 32, width: int = 32, seed: int = 0) -> bytes:
    file = io.BytesIO()
    Image.fromarray(noise(height, width, seed)).save(file, "PNG")
    return file.getvalue()


def decoded(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def image_part(data: bytes, **more: Any) -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    return {"inlineData": {"mimeType": "image/png", "data": text}} | more


def body(*parts: Mapping[str, Any], reason: str | None = "STOP", **more: Any) -> dict[str, Any]:
    """What generateContent answers."""
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
    if reason is not None:
        candidate["finishReason"] = reason
    return {
        "candidates": [candidate],
        "usageMetadata": USAGE,
        "modelVersion": "gemini-nano-banana-2.1-2026-10-07",
        "responseId": "abc-123",
    } | more


def fault(code: int, status: str, message: str, *details: Mapping[str, Any]) -> Answer:
    """Google's form of an error."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return Answer(code, {"error": error})


def quota(quota_id: str, **more: str) -> dict[str, Any]:
    """A detail of a rejection."""
    kind = "type.googleapis.com/google.rpc.QuotaFailure"
    return {"@type": kind, "violations": [{"quotaMetric": "requests", "quotaId": quota_id} | more]}


def generator(vendor: Vendor, **keys: Any) -> Generator:
    """As a run builds it; GEMINI_API_KEY has to be set."""
    return build(GoogleConfig.model_validate({"base_url": vendor.address, "timeout": 5.0} | keys))


class Google:
    """A server for all tests, and a generator for each configuration: building one takes a while."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._built: dict[str, Generator] = {}

    def answered(
        self, answer: Answer | Mapping[str, Any], request: GenerationRequest = T2I, **keys: Any
    ) -> GeneratedImage:
        """What comes of one answer; it is one call, whatever comes."""
        told = answer if isinstance(answer, Answer) else Answer(200, answer)
        self._vendor.route = lambda _: told
        name = repr(keys)
        if name not in self._built:
            self._built[name] = generator(self._vendor, **keys)
        before = len(self._vendor.calls)
        try:
            return self._built[name].generate(request)
        finally:
            assert len(self._vendor.calls) == before + 1

    def failed(self, answer: Answer | Mapping[str, Any], **keys: Any) -> GenerationError:
        """What comes of one that holds no picture: one line."""
        with pytest.raises(GenerationError) as caught:
            self.answered(answer, **keys)
        assert "\n" not in str(caught.value)
        return caught.value

    def asked(self, request: GenerationRequest = T2I, **keys: Any) -> Call:
        """The call that a picture takes."""
        self.answered(body(image_part(png())), request, **keys)
        return self._vendor.calls[-1]
