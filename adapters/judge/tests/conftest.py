from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genspace_adapter_judge import plugin as announced
from genspace_core.plugins.registry import build
from genspace_core.testing import KEY, Vendor, short_waits
from genspace_core.types import Evidence, Sample

SPECS = {"judge-openai": announced.OPENAI, "judge-google": announced.GOOGLE, "judge-local": announced.LOCAL}


@pytest.fixture(autouse=True)
def _surroundings() -> Iterator[None]:
    """Keys, and no long waits."""
    with short_waits() as patch:
        for name in ("OPENAI_API_KEY", "GEMINI_API_KEY"):
            patch.setenv(name, KEY)
        yield


@pytest.fixture
def judge() -> Callable[..., Any]:
    """Builds a judge at a server."""

    def make(vendor: Any, server: Vendor, **changes: Any) -> Any:
        spec = SPECS[vendor.name]
        place = {"base_url": server.address + vendor.base_path, "timeout": 5.0}
        return build(spec, spec.config.model_validate(place | changes))

    return make


@pytest.fixture
def sample() -> Sample:
    return Sample(
        id="t2i/14/00",
        task="t2i",
        sub_domain="allocentric",
        template=14,
        prompt="A photo of one dog and one cat. From the dog's own point of view, the cat is to the left.",
        objects=("dog", "cat"),
    )


@pytest.fixture
def edit() -> Sample:
    return Sample(
        id="edit/20/00",
        task="edit",
        sub_domain="object_distance",
        template=20,
        prompt="Move the dog exactly 1 metre closer to the camera.",
        objects=("dog",),
        targets={"move": 1.0},
        source="sources/dog.png",
        bystanders=("cat",),
    )


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    """A red picture, and a blue one that was its source."""
    for name, colour in (("picture", "red"), ("source", "blue")):
        Image.new("RGB", (80, 40), colour).save(tmp_path / f"{name}.png")
    return Evidence(image=tmp_path / "picture.png", source=tmp_path / "source.png")
