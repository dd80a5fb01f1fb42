"""What holds for every generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genspace_core.images import decode_image
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator
from genspace_core.testing.checks import is_plain, json_complaints
from genspace_core.testing.plugins import PluginConformance
from genspace_core.types import Task

SEEDS = (0, 1, 2**31 - 1)  # a run's seeds have 31 bits


class GeneratorConformance(PluginConformance):
    """Inherit and set `spec`, `spec_module` and two or more `prompts` the model can draw.

    Attributes:
        prompts: different prompts.
        tolerance: largest difference of a grey level (0-255) that counts as the same picture.
        varies_with_seed: False for a model that has one picture for a prompt, whatever the seed.
        task: what to test of a model that has both tasks; "t2i" where it can. `EditorConformance` tests
            editing.
    """

    prompts: ClassVar[tuple[str, ...]] = ("A photo of one dog.", "A photo of one cat.")
    tolerance: ClassVar[int] = 0
    varies_with_seed: ClassVar[bool] = True
    task: ClassVar[Task | None] = None

    def source(self) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB, the picture that an editing model is given; override if it is picky."""
        across = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
        return np.dstack([across, across.T, np.full_like(across, 128)])

    def request(self, prompt: str, seed: int) -> GenerationRequest:
        """A request as a run would make it."""
        task: Task = self.task or ("t2i" if "t2i" in self.capabilities.tasks else "edit")
        source = self.source() if task == "edit" else None
        return GenerationRequest(task=task, prompt=prompt, seed=seed, source=source)

    def requests(self) -> list[GenerationRequest]:
        """One request a prompt, each with a seed of its own."""
        return [self.request(prompt, 1000 + i) for i, prompt in enumerate(self.prompts)]

    def _same(self, a: GeneratedImage, b: GeneratedImage) -> bool:
        first, second = (self._pixels(x).astype(int) for x in (a, b))
        return first.shape == second.shape and int(np.abs(first - second).max()) <= self.tolerance

    @staticmethod
    def _pixels(image: GeneratedImage) -> NDArray[np.uint8]:
        return decode_image(image.data, "the picture")

    def _batches(self, plugin: Generator, requests: Sequence[GenerationRequest]) -> list[GeneratedImage]:
        """Made in batches as large as the plugin takes."""
        size = max(self.capabilities.max_batch, 1)
        made: list[GeneratedImage] = []
        for start in range(0, len(requests), size):
            batch = requests[start : start + size]
            results = plugin.generate_batch(batch)
            assert len(results) == len(batch), "generate_batch answers each request, in order"
            for result in results:
                assert isinstance(result, GeneratedImage), repr(result)
                made.append(result)
        return made

    def _alone(self, plugin: Generator, index: int = 0) -> GeneratedImage:
        """The picture of one of the `requests`; made once for all tests that need no second one."""
        made: GeneratedImage = self._once(plugin, index, lambda: plugin.generate(self.requests()[index]))
        return made

    def test_it_declares_its_tasks(self) -> None:
        """The planner reads them."""
        assert self.spec.capabilities.tasks <= {"t2i", "edit"}
        assert self.capabilities.tasks
        assert self.capabilities.tasks <= self.spec.capabilities.tasks, "a configuration only narrows them"

    def test_it_makes_a_picture(self, plugin: Generator) -> None:
        """Encoded bytes that decode to a picture."""
        image = self._alone(plugin)
        assert isinstance(image, GeneratedImage), f"it returned {type(image).__name__}, not a GeneratedImage"
        assert is_plain(image.data, bytes), f"data is {type(image.data).__name__}, not bytes"
        assert min(self._pixels(image).shape[:2]) > 1

    def test_a_seed_belongs_to_a_picture(self, plugin: Generator) -> None:
        """The same request gives the same picture, whatever was made in between."""
        self._needs_seeds()
        first, second = self.requests()[:2]
        alone = self._alone(plugin)
        plugin.generate(second)
        assert self._same(alone, plugin.generate(first)), "the same seed gave another picture"

    def test_another_seed_gives_another_picture(self, plugin: Generator) -> None:
        """Or else `--images-per-prompt` would count one picture several times."""
        self._needs_seeds()
        if not self.varies_with_seed:
            pytest.skip("declares that the seed changes nothing")
        made = [plugin.generate(self.request(self.prompts[0], seed)) for seed in SEEDS]
        for i in range(len(SEEDS)):
            for j in range(i):
                assert not self._same(made[i], made[j]), (
                    f"the seeds {SEEDS[j]} and {SEEDS[i]} gave one picture; use request.seed, declare "
                    "seeds=False, or set varies_with_seed = False in the test if the model is deterministic"
                )

    def test_batches_and_order_change_nothing(self, plugin: Generator) -> None:
        """Alone, in a batch, in a batch turned round: the same pictures."""
        self._needs_seeds()
        requests = self.requests()
        alone = [self._alone(plugin, index) for index in range(len(requests))]
        assert all(map(self._same, self._batches(plugin, requests), alone)), "a batch changed a picture"
        turned = self._batches(plugin, requests[::-1])
        assert all(map(self._same, turned[::-1], alone)), "the order in a batch changed a picture"

    def test_its_facts_are_json(self, plugin: Generator) -> None:
        """What it says about a picture can be kept in the journal."""
        image = self._alone(plugin)
        assert isinstance(image.info, Mapping), f"info is {type(image.info).__name__}, not a mapping"
        assert list(json_complaints(dict(image.info), "info")) == []

    def test_its_cost_is_an_amount(self, plugin: Generator) -> None:
        """US dollars, or None when it is unknown or nothing."""
        cost = self._alone(plugin).cost
        assert cost is None or is_plain(cost, float, int), f"cost is {type(cost).__name__}, not float or None"
        assert cost is None or 0 <= cost < float("inf"), f"cost is {cost}"

    def _needs_seeds(self) -> None:
        if not self.capabilities.seeds:
            pytest.skip("declares that it has no seeds")


class EditorConformance(GeneratorConformance):
    """The same for models that edit; `prompts` are instructions, `source()` the picture they are about."""

    task = "edit"

    def test_it_leaves_its_source_alone(self, plugin: Generator) -> None:
        """The source belongs to the caller: a model works on a copy."""
        request = self.request(self.prompts[0], 1)
        assert request.source is not None
        before = request.source.copy()
        plugin.generate(request)
        assert np.array_equal(request.source, before), "the source picture was changed in place"
