"""Qwen-Image, whose classifier-free guidance wants a negative prompt, be it blank."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from adapters.diffusers.tests.families.qwen_image import make_qwen_image
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.generator import build
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_core.errors import ConfigError


class TestQwenImage(PipelineConformance, RunConformance):
    spec = DIFFUSERS
    options: ClassVar = {"steps": 2, "width": 32, "height": 32, "guidance": 4.0, "negative_prompt": " "}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_qwen_image()

    def test_guidance_is_that_of_a_negative_prompt(self) -> None:
        """It has another name here, and none is applied without a negative prompt."""
        guided = pixels(self.once([self.request(0)])[0][0])
        config = {**self.make_config(), "guidance": 1.0}
        plain = build(self.spec.config.model_validate(config)).generate(self.request(0))
        assert np.abs(guided.astype(int) - pixels(plain)).max() > 1

    def test_guidance_without_one_is_refused(self) -> None:
        """The pipeline takes no notice of it; of 1, which is none, nothing need be said."""
        config = {**self.make_config(), "negative_prompt": None}
        with pytest.raises(ConfigError, match=r"guidance: .* heeds it with negative_prompt only") as caught:
            build(self.spec.config.model_validate(config))
        assert "\n" not in str(caught.value)
        plain = build(self.spec.config.model_validate({**config, "guidance": 1.0}))
        assert pixels(plain.generate(self.request(0))).std() > 0

    def test_a_prompt_that_is_cut_is_recorded(self) -> None:
        """At the length of the call, not of the tokenizer, which has none."""
        config = {**self.make_config(), "arguments": {"max_sequence_length": 64}}
        generator = build(self.spec.config.model_validate(config))
        cut = generator.generate(self.request(1)).info["prompt_cut"]
        assert cut == {"tokenizer": [64, len(self.prompts[1])]}
        assert "prompt_cut" not in generator.generate(self.request(0)).info
