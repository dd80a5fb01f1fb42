"""A recipe's generator at a server of the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_http.generator import HttpGenerator, build
from genspace_adapter_http.plugin import HttpConfig
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Job
from genspace_core.testing import Answer, Call, JobScript, Script, Vendor
from genspace_core.testing.scripts import as_answer

KEY = "planted-Zq7Xw3Vb9Lk2Tn8Rd5Hj"
RESULT = "/results/picture.png"


def request(
    source: NDArray[np.uint8] | None = None, seed: int = 7, prompt: str = "A dog."
) -> GenerationRequest:
    return GenerationRequest(
        task="t2i" if source is None else "edit", prompt=prompt, seed=seed, source=source
    )


@contextmanager
def generator(vendor: Vendor, recipe: str, base_path: str = "", **config: Any) -> Iterator[HttpGenerator]:
    place = {"base_url": vendor.address + base_path, "timeout": 10.0, "allow_hosts": ["127.0.0.1"]}
    yield build(HttpConfig.model_validate({"recipe": recipe, **place, **config}))


def well(script: Script, picture: bytes) -> Any:
    """The route of a vendor that has this picture, for whatever is asked."""

    def route(call: Call) -> Answer:
        server = f"http://{call.headers['host']}"
        if call.path == RESULT:
            return Answer(200, picture, {"Content-Type": "image/png"})
        if isinstance(script, JobScript):
            if script.costs(call):
                return as_answer(script.submitted(server, server + RESULT))
            return as_answer(script.polled(call, server, server + RESULT))
        return as_answer(script.answer(picture))

    return route


def made(plugin: HttpGenerator, asked: GenerationRequest) -> GeneratedImage:
    """The picture, however many calls it takes."""
    told = plugin.submit(asked)
    if isinstance(told, Job):
        image = plugin.collect(told)
        assert image is not None
        return image
    return told
