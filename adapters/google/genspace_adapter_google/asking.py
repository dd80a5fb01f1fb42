"""What is sent for a picture."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_google.models import USUAL_RATIOS
from genspace_adapter_google.plugin import GoogleConfig
from genspace_core.interfaces import GenerationRequest

FILTERS = (
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
)
"""Those that can be adjusted."""


def nearest_ratio(width: int, height: int, ratios: Sequence[str]) -> str:
    """The one that a picture has to be stretched least for.

    >>> nearest_ratio(640, 480, ["1:1", "4:3", "3:4"])
    '4:3'
    """

    def stretch(ratio: str) -> float:
        across, down = map(int, ratio.split(":"))
        return abs(math.log(width / height * down / across))

    return min(ratios, key=stretch)


def facts(config: GoogleConfig, request: GenerationRequest) -> dict[str, Any]:
    """What is asked for, as it is recorded; without what is left to the model."""
    row = config.row
    ratio = config.aspect_ratio or "1:1"
    if config.aspect_ratio is None and request.source is not None:
        height, width = request.source.shape[:2]
        ratio = nearest_ratio(width, height, row.ratios if row else USUAL_RATIOS)
    told = {
        "aspect_ratio": ratio,
        "image_size": config.image_size if row is None else config.size if row.takes_size else None,
        "temperature": config.temperature,
        "seed": request.seed if config.send_seed and (row is None or row.samples) else None,
        "thinking": config.thinking,
    }
    return {name: value for name, value in told.items() if value is not None} | {"safety": config.safety}


def arguments(types: Any, told: Mapping[str, Any], request: GenerationRequest) -> dict[str, Any]:
    """Arguments of `generate_content`, the model aside.

    No tool is ever passed, so nothing is looked up on the web; no system instruction either. The client is
    kept from calling again by itself, which it does for answers that can be continued, and gives the answer
    as it came, since it would fail over base64 that is malformed, and take what the call cost with it.

    Args:
        types: google.genai.types.
        told: the `facts`.
        request: for a picture.
    """
    parts = [types.Part.from_text(text=request.prompt)]
    if request.source is not None:
        parts.append(types.Part.from_bytes(data=encode_png(request.source), mime_type="image/png"))
    return {
        "contents": [types.Content(role="user", parts=parts)],
        "config": types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=types.ImageConfig(
                aspect_ratio=told["aspect_ratio"], image_size=told.get("image_size")
            ),
            temperature=told.get("temperature"),
            seed=told.get("seed"),
            thinking_config=types.ThinkingConfig(thinking_level=told["thinking"])
            if "thinking" in told
            else None,
            safety_settings=[
                types.SafetySetting(category=category, threshold=told["safety"]) for category in FILTERS
            ]
            if told["safety"] != "vendor"
            else None,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,
            should_return_http_response=True,
        ),
    }


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) sRGB, as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=3)
    return file.getvalue()
