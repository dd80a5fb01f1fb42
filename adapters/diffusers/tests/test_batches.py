"""Batches: each picture from its own seed, and halved when memory is full."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from adapters.diffusers.tests.conftest import Build
from adapters.diffusers.tests.families.sdxl import make_sdxl
from genspace_adapter_diffusers.batches import Batches
from genspace_adapter_diffusers.generator import DiffusersGenerator
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_core.errors import Fatal
from genspace_core.interfaces import GeneratedImage, GenerationRequest


class Full(Exception):
    pass


def requests(count: int) -> list[GenerationRequest]:
    return [GenerationRequest(task="t2i", prompt=f"A photo of {n} dogs.", seed=100 + n) for n in range(count)]


def made(generator: DiffusersGenerator, wanted: Sequence[GenerationRequest]) -> list[GeneratedImage]:
    results = generator.generate_batch(wanted)
    for result in results:
        assert isinstance(result, GeneratedImage), repr(result)
    return [result for result in results if isinstance(result, GeneratedImage)]


def only(monkeypatch: pytest.MonkeyPatch, generator: DiffusersGenerator, most: int) -> list[int]:
    """Let the denoiser run out of memory beyond so many pictures, after a step that went well.

    Returns:
        the sizes of the batches that were tried.
    """
    import torch

    network = generator.pipeline.unet
    forward, tried, steps = network.forward, [], [0]

    def limited(sample: Any, *args: Any, **kwargs: Any) -> Any:
        pictures = len(sample) // 2  # with and without the prompt
        tried.append(pictures)
        steps[0] += 1
        if pictures > most and steps[0] > 1:
            steps[0] = 0
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return forward(sample, *args, **kwargs)

    monkeypatch.setattr(network, "forward", limited)
    return tried


def test_full_memory_is_survived_by_halving(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = requests(8)
    single = built()
    alone = [made(single, [request])[0] for request in wanted]
    generator = built(batch_size=8)
    tried = only(monkeypatch, generator, 2)
    results = made(generator, wanted)
    assert [image.info["batch"] for image in results] == [2] * 8
    assert tried[:5] == [8, 8, 4, 4, 2]
    for one, batched in zip(alone, results, strict=True):
        assert np.abs(pixels(one).astype(int) - pixels(batched)).max() <= 1
    tried.clear()
    made(generator, wanted)
    assert max(tried) == 2, "what did not fit once was tried again"


def test_one_picture_that_does_not_fit_stops_the_run(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = built(batch_size=8)
    only(monkeypatch, generator, 0)
    results = generator.generate_batch(requests(3))
    assert [type(result) for result in results] == [Fatal] * 3  # the core stops at the first
    assert re.search(r"one picture does not fit.*offload", str(results[0]))
    assert "\n" not in str(results[0])


def test_the_error_of_one_spares_the_rest() -> None:
    def run(items: Sequence[int]) -> list[int]:
        if 3 in items:
            raise ValueError("three")
        return [item * 10 for item in items]

    results = Batches(run, 4, Full, lambda: None)(range(6))
    assert isinstance(results[3], ValueError)
    assert results[:3] + results[4:] == [0, 10, 20, 40, 50]


def test_what_the_failed_attempt_held_is_freed_first() -> None:
    """The traceback of an exception that is being handled holds every tensor of the attempt."""
    import gc
    import weakref

    class Tensor:
        pass

    held: list[weakref.ref[Tensor]] = []

    def run(items: Sequence[int]) -> list[int]:
        tensor = Tensor()
        gc.collect()
        assert all(ref() is None for ref in held), "the tensors of the failed attempt are still there"
        held.append(weakref.ref(tensor))
        if len(items) > 1:
            raise Full
        return list(items)

    gc.freeze()  # what torch brought need not be looked through each time
    try:
        assert Batches(run, 4, Full, lambda: None)(range(4)) == [0, 1, 2, 3]
    finally:
        gc.unfreeze()


def test_a_full_memory_while_one_by_one_is_not_swallowed() -> None:
    freed = []

    def run(items: Sequence[int]) -> list[int]:
        if len(items) > 1:
            raise ValueError("together")
        raise Full("of this")

    results = Batches(run, 2, Full, lambda: freed.append(True))(range(2))
    assert [(type(result), str(result)) for result in results] == [(Full, "of this")] * 2
    assert len(freed) == 2
    assert all(result.__traceback__ is None for result in results if isinstance(result, Full))


def test_one_that_does_not_fit_spares_those_that_were_made() -> None:
    def run(items: Sequence[int]) -> list[int]:
        if 3 in items:
            raise Full
        return [item * 10 for item in items]

    results = Batches(run, 4, Full, lambda: None)(range(6))
    assert isinstance(results[3], Full)
    assert results[:3] + results[4:] == [0, 10, 20, 40, 50]


class TestSharedGenerator:
    """The kit finds a generator of random numbers that pictures share."""

    class Shared(PipelineConformance):
        spec = DIFFUSERS

        @classmethod
        def make_pipeline(cls) -> Any:
            return make_sdxl()

    @pytest.fixture
    def kit(self, built: Build, monkeypatch: pytest.MonkeyPatch) -> PipelineConformance:
        generator = built(batch_size=4)
        generators = generator._generators
        monkeypatch.setattr(generator, "_generators", lambda requests: generators(requests[:1]))
        kit = self.Shared()
        monkeypatch.setattr(type(kit), "generator", generator, raising=False)
        return kit

    def test_by_its_noise(self, kit: PipelineConformance) -> None:
        with pytest.raises(AssertionError, match="its noise depends on the batch"):
            kit.test_the_noise_of_a_picture_is_its_own()

    def test_by_its_pictures(self, kit: PipelineConformance) -> None:
        with pytest.raises(AssertionError, match="a batch changed a picture"):
            kit.test_batches_and_order_change_nothing()
