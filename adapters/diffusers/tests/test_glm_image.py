"""GLM-Image, which draws tokens before it denoises."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from adapters.diffusers.tests.families.glm_image import make_glm_image
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_diffusers.testing.pipelines import pixels


class TestGlmImage(PipelineConformance, RunConformance):
    spec = DIFFUSERS
    options: ClassVar = {"steps": 2, "width": 64, "height": 64, "guidance": 1.5}
    prompts: ClassVar = PipelineConformance.prompts[:2]  # some 260 tokens a picture

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_glm_image()

    def test_a_larger_batch_would_spoil_the_tokens_alone(self) -> None:
        """Why its pictures are made one by one: in a batch, all tokens are drawn with the first one's seed.

        With the tokens that each has by itself, a batch changes nothing. Should a later diffusers draw them
        from each picture's own generator, the batch of one in pipelines.toml can go.
        """
        alone = [pixels(self.once([request])[0][0]) for request in self.requests()]
        assert max(map(_differ, self._together(), alone)) > 1
        assert max(map(_differ, self._together(prior_token_ids=self._tokens()), alone)) <= 1

    def test_the_prompt_decides_by_the_tokens(self) -> None:
        """They are drawn by the words, with the same seed."""
        first, second = self._tokens(seeds=(7, 7))
        assert not np.array_equal(first, second)

    def _together(self, **arguments: Any) -> NDArray[np.uint8]:
        import torch

        images = self.generator.pipeline(
            prompt=list(self.prompts),
            generator=[torch.Generator().manual_seed(request.seed) for request in self.requests()],
            num_inference_steps=2,
            width=64,
            height=64,
            guidance_scale=1.5,
            output_type="np",
            **arguments,
        ).images
        return (images * 255).round().astype(np.uint8)

    def _tokens(self, seeds: tuple[int, int] = (1000, 1001)) -> Any:
        """Those that each prompt has alone."""
        import torch

        generate = self.generator.pipeline.generate_prior_tokens
        with torch.no_grad():
            drawn = [
                generate(prompt, 64, 64, generator=torch.Generator().manual_seed(seed))[0]
                for prompt, seed in zip(self.prompts, seeds, strict=True)
            ]
        return torch.cat(drawn)


def _differ(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    return int(np.abs(a.astype(int) - b).max())
