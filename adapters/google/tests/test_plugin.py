"""What holds for every generator, and what the adapter announces."""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.google.tests.google import T2I, body, fault, generator, image_part, png, quota
from genspace_adapter_google.models import load_models
from genspace_adapter_google.plugin import GOOGLE, GoogleConfig
from genspace_core.testing import Answer, EditorConformance, RemoteConformance, Script, Vendor
from genspace_core.testing.vendor import Call

MODELS = load_models()


class Gemini(Script):
    paths = (r"/v1beta/models/[^/]+:generateContent",)
    quota_status = 429
    refusals: ClassVar = {
        "PROHIBITED_CONTENT": Answer(200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
        "IMAGE_SAFETY": Answer(200, body(reason="IMAGE_SAFETY")),
        "IMAGE_RECITATION": Answer(200, body(reason="IMAGE_RECITATION")),
        "NO_IMAGE": Answer(200, body({"text": "Hm."}, reason="NO_IMAGE")),
        "text": Answer(200, body({"text": "I would rather describe it."})),
        "no_image": Answer(200, body()),
    }
    empty = Answer(200, {"candidates": []})
    malformed_base64 = Answer(
        200, body({"inlineData": {"mimeType": "image/png", "data": "!" * 400}}, usageMetadata={})
    )

    def answer(self, picture: bytes) -> Any:
        return body(image_part(picture))

    def error(self, status: int, kind: str, words: str) -> Answer:
        details = [quota("GenerateRequestsPerDayPerProjectPerModel")] if kind == "quota" else []
        return fault(status, kind.upper(), words, *details)


class TestGenerator(RemoteConformance):
    spec = GOOGLE
    spec_module = "genspace_adapter_google.plugin"
    key_variable = "GEMINI_API_KEY"
    script = Gemini()


class TestEditor(RemoteConformance, EditorConformance):
    spec = GOOGLE
    spec_module = "genspace_adapter_google.plugin"
    key_variable = "GEMINI_API_KEY"
    script = Gemini()
    config: ClassVar = {"model": "gemini-3-pro-image", "image_size": "2K"}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_a_ready_name(name: str) -> None:
    ready = tomllib.loads((Path(__file__).parents[3] / "plugins.toml").read_text("utf-8"))["generators"]
    assert ready[name] == {"plugin": "google", "model": name}


def test_what_is_the_accounts_is_no_part_of_the_picture() -> None:
    told = GoogleConfig(timeout=5, concurrency=2, requests_per_minute=10, price=1, key_variable="MINE")
    assert told.identity() == {}
    assert GoogleConfig(thinking="high", image_size="2K").identity() == {
        "thinking": "high",
        "image_size": "2K",
    }


def test_what_the_planner_reads() -> None:
    told = GoogleConfig(requests_per_minute=10).capabilities(GOOGLE.capabilities)
    assert told.account == "google generativelanguage.googleapis.com GEMINI_API_KEY"
    assert (told.network, told.seeds, told.tasks) == (True, False, {"t2i", "edit"})
    assert (told.max_concurrency, told.requests_per_minute) == (16, 10)
    assert GoogleConfig(concurrency=3).capabilities(GOOGLE.capabilities).max_concurrency == 3


def test_one_instance_serves_many_threads() -> None:
    """Each gets its own picture; the calls overlap."""

    def route(call: Call) -> Answer:
        number = int(call.json()["contents"][0]["parts"][0]["text"])
        return Answer(200, body(image_part(png(seed=number))), delay=0.2)

    with Vendor(route) as vendor:
        plugin = generator(vendor)
        requests = [type(T2I)(task="t2i", prompt=str(number), seed=1) for number in range(16)]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(plugin.generate, requests))
        assert [image.data for image in made] == [png(seed=number) for number in range(16)]
        assert vendor.most_at_once > 4
