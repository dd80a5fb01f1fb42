"""The bodies that go out: nothing rewritten, marked or looked up, and a seed where there is one."""

from __future__ import annotations

from email import message_from_bytes
from typing import Any

import numpy as np
import pytest

from adapters.http.tests import vendors
from adapters.http.tests.talking import KEY, generator, made, request, well
from genspace_core.images import decode_image
from genspace_core.testing import Call, Vendor
from genspace_core.testing.pictures import picture, smooth_picture
from genspace_core.testing.scripts import pictures_in

CASES: list[tuple[Any, str, str, dict[str, Any]]] = [
    (
        vendors.Bfl(),
        "",
        "bfl-flux-2-pro",
        {"prompt": "A dog.", "width": 1024, "height": 1024, "seed": 7, "output_format": "png"},
    ),
    (
        vendors.Bfl(),
        "",
        "bfl-flux-2-flex",
        {
            "prompt": "A dog.",
            "width": 1024,
            "height": 1024,
            "seed": 7,
            "output_format": "png",
            "prompt_upsampling": False,
        },
    ),
    (
        vendors.Bfl(),
        "",
        "bfl-flux-3-image",
        {"prompt": "A dog.", "aspect_ratio": "1:1", "resolution": "1k", "grounding": False},
    ),
    (
        vendors.Bfl(),
        "",
        "bfl-flux-kontext-pro",
        {
            "prompt": "A dog.",
            "aspect_ratio": "1:1",
            "seed": 7,
            "output_format": "png",
            "prompt_upsampling": False,
        },
    ),
    (
        vendors.Seedream(),
        "/api/v3",
        "seedream-5.0",
        {
            "model": "seedream-5-0-260128",
            "prompt": "A dog.",
            "size": "2048x2048",
            "sequential_image_generation": "disabled",
            "watermark": False,
            "response_format": "b64_json",
        },
    ),
    (
        vendors.Qwen(),
        "",
        "qwen-api-3.0",
        {
            "model": "qwen-image-3.0",
            "input": {"messages": [{"role": "user", "content": [{"text": "A dog."}]}]},
            "parameters": {
                "size": "1024*1024",
                "seed": 7,
                "n": 1,
                "prompt_extend": False,
                "watermark": False,
            },
        },
    ),
    (
        vendors.Fal(),
        "",
        "fal-flux-schnell",
        {
            "prompt": "A dog.",
            "image_size": {"width": 1024, "height": 1024},
            "seed": 7,
            "output_format": "png",
        },
    ),
    (
        vendors.Replicate(),
        "/v1",
        "replicate-flux-2-pro",
        {
            "input": {
                "prompt": "A dog.",
                "aspect_ratio": "custom",
                "width": 1024,
                "height": 1024,
                "seed": 7,
                "output_format": "png",
            }
        },
    ),
    (
        vendors.Replicate(),
        "/v1",
        "replicate-flux-3-image",
        {
            "input": {
                "prompt": "A dog.",
                "aspect_ratio": "1:1",
                "resolution": "1k",
                "grounding": False,
                "output_format": "png",
            }
        },
    ),
]


def recipe_of(script: Any) -> str:
    return type(script).__name__.lower()


def form(call: Call) -> dict[str, str]:
    """The fields of a multipart form that are not files."""
    kind = call.headers["content-type"]
    assert kind.startswith("multipart/form-data")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    parts = [part for part in message.walk() if part.get_param("name", header="content-disposition")]
    return {
        str(part.get_param("name", header="content-disposition")): bytes(
            part.get_payload(decode=True)
        ).decode()
        for part in parts
        if not part.get_filename()
    }


def order(script: Any, base_path: str, model: str, asked: Any, **config: Any) -> tuple[Call, Any]:
    with Vendor(well(script, picture(64, 64))) as vendor:
        with generator(vendor, recipe_of(script), base_path, model=model, **config) as plugin:
            image = made(plugin, asked)
        return vendor.calls[0], image


@pytest.mark.parametrize(("script", "base_path", "model", "body"), CASES, ids=[case[2] for case in CASES])
def test_a_picture_made_anew(script: Any, base_path: str, model: str, body: dict[str, Any]) -> None:
    call, _ = order(script, base_path, model, request())
    assert call.json() == body


@pytest.mark.parametrize(
    ("script", "base_path", "model"),
    [case[:3] for case in CASES if case[2] != "fal-flux-schnell"]
    + [(vendors.Fal(), "", "fal-flux-2-pro-edit")],
)
def test_an_edit_says_the_same_and_has_the_source(script: Any, base_path: str, model: str) -> None:
    source = smooth_picture(400, 600)
    call, image = order(script, base_path, model, request(source, prompt="Move it."))
    (shown,) = (decode_image(data, "what was sent") for data in pictures_in(call))
    height, width = shown.shape[:2]
    assert abs(np.log(width / height) - np.log(1.5)) < 0.02
    assert "Move it." in str(call.json())
    for switch in ("prompt_extend", "watermark", "grounding", "prompt_upsampling"):
        assert f"'{switch}': True" not in str(call.json())
    assert decode_image(image.data, "the picture").shape == source.shape
    assert image.info["size"] == "64x64"


def test_stability_takes_a_form() -> None:
    call, _ = order(vendors.Stability(), "", "stability-core", request(seed=0))
    assert call.path == "/v2beta/stable-image/generate/core"
    assert form(call) == {
        "prompt": "A dog.",
        "aspect_ratio": "1:1",
        "seed": str(2**31),  # 0 would mean any
        "output_format": "png",
    }
    assert call.headers["accept"] == "application/json"


def test_stability_sd3_edits_by_image_to_image() -> None:
    call, _ = order(vendors.Stability(), "", "stability-sd3.5-large", request(smooth_picture(64, 96)))
    assert call.path == "/v2beta/stable-image/generate/sd3"
    assert form(call) == {
        "model": "sd3.5-large",
        "mode": "image-to-image",
        "prompt": "A dog.",
        "strength": "0.7",
        "seed": "7",
        "output_format": "png",
    }
    (shown,) = pictures_in(call)
    assert decode_image(shown, "it").shape == (64, 96, 3)


def test_ideogram_takes_a_form_and_edits_elsewhere() -> None:
    call, _ = order(vendors.Ideogram(), "", "ideogram-4.5", request(), width=1664, height=2496)
    assert call.path == "/v2/image/generate/ideogram-4-5"
    assert form(call) == {
        "prompt": "A dog.",
        "size": "1664x2496",
        "quality": "medium",
        "num_images": "1",
        "seed": "7",
    }
    call, _ = order(vendors.Ideogram(), "", "ideogram-4.5", request(smooth_picture(64, 96)))
    assert call.path == "/v2/image/precise-edit/ideogram-4-5"
    assert "size" not in form(call)


@pytest.mark.parametrize(
    ("script", "header", "value"),
    [
        (vendors.Bfl(), "x-key", KEY),
        (vendors.Ideogram(), "api-key", KEY),
        (vendors.Fal(), "authorization", f"Key {KEY}"),
        (vendors.Replicate(), "authorization", f"Bearer {KEY}"),
        (vendors.Qwen(), "authorization", f"Bearer {KEY}"),
    ],
)
def test_where_the_key_goes(script: Any, header: str, value: str) -> None:
    base = "/v1" if isinstance(script, vendors.Replicate) else ""
    call, _ = order(script, base, "", request())
    assert call.headers[header] == value


def test_arguments_win_and_are_recorded_as_they_were_sent() -> None:
    call, image = order(
        vendors.Qwen(),
        "",
        "qwen-api-3.0",
        request(),
        arguments={"parameters": {"prompt_extend": True, "negative_prompt": "a {cat}"}},
    )
    assert call.json()["parameters"] == {
        "size": "1024*1024",
        "seed": 7,
        "n": 1,
        "prompt_extend": True,
        "watermark": False,
        "negative_prompt": "a {cat}",
    }
    assert (image.info["rewriting"], image.info["watermark"]) == (True, False)


def test_a_prompt_is_no_template() -> None:
    call, _ = order(vendors.Bfl(), "", "bfl-flux-2-pro", request(prompt="{seed} {model} {}"))
    assert call.json()["prompt"] == "{seed} {model} {}"


def test_a_model_that_is_not_in_the_table() -> None:
    call, image = order(vendors.Bfl(), "", "flux-2-pro-preview", request())
    assert call.path == "/v1/flux-2-pro-preview"
    assert image.info["model"] == "flux-2-pro-preview"
