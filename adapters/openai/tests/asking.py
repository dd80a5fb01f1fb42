"""One request, one server, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

import numpy as np

from adapters.openai.tests.vendor import PATHS, body
from genspace_adapter_openai.plugin import OPENAI
from genspace_core.images import decode_image
from genspace_core.interfaces import GenerationRequest
from genspace_core.plugins.registry import build
from genspace_core.testing import Answer, Asked, Call, Vendor, ask, picture, smooth_picture

PROMPT = "Ein Hund, 2 m links vom Stuhl."


@dataclass
class Told:
    asked: Asked
    calls: list[Call]

    @property
    def sent(self) -> dict[str, Any]:
        return fields(self.calls[0])


def fields(call: Call) -> dict[str, Any]:
    """What a call says, of JSON or of a form."""
    kind = call.headers["content-type"]
    if kind.startswith("application/json"):
        return dict(call.json())
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True) or b"")
        if part.get_filename()
        else bytes(part.get_payload(decode=True) or b"").decode()
        for part in message.walk()
        if not part.is_multipart()
    }


def ask_one(
    answer: Answer | dict[str, Any] | Callable[[Call], Answer] | None = None,
    source: tuple[int, int] | None = None,
    **config: Any,
) -> Told:
    """Ask for one picture.

    Args:
        answer: of the server; a picture of 64 x 64 pixels if not said.
        source: height and width of the picture to edit; None to have one made.
        config: of the plugin.
    """
    told = answer if answer is not None else body(picture(64, 64))
    route = told if callable(told) else lambda _: told if isinstance(told, Answer) else Answer(200, told)
    pixels = None if source is None else smooth_picture(*source)
    request = GenerationRequest(
        task="t2i" if source is None else "edit", prompt=PROMPT, seed=1, source=pixels
    )
    with Vendor(route) as vendor:
        place = {"base_url": f"{vendor.address}/v1", "allow_hosts": ["127.0.0.1"]}
        plugin = build(OPENAI, OPENAI.config.model_validate(place | config))
        asked = ask(plugin, request)
        asked.cost = sum(call.path in PATHS for call in vendor.calls)
    return Told(asked, vendor.calls)


def pixels_of(data: bytes) -> np.ndarray[Any, Any]:
    return decode_image(data, "the picture")
