"""An edit lines up with its source: with networks that do nothing, the source comes back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.flux.tests.families.flux import make_kontext
from adapters.flux.tests.families.flux2 import make_flux2, make_klein
from adapters.flux.tests.families.identity import CHANNELS, LEVELS, make_identity
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.sources import model_size
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_adapter_flux.plugin import FluxConfig
from genspace_core.interfaces import GeneratedImage, GenerationRequest

SIZE = {"levels": LEVELS, "latent_channels": CHANNELS}
MAKERS: dict[str, Callable[[], Any]] = {
    "kontext": partial(make_kontext, **SIZE),
    "flux2": partial(make_flux2, **SIZE),
    "klein": partial(make_klein, **SIZE),
}
SOURCES = [(480, 640), (640, 480), (333, 500), (45, 301), (1024, 1024), (1100, 1500)]
"""Heights and widths: most are no multiples of 16, one is thinner than FLUX.2 takes, one larger."""


@pytest.fixture(scope="module", params=MAKERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    place = tmp_path_factory.mktemp(request.param)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        MAKERS[request.param]().save_pretrained(place)
    return place


@pytest.fixture(scope="module", params=[None, 300 * 300])
def generator(request: pytest.FixtureRequest, folder: Path) -> DiffusersGenerator:
    made = build(
        FluxConfig(checkpoint=str(folder), device="cpu", steps=1, text_length=32, pixels=request.param)
    )
    make_identity(made.pipeline)
    return made


def drawn(height: int, width: int, corner: float = 0.05) -> NDArray[np.uint8]:
    """(height, width, 3): a red square near the first corner, a green one near the last."""
    picture = np.full((height, width, 3), 40, np.uint8)
    side = min(height, width) // 4
    top, left = round(corner * height), round(corner * width)
    picture[top : top + side, left : left + side, 0] = 220
    picture[height - top - side : height - top, width - left - side : width - left, 1] = 220
    return picture


def middles(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(2, 2): row and column of the middle of the red square, and of the green one."""
    squares = [np.argwhere(picture[..., channel] > 130).mean(0) for channel in (0, 1)]
    return np.stack(squares)


def edit(source: NDArray[np.uint8], seed: int = 1) -> GenerationRequest:
    return GenerationRequest(task="edit", prompt="Turn the dog.", seed=seed, source=source)


@pytest.mark.parametrize("size", SOURCES, ids=str)
def test_what_is_in_the_source_stays_in_its_place(
    generator: DiffusersGenerator, size: tuple[int, int]
) -> None:
    source = drawn(*size)
    result = pixels(generator.generate(edit(source)))
    assert result.shape == source.shape
    assert np.abs(middles(result) - middles(source)).max() < 0.5
    assert np.abs(result.astype(int) - source).mean() < 3


def test_each_has_its_own_source(generator: DiffusersGenerator) -> None:
    """In one batch, where the pipeline can."""
    sources = [drawn(160, 240, corner) for corner in (0.05, 0.1, 0.2)]
    results = generator.generate_batch([edit(source, seed) for seed, source in enumerate(sources)])
    for result, source in zip(results, sources, strict=True):
        assert isinstance(result, GeneratedImage), repr(result)
        assert np.abs(middles(pixels(result)) - middles(source)).max() < 0.5


@pytest.mark.parametrize("pixels", [None, 300 * 300, 1024 * 1024])
def test_a_bound_holds_whatever_the_rounding(pixels: int | None) -> None:
    """FLUX.2 would crop the one that is a row too large."""
    for width in range(70, 8000, 97):
        for height in (64, 333, 1024, 1100):
            rows, columns = model_size(height, width, pixels, multiple=16, least=64, most=1024 * 1024)
            assert rows % 16 == columns % 16 == 0
            assert min(rows, columns) >= 64
            assert rows * columns <= 1024 * 1024
