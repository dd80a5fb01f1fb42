"""Z-Image, guided and distilled."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.diffusers.tests.families.z_image import make_z_image
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_core.interfaces import GenerationRequest

SMALL = {"steps": 2, "width": 32, "height": 32}


class Guided(PipelineConformance):
    spec = DIFFUSERS
    options: ClassVar = SMALL | {"guidance": 4.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_z_image()


class TestZImage(Guided, RunConformance):
    def test_the_words_around_the_prompt_count_for_its_length(self) -> None:
        """The length that the pipeline reads holds the marks of its chat template, too."""
        pipeline, template = (
            self.generator.pipeline,
            "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
        )
        room = 512 - len(pipeline.tokenizer(template.format(""))["input_ids"])
        for letters, cut in ((room, None), (room + 1, {"tokenizer": [512, 513]})):
            request = GenerationRequest(task="t2i", prompt="a" * letters, seed=1)
            assert self.made([request])[0].info.get("prompt_cut") == cut


class TestNegative(Guided):
    options: ClassVar = SMALL | {"guidance": 4.0, "negative_prompt": "blurred"}


class TestTurbo(Guided):
    options: ClassVar = SMALL | {"guidance": 0.0}
