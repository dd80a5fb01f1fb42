"""Pipelines that pipelines.toml runs one prompt at a time: that they need it.

Where one of these fails, diffusers has mended the pipeline, and its `batch` can go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from adapters.diffusers.tests.families.cogview4 import make_cogview4
from adapters.diffusers.tests.families.hunyuan_image import make_hunyuan_image


def rendered(pipeline: Any, prompts: Sequence[str]) -> NDArray[np.floating[Any]]:
    """The first of the pictures, in grey levels: by its own seed, whatever the others are."""
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval()  # it was not loaded, which does this
    seeds = [torch.Generator("cpu").manual_seed(number) for number in range(len(prompts))]
    output = pipeline(
        prompt=list(prompts), generator=seeds, num_inference_steps=2, height=32, width=32, output_type="np"
    )
    return np.asarray(output.images[0] * 255)


@pytest.fixture(autouse=True)
def _weights() -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_cogview4_reads_what_fills_a_prompt_up_to_the_longest() -> None:
    pipeline = make_cogview4()
    alone = rendered(pipeline, ["Cup."])
    as_short = rendered(pipeline, ["Cup.", "Cat."])
    longer = rendered(pipeline, ["Cup.", "A photo of one cat to the left of a chair."])
    assert np.abs(as_short - alone).max() < 1, "it is not the batch itself that changes the picture"
    assert np.abs(longer - alone).max() > 5


def test_hunyuan_image_guides_all_as_if_they_had_words_to_write() -> None:
    """Apostrophes do for quotes: "the dog's own point of view, the cat's" holds the words "s own ... cat"."""
    pipeline = make_hunyuan_image()
    alone = rendered(pipeline, ["A photo of one dog."])
    as_plain = rendered(pipeline, ["A photo of one dog.", "A photo of one cat."])
    worded = rendered(pipeline, ["A photo of one dog.", "From the dog's side, left of the cat's tail."])
    assert np.abs(as_plain - alone).max() < 1, "it is not the batch itself that changes the picture"
    assert np.abs(worded - alone).max() > 5
