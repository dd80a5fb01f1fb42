"""What several pipelines do to sizes and to long prompts unless they are told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from adapters.diffusers.tests.families.chroma import make_chroma
from adapters.diffusers.tests.families.lumina2 import make_lumina2
from adapters.diffusers.tests.families.pixart_sigma import make_pixart_sigma
from adapters.diffusers.tests.families.sana import make_sana
from adapters.diffusers.tests.families.sd3 import make_sd3
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_core.interfaces import GenerationRequest

REQUEST = GenerationRequest(task="t2i", prompt="A photo of one dog. " * 10, seed=1)


def loaded(make: Callable[[], Any], folder: Path, **keys: Any) -> DiffusersGenerator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        make().save_pretrained(folder)
    told = {"checkpoint": str(folder), "device": "cpu", "steps": 1, "width": 32, "height": 32}
    return build(DIFFUSERS.config.model_validate(told | keys))


@pytest.mark.parametrize("make", [make_sana, make_pixart_sigma])
def test_a_size_that_is_rendered_as_the_nearest_usual_one_comes_back_as_asked(
    make: Callable[[], Any], tmp_path: Path
) -> None:
    generator = loaded(make, tmp_path, width=96, height=64)
    assert pixels(generator.generate(REQUEST)).shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("make", "tokenizer"),
    [
        (make_sd3, "tokenizer_3"),
        (make_sana, "tokenizer"),
        (make_pixart_sigma, "tokenizer"),
        (make_lumina2, "tokenizer"),
        (make_chroma, "tokenizer"),
    ],
)
def test_a_prompt_longer_than_the_call_reads_is_recorded(
    make: Callable[[], Any], tokenizer: str, tmp_path: Path
) -> None:
    """Though the tokenizer itself would read it: each letter here is a token."""
    size = {"use_resolution_binning": False} if make in (make_sana, make_pixart_sigma) else {}
    generator = loaded(make, tmp_path, arguments={"max_sequence_length": 100} | size)
    limit, tokens = generator.generate(REQUEST).info["prompt_cut"][tokenizer]
    assert limit == 100
    assert 150 < tokens < generator.pipeline.components[tokenizer].model_max_length
