"""InstructPix2Pix: its safety checker, and its two guidances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

from adapters.diffusers.tests.families.sd15 import set_threshold
from adapters.editing.tests.families.instruct_pix2pix import make_instruct_pix2pix
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.testing import TinyPipeline
from genspace_adapter_diffusers.testing.pipelines import pixels, source
from genspace_adapter_editing.plugin import EDITING
from genspace_core.errors import ConfigError, Refused
from genspace_core.interfaces import GeneratedImage, GenerationRequest

REQUESTS = [
    GenerationRequest(
        task="edit", prompt=f"Turn {n} dogs.", seed=50 + n, source=np.roll(source(64, 64), 16 * n, axis=1)
    )
    for n in range(3)
]

Load = Callable[..., DiffusersGenerator]


class TestInstructPix2Pix(TinyPipeline):
    spec = EDITING
    options: ClassVar = {"steps": 2}

    @classmethod
    def make_pipeline(cls) -> Any:
        pipeline = make_instruct_pix2pix()
        set_threshold(pipeline.safety_checker, -2.0)
        return pipeline

    @pytest.fixture
    def load(self) -> Load:
        return lambda **keys: build(self.spec.config.model_validate(dict(self.make_config()) | keys))

    def test_what_the_checker_flags_is_refused(self, load: Load) -> None:
        results = load().generate_batch(REQUESTS)
        assert [type(result) for result in results] == [Refused] * 3
        assert "safety checker" in str(results[0])

    def test_without_the_checker_all_are_made(self, load: Load) -> None:
        """The same pictures as with one that flags none, and it is recorded which of both it was."""
        passing, without = load(), load(safety_checker=False)
        set_threshold(passing.pipeline.safety_checker, 2.0)
        assert without.pipeline.safety_checker is None
        for request in REQUESTS:
            free, passed = without.generate(request), passing.generate(request)
            assert np.array_equal(pixels(free), pixels(passed))
            assert (free.info["safety_checker"], passed.info["safety_checker"]) == (False, True)

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

    def test_how_closely_it_keeps_to_the_source_matters(self, load: Load) -> None:
        weak, strong = (
            pixels(load(safety_checker=False, image_guidance=scale).generate(REQUESTS[0]))
            for scale in (1.0, 3.0)
        )
        assert not np.array_equal(weak, strong)

    def test_it_takes_no_size(self, load: Load) -> None:
        with pytest.raises(ConfigError, match=r"width: .* takes no width; it takes"):
            load(width=512)


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
