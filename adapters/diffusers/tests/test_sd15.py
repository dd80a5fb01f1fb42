"""Stable Diffusion 1.5, and with it the safety checker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adapters.diffusers.tests.families.sd15 import make_sd15, set_threshold
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance, TinyPipeline
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_core.errors import GenerationError, Refused
from genspace_core.interfaces import GeneratedImage, GenerationRequest

REQUESTS = [GenerationRequest(task="t2i", prompt=f"A photo of {n} dogs.", seed=50 + n) for n in range(3)]

Load = Callable[..., DiffusersGenerator]


class TestSd15(PipelineConformance, RunConformance):
    spec = DIFFUSERS

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_sd15()


class TestSafetyChecker(TinyPipeline):
    spec = DIFFUSERS

    @classmethod
    def make_pipeline(cls) -> Any:
        pipeline = make_sd15()
        set_threshold(pipeline.safety_checker, -2.0)
        return pipeline

    @pytest.fixture
    def load(self) -> Load:
        return lambda **keys: build(self.spec.config.model_validate(dict(self.make_config()) | keys))

    def test_what_it_flags_is_refused(self, load: Load) -> None:
        results = load().generate_batch(REQUESTS)
        assert [type(result) for result in results] == [Refused] * 3
        assert "safety checker" in str(results[0])
        assert "\n" not in str(results[0])
        with pytest.raises(Refused):
            load().generate(REQUESTS[0])

    def test_without_it_all_are_made(self, load: Load) -> None:
        """The same pictures as with one that flags none, and it is recorded which of both it was."""
        passing = load()
        set_threshold(passing.pipeline.safety_checker, 2.0)
        without = load(safety_checker=False)
        assert without.pipeline.safety_checker is None
        for request in REQUESTS:
            free, passed = without.generate(request), passing.generate(request)
            assert np.array_equal(pixels(free), pixels(passed))
            assert (free.info["safety_checker"], passed.info["safety_checker"]) == (False, True)

    def test_black_that_it_did_not_flag_has_failed(self, load: Load) -> None:
        """The numbers overflowed: counted as refused, the fault would never be looked for."""
        generator = load()
        set_threshold(generator.pipeline.safety_checker, 2.0)
        for weight in generator.pipeline.vae.decoder.conv_out.parameters():
            weight.data.fill_(0)
        generator.pipeline.vae.decoder.conv_out.bias.data.fill_(-5)
        (result,) = generator.generate_batch(REQUESTS[:1])
        assert isinstance(result, GenerationError)
        assert not isinstance(result, Refused)
        assert "black" in str(result)

    def test_it_decides_about_the_results_so_it_is_part_of_the_identity(self) -> None:
        config = self.spec.config.model_validate(self.make_config())
        assert config.identity() != config.model_copy(update={"safety_checker": False}).identity()

    def test_one_that_is_flagged_spares_the_others(self, load: Load) -> None:
        """Each in its place, whichever it is."""
        unharmed = list(map(pixels, map(load(safety_checker=False).generate, REQUESTS)))
        generator = load()
        nearness = _nearness(generator)
        second, most = sorted(nearness)[-2:]
        assert most - second > 0.002, "the checker rounds to thousandths"
        flagged = nearness.index(most)
        set_threshold(generator.pipeline.safety_checker, (second + most) / 2)
        for order in ([0, 1, 2], [2, 0, 1]):
            results = generator.generate_batch([REQUESTS[i] for i in order])
            for number, result in zip(order, results, strict=True):
                if number == flagged:
                    assert isinstance(result, Refused)
                else:
                    assert isinstance(result, GeneratedImage), repr(result)
                    assert np.abs(pixels(result).astype(int) - unharmed[number]).max() <= 1


def _nearness(generator: DiffusersGenerator) -> list[float]:
    """Cosine of each request's picture to the nearest concept; the concepts are made to tell them apart."""
    import torch

    checker = generator.pipeline.safety_checker
    seen: list[Any] = []
    hook = checker.visual_projection.register_forward_hook(lambda _module, _given, out: seen.append(out[0]))
    for request in REQUESTS:
        generator.generate_batch([request])
    hook.remove()
    embeddings = torch.stack(seen)
    concept = embeddings[1] - embeddings.mean(0)
    checker.concept_embeds.data.copy_(concept.expand_as(checker.concept_embeds))
    return [float(torch.cosine_similarity(one, concept, dim=0)) for one in embeddings]
