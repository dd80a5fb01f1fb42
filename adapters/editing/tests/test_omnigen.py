"""OmniGen, which makes pictures and edits them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from adapters.diffusers.tests.running import RunConformance
from adapters.editing.tests.families.omnigen import make_omnigen, torchvision
from genspace_adapter_diffusers.generator import build
from genspace_adapter_diffusers.testing import PipelineConformance, TinyPipeline
from genspace_adapter_diffusers.testing.pipelines import pixels, source
from genspace_adapter_editing.plugin import EDITING
from genspace_core.errors import ConfigError
from genspace_core.interfaces import GeneratedImage, GenerationRequest
from genspace_core.types import Task


@pytest.fixture(autouse=True, scope="module")
def _torchvision() -> Iterator[None]:
    with torchvision():
        yield


class OmniGen(PipelineConformance, RunConformance):
    spec = EDITING
    plugin = "editing"
    options: ClassVar = {"model": "omnigen", "steps": 2, "guidance": 2.5, "image_guidance": 1.6}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_omnigen()


class TestOmniGen(OmniGen):
    options: ClassVar = OmniGen.options | {"width": 32, "height": 32}


class TestOmniGenEdits(OmniGen):
    task = "edit"
    options: ClassVar = OmniGen.options | {"pixels": 64 * 64}


class TestWhatItDoes(TinyPipeline):
    spec = EDITING
    options: ClassVar = OmniGen.options | {"width": 32, "height": 32, "pixels": 32 * 32}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_omnigen()

    @pytest.mark.parametrize("task", ["t2i", "edit"])
    def test_a_batch_would_mix_the_places_of_tokens(self, task: Task) -> None:
        """Why `batch` is 1: the day this fails, diffusers keeps them apart, and it may go."""
        generator = build(EDITING.config.model_validate(self.make_config()))
        requests = [
            GenerationRequest(
                task=task, prompt=prompt, seed=seed, source=source(32, 32) if task == "edit" else None
            )
            for seed, prompt in enumerate(["Cup.", "A photo of a dog, and a chair to the left of it. " * 20])
        ]
        alone = [pixels(generator.generate(request)) for request in requests]
        generator._batches[task].size = 2
        together = generator.generate_batch(requests)
        changes = []
        for one, other in zip(alone, together, strict=True):
            assert isinstance(other, GeneratedImage)
            assert other.info["batch"] == 2
            changes.append(np.abs(one.astype(int) - pixels(other)).max())
        assert max(changes) > 1

    @pytest.mark.parametrize("argument", ["max_input_image_size", "use_input_image_size_as_output"])
    def test_what_would_move_the_picture_is_refused(self, argument: str) -> None:
        told = dict(self.make_config()) | {"arguments": {argument: 512}}
        with pytest.raises(ConfigError, match=f"arguments.{argument}: .*leave it out"):
            build(EDITING.config.model_validate(told))

    def test_how_closely_it_keeps_to_the_source_matters(self) -> None:
        request = GenerationRequest(task="edit", prompt="Turn it.", seed=3, source=source(32, 32))
        made = [
            pixels(build(EDITING.config.model_validate(dict(self.make_config()) | keys)).generate(request))
            for keys in ({"image_guidance": 1.0}, {"image_guidance": 3.0})
        ]
        assert not np.array_equal(*made)
