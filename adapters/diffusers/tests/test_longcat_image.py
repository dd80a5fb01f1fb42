"""LongCat-Image, which would rewrite every prompt if it were let."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from adapters.diffusers.tests.families.longcat_image import make_longcat_image
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.generator import build
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_core.errors import ConfigError


class TestLongcatImage(PipelineConformance, RunConformance):
    spec = DIFFUSERS
    options: ClassVar = {"steps": 2, "width": 32, "height": 32, "guidance": 4.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_longcat_image()

    def test_no_prompt_is_rewritten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Though the pipeline does it unless it is told not to."""
        rewritten: list[str] = []

        def rewrite(prompt: list[str], _: Any) -> list[str]:
            rewritten.extend(prompt)
            return prompt

        pipeline = self.generator.pipeline
        monkeypatch.setattr(pipeline, "rewire_prompt", rewrite)
        self.made(self.requests())
        assert rewritten == []
        pipeline(prompt=["Cup."], num_inference_steps=1, width=32, height=32)
        assert rewritten == ["Cup."]

    def test_a_prompt_that_is_cut_is_recorded(self) -> None:
        """At a length of the pipeline's own."""
        prompt = "A photo of one dog. " * 40
        cut = self.generator.generate(replace(self.request(0), prompt=prompt)).info["prompt_cut"]
        assert cut == {"tokenizer": [512, len(prompt)]}
        assert "prompt_cut" not in self.generator.generate(self.request(0)).info

    @pytest.mark.parametrize("wanted", [True, False])
    def test_nobody_may_ask_for_it(self, wanted: bool) -> None:
        config = {**self.make_config(), "arguments": {"enable_prompt_rewrite": wanted}}
        with pytest.raises(ConfigError, match=r"^arguments\.enable_prompt_rewrite: .*rewritten") as caught:
            build(self.spec.config.model_validate(config))
        assert "\n" not in str(caught.value)


class TestNegative(PipelineConformance):
    spec = DIFFUSERS
    options: ClassVar = TestLongcatImage.options | {"negative_prompt": "blurred"}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_longcat_image()
