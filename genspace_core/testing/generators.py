"""What holds for every generator."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genspace_core.images import decode_image
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator
from genspace_core.testing.plugins import PluginConformance


class GeneratorConformance(PluginConformance):
    """Inherit and set `spec`, `spec_module` and two or more `prompts` the model can draw.

    Attributes:
        prompts: different prompts.
        tolerance: largest difference of a grey level (0-255) that counts as the same picture.
    """

    prompts: ClassVar[tuple[str, ...]] = ("A photo of one dog.", "A photo of one cat.")
    tolerance: ClassVar[int] = 0

    def requests(self) -> list[GenerationRequest]:
        """One request a prompt, each with a seed of its own."""
        return [
            GenerationRequest(task="t2i", prompt=prompt, seed=1000 + i)
            for i, prompt in enumerate(self.prompts)
        ]

    def _same(self, a: GeneratedImage, b: GeneratedImage) -> bool:
        first, second = (self._pixels(x).astype(int) for x in (a, b))
        return first.shape == second.shape and int(np.abs(first - second).max()) <= self.tolerance

    @staticmethod
    def _pixels(image: GeneratedImage) -> NDArray[np.uint8]:
        return decode_image(image.data, "the picture")

    def test_it_declares_its_tasks(self) -> None:
        """The planner reads them."""
        assert self.spec.capabilities.tasks <= {"t2i", "edit"}
        assert self.spec.capabilities.tasks

    def test_it_makes_a_picture(self, plugin: Generator) -> None:
        """Encoded bytes that decode to a picture."""
        pixels = self._pixels(plugin.generate(self.requests()[0]))
        assert min(pixels.shape[:2]) > 1

    def test_a_seed_belongs_to_a_picture(self, plugin: Generator) -> None:
        """The same request gives the same picture, whatever was made in between."""
        if not self.spec.capabilities.seeds:
            pytest.skip("declares that it has no seeds")
        first, second = self.requests()[:2]
        alone = plugin.generate(first)
        plugin.generate(second)
        assert self._same(alone, plugin.generate(first))

    def test_batches_and_order_change_nothing(self, plugin: Generator) -> None:
        """Alone, in a batch, in a batch turned round: the same pictures."""
        if not self.spec.capabilities.seeds:
            pytest.skip("declares that it has no seeds")
        requests = self.requests()
        alone = [plugin.generate(request) for request in requests]
        for order in (requests, requests[::-1]):
            made = dict(zip([r.prompt for r in order], plugin.generate_batch(order), strict=True))
            for request, expected in zip(requests, alone, strict=True):
                result = made[request.prompt]
                assert isinstance(result, GeneratedImage), result
                assert self._same(result, expected)

    def test_its_facts_are_json(self, plugin: Generator) -> None:
        """What it says about a picture can be kept in the journal."""
        import json

        image = plugin.generate(self.requests()[0])
        assert json.loads(json.dumps(dict(image.info))) == dict(image.info)
