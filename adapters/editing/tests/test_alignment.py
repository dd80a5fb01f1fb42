"""An edit lines up with its source: with networks that do nothing, the source comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from adapters.editing.tests.families.identity import flow_beside, flow_between, grey, noise_within, whole
from adapters.editing.tests.families.instruct_pix2pix import make_instruct_pix2pix
from adapters.editing.tests.families.longcat_edit import make_longcat_edit
from adapters.editing.tests.families.omnigen import make_omnigen, torchvision
from adapters.editing.tests.families.qwen_edit import make_qwen_edit
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_adapter_editing.plugin import EditingConfig
from genspace_core.errors import Fatal
from genspace_core.interfaces import GeneratedImage, GenerationRequest

GUIDED = {"steps": 2, "guidance": 4.0, "negative_prompt": " "}
FAMILIES: dict[str, tuple[Callable[[], Any], dict[str, Any], Callable[[Any], None]]] = {
    "qwen": (
        lambda: make_qwen_edit(latents=3 * 16**2),
        GUIDED,
        lambda pipeline: flow_between(pipeline, whole(16)),
    ),
    "qwen-plus": (
        lambda: make_qwen_edit(plus=True, latents=3 * 16**2),
        GUIDED,
        lambda pipeline: flow_between(pipeline, whole(16)),
    ),
    "longcat": (make_longcat_edit, GUIDED, lambda pipeline: flow_between(pipeline, grey(8, halved=2))),
    "instruct-pix2pix": (
        lambda: make_instruct_pix2pix(levels=4, latents=3 * 8**2),
        # Without guidance: the U-Net is shown no source in one of the three passes that guidance takes.
        {"steps": 1, "guidance": 1.0, "scheduler": "DDIMScheduler", "pixels": 262_144},
        lambda pipeline: noise_within(pipeline, whole(8)),
    ),
    "omnigen": (
        lambda: make_omnigen(levels=4, latents=3 * 8**2),
        {"steps": 2, "guidance": 2.5, "image_guidance": 1.6},
        lambda pipeline: flow_beside(pipeline, whole(8)),
    ),
}
SOURCES = [(480, 640), (640, 480), (333, 500), (1024, 1024)]
"""Heights and widths."""


@pytest.fixture(scope="module", params=FAMILIES)
def generator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DiffusersGenerator]:
    make, options, undo = FAMILIES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    with torchvision():
        with torch.random.fork_rng():
            torch.manual_seed(0)
            make().save_pretrained(folder)
        told = {"checkpoint": str(folder), "device": "cpu", "dtype": "float32"}
        made = build(EditingConfig.model_validate(told | options))
        undo(made.pipeline)
        yield made


def drawn(height: int, width: int, corner: float = 0.05) -> NDArray[np.uint8]:
    """(height, width, 3): dark, with a bright square near the first corner."""
    picture = np.full((height, width, 3), 40, np.uint8)
    side = min(height, width) // 4
    top, left = round(corner * height), round(corner * width)
    picture[top : top + side, left : left + side] = (220, 210, 200)
    return picture


def edges(picture: NDArray[np.uint8]) -> NDArray[np.int_]:
    """(4,): first and last row, then column, of the square."""
    places = np.argwhere(picture.mean(2) > 125)
    return np.stack([places.min(0), places.max(0)], axis=1).reshape(-1)


def edit(source: NDArray[np.uint8], seed: int = 1) -> GenerationRequest:
    return GenerationRequest(task="edit", prompt="Turn the dog.", seed=seed, source=source)


@pytest.mark.parametrize("size", SOURCES, ids=str)
def test_what_is_in_the_source_stays_in_its_place(
    generator: DiffusersGenerator, size: tuple[int, int]
) -> None:
    source = drawn(*size)
    result = pixels(generator.generate(edit(source)))
    assert result.shape == source.shape
    assert np.abs(edges(result) - edges(source)).max() <= 1
    assert np.abs(result.mean(2) - source.mean(2)).mean() < 2


def test_sources_of_one_shape_and_other_sizes_share_a_batch(generator: DiffusersGenerator) -> None:
    """Where the pipeline takes several; each gets its own back, at its own size."""
    sources = [drawn(120, 160, 0.05), drawn(240, 320, 0.3)]
    results = generator.generate_batch([edit(source, seed) for seed, source in enumerate(sources)])
    for result, source in zip(results, sources, strict=True):
        assert isinstance(result, GeneratedImage), repr(result)
        assert np.abs(edges(pixels(result)) - edges(source)).max() <= 1
        several = type(generator.pipeline).__name__ in {
            "QwenImageEditPipeline",
            "StableDiffusionInstructPix2PixPipeline",
        }
        assert result.info["batch"] == (2 if several else 1)


def test_a_picture_of_another_size_than_the_source_was_shown_at_stops_the_run(
    generator: DiffusersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows what was cropped."""
    render = type(generator.pipeline).__call__

    def cropped(pipeline: Any, **told: Any) -> Any:
        output = render(pipeline, **told)
        output.images = output.images[:, 16:]
        return output

    monkeypatch.setattr(type(generator.pipeline), "__call__", cropped)
    with pytest.raises(Fatal, match="nothing says that the two line up") as caught:
        generator.generate(edit(drawn(64, 64)))
    assert "\n" not in str(caught.value)
