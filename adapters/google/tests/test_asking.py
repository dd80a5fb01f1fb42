"""What arrives at the server."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adapters.google.tests.google import KEY, T2I, Google, body, decoded, generator, image_part, noise, png
from genspace_adapter_google.plugin import GoogleConfig
from genspace_core.errors import PluginError
from genspace_core.interfaces import GenerationRequest
from genspace_core.testing.vendor import Answer, Call, Vendor

FILTERS = ["HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT"]


def sent(google: Google, request: GenerationRequest = T2I, **keys: Any) -> dict[str, Any]:
    """The generationConfig."""
    told: dict[str, Any] = google.asked(request, **keys).json()["generationConfig"]
    return told


def asked_anew() -> Call:
    """What one asks that is built here and now."""
    with Vendor(lambda _: Answer(200, body(image_part(png())))) as vendor:
        generator(vendor).generate(T2I)
        return vendor.calls[0]


def test_a_picture_is_asked_for(google: Google) -> None:
    call = google.asked()
    assert (call.method, call.path) == ("POST", "/v1beta/models/gemini-nano-banana-2.1:generateContent")
    assert call.query == {}, "the key belongs into the header"
    assert call.headers["x-goog-api-key"] == KEY
    assert call.json() == {
        "contents": [{"role": "user", "parts": [{"text": T2I.prompt}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "1:1", "imageSize": "1K"},
        },
        "safetySettings": [
            {"category": f"HARM_CATEGORY_{name}", "threshold": "BLOCK_NONE"} for name in FILTERS
        ],
    }


def test_an_edit_brings_its_source(google: Google) -> None:
    source = noise(48, 80, seed=3)
    call = google.asked(GenerationRequest(task="edit", prompt="Turn the dog.", seed=1, source=source))
    text, picture = call.json()["contents"][0]["parts"]
    assert text == {"text": "Turn the dog."}
    assert picture["inlineData"]["mime_type"] == "image/png"
    assert np.array_equal(decoded(base64.urlsafe_b64decode(picture["inlineData"]["data"])), source)


@pytest.mark.parametrize(
    ("height", "width", "ratio"),
    [
        (512, 512, "1:1"),
        (480, 640, "4:3"),
        (640, 480, "3:4"),
        (100, 178, "16:9"),
        (90, 900, "8:1"),
        (60, 64, "1:1"),
    ],
)
def test_an_edit_has_the_shape_nearest_to_its_source(
    google: Google, height: int, width: int, ratio: str
) -> None:
    request = GenerationRequest(task="edit", prompt="x", seed=1, source=noise(height, width))
    assert sent(google, request)["imageConfig"]["aspectRatio"] == ratio
    assert sent(google, request, aspect_ratio="2:3")["imageConfig"]["aspectRatio"] == "2:3"


@pytest.mark.parametrize(
    ("model", "keys", "told"),
    [
        ("gemini-nano-banana-2.1", {}, {"imageSize": "1K"}),
        ("gemini-nano-banana-2.1", {"image_size": "2K"}, {"imageSize": "2K"}),
        ("gemini-3-pro-image", {"image_size": "4K"}, {"imageSize": "4K", "seed": 7}),
        ("gemini-3.1-flash-lite-image", {}, {"seed": 7}),
        ("gemini-3.1-flash-lite-image", {"image_size": "1K"}, {"seed": 7}),
        ("gemini-2.5-flash-image", {"send_seed": False}, {}),
        ("gemini-2.5-flash-image", {"temperature": 0.5}, {"seed": 7, "temperature": 0.5}),
        ("gemini-nano-banana-2.1", {"thinking": "high"}, {"imageSize": "1K", "thinking_level": "HIGH"}),
        ("gemini-9-image", {}, {"seed": 7}),
        ("gemini-9-image", {"image_size": "8K"}, {"imageSize": "8K", "seed": 7}),
        ("gemini-9-image", {"thinking": "low"}, {"seed": 7, "thinking_level": "LOW"}),
    ],
)  # fmt: skip
def test_a_model_is_told_what_it_takes(
    google: Google, model: str, keys: dict[str, Any], told: dict[str, Any]
) -> None:
    config = sent(google, model=model, **keys)
    found = {name: config[name] for name in ("seed", "temperature") if name in config}
    found |= {name: value for name, value in config["imageConfig"].items() if name != "aspectRatio"}
    found |= config.get("thinkingConfig", {})
    assert found == told


@pytest.mark.parametrize("safety", ["OFF", "BLOCK_ONLY_HIGH"])
def test_the_filters_are_as_configured(google: Google, safety: str) -> None:
    told = google.asked(safety=safety).json()["safetySettings"]
    assert [one["threshold"] for one in told] == [safety] * 4


def test_the_filters_may_be_the_vendors(google: Google) -> None:
    assert "safetySettings" not in google.asked(safety="vendor").json()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"image_size": "1k"}, r"image_size '1k': gemini-nano-banana-2.1 takes one of 1K, 2K, 4K"),
    ({"model": "gemini-2.5-flash-image", "image_size": "2K"}, "takes one of 1K"),
    ({"model": "gemini-3-pro-image", "aspect_ratio": "8:1"}, "aspect_ratio '8:1': gemini-3-pro-image"),
    ({"aspect_ratio": "wide"}, "aspect_ratio"),
    ({"model": "gemini-2.5-flash-image", "thinking": "high"}, "thinking 'high': .* takes none"),
    ({"temperature": 1.0}, "temperature: gemini-nano-banana-2.1 takes none"),
    ({"model": "models/gemini-3-pro-image"}, "model"),
    ({"base_url": ""}, "an address is needed"),
    ({"base_url": "https://proxy.example/v1beta"}, r"without the version: https://proxy\.example "),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "says"), WRONG, ids=lambda v: str(v)[:50])
def test_a_wrong_option_is_refused_before_any_call(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        GoogleConfig.model_validate(keys)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_GENAI_USE_VERTEXAI", "true"),
        ("GOOGLE_GENAI_USE_ENTERPRISE", "true"),
        ("GOOGLE_API_KEY", "AIza-another-key"),
        ("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9"),
        ("GOOGLE_GENAI_API_VERSION", "v1"),
        ("GOOGLE_CLOUD_PROJECT", "somebody"),
    ],
)
def test_the_environment_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    call = asked_anew()
    assert call.path == "/v1beta/models/gemini-nano-banana-2.1:generateContent"
    assert call.headers["x-goog-api-key"] == KEY
    assert "authorization" not in call.headers


def test_another_variable_may_hold_the_key(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_GEMINI", "AIza-team-key")
    assert google.asked(key_variable="TEAM_GEMINI").headers["x-goog-api-key"] == "AIza-team-key"


def test_a_missing_key_says_where_keys_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("GOOGLE_API_KEY", "AIza-not-asked-for")
    with pytest.raises(PluginError, match=r"GEMINI_API_KEY is not set.*aistudio.*export GEMINI_API_KEY"):
        asked_anew()


def test_a_base_url_may_have_a_path() -> None:
    with Vendor(lambda _: Answer(200, body(image_part(png())))) as vendor:
        generator(vendor, base_url=f"{vendor.address}/google/").generate(replace(T2I, prompt="x"))
        assert vendor.calls[0].path == "/google/v1beta/models/gemini-nano-banana-2.1:generateContent"
