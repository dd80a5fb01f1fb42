"""What holds for every pipeline: each picture is its own seed's, whatever it is made with."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from genspace_core.interfaces import GeneratedImage, GenerationRequest, PluginSpec
from genspace_core.types import Task

if TYPE_CHECKING:
    from genspace_adapter_diffusers.generator import DiffusersGenerator

Made = tuple[list[GeneratedImage], dict[int, list[NDArray[Any]]]]
"""Pictures, and by the seed of its generator the noise that was drawn for them."""


class TinyPipeline:
    """Inherit, set `spec`, and override `make_pipeline`: it is saved, and loaded as a user would load it.

    Attributes:
        spec: the plugin.
        options: keys of its configuration beside the checkpoint.
    """

    spec: ClassVar[PluginSpec[Any]]
    options: ClassVar[Mapping[str, Any]] = {"steps": 2, "width": 32, "height": 32}
    folder: ClassVar[Path]

    @classmethod
    def make_pipeline(cls) -> Any:
        """A tiny pipeline with random weights; torch's global generator has been seeded."""
        raise NotImplementedError(f"{cls.__name__} needs a make_pipeline")

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _checkpoint(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        import torch

        cls.folder = tmp_path_factory.mktemp(cls.__name__)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            cls.make_pipeline().save_pretrained(cls.folder)

    def make_config(self) -> Mapping[str, Any]:
        """Its checkpoint, in numbers exact enough to compare pictures."""
        told = {"checkpoint": str(self.folder), "dtype": "float32", "device": "cpu", "batch_size": 4}
        return told | dict(self.options)


class PipelineConformance(TinyPipeline):
    """What to inherit for each pipeline; the kits of the core test the plugin itself.

    A picture may differ by one grey level between batches: a matrix product of another shape rounds in
    another order. The noise that it starts from may not.

    Attributes:
        task: what it is asked to do.
        prompts: of different lengths, since padding is where batches go wrong.
        sizes: heights and widths of the pictures to edit, one a prompt.
    """

    task: ClassVar[Task] = "t2i"
    prompts: ClassVar[tuple[str, ...]] = (
        "A photo of one dog.",
        "A photo of one cat to the left of a chair, seen from the front, 2 metres away.",
        "Cup.",
    )
    sizes: ClassVar[tuple[tuple[int, int], ...]] = ((64, 64), (64, 64), (48, 80))
    generator: ClassVar[DiffusersGenerator]
    _made: ClassVar[tuple[DiffusersGenerator, dict[Any, Made]]]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _built(cls, _checkpoint: None) -> None:
        from genspace_adapter_diffusers.generator import build

        cls.generator = build(cls.spec.config.model_validate(cls().make_config()))

    def request(self, number: int, seed: int | None = None) -> GenerationRequest:
        """That of one of the prompts, with a seed of its own."""
        return GenerationRequest(
            task=self.task,
            prompt=self.prompts[number],
            seed=1000 + number if seed is None else seed,
            source=source(*self.sizes[number]) if self.task == "edit" else None,
        )

    def requests(self) -> list[GenerationRequest]:
        """One a prompt."""
        return [self.request(number) for number in range(len(self.prompts))]

    def made(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage]:
        """In one batch, or as many as the pipeline needs."""
        results = self.generator.generate_batch(requests)
        for result in results:
            assert isinstance(result, GeneratedImage), repr(result)
        return [result for result in results if isinstance(result, GeneratedImage)]

    def once(self, requests: Sequence[GenerationRequest]) -> Made:
        """As `made`, but only the first time that a test asks for it; and the noise that was drawn.

        Each is made in another state of torch's global generator.
        """
        import torch

        owner = type(self)
        if "_made" not in vars(owner) or owner._made[0] is not self.generator:
            owner._made = self.generator, {}
        known = owner._made[1]
        told = tuple((r.prompt, r.seed, r.source.shape if r.source is not None else None) for r in requests)
        if told not in known:
            torch.manual_seed(1 + len(known))
            with drawn_numbers() as drawn:
                known[told] = self.made(requests), drawn
        return known[told]

    def test_batches_and_order_change_nothing(self) -> None:
        """Alone, in a batch, in a batch turned round: the same pictures, within one grey level."""
        requests = self.requests()
        alone = [self._pixels(request) for request in requests]
        together = list(map(pixels, self.once(requests)[0]))
        turned = list(map(pixels, self.once(requests[::-1])[0]))[::-1]
        for one, batched, last in zip(alone, together, turned, strict=True):
            assert _difference(one, batched) <= 1, "a batch changed a picture"
            assert _difference(one, last) <= 1, "the order in a batch changed a picture"

    def test_the_noise_of_a_picture_is_its_own(self) -> None:
        """Bit for bit the same alone, in a batch, and in a batch turned round."""
        requests = self.requests()
        alone = [self.once([request])[1] for request in requests]
        together, turned = self.once(requests)[1], self.once(requests[::-1])[1]
        for request, own in zip(requests, alone, strict=True):
            assert set(own) == {request.seed}, "noise comes from another generator than the picture's own"
            for other in (together, turned):
                drawn = other.get(request.seed, [])
                assert len(drawn) == len(own[request.seed]), "its own generator drew more, or less"
                assert all(map(np.array_equal, drawn, own[request.seed])), "its noise depends on the batch"

    def test_no_number_comes_from_elsewhere(self) -> None:
        """Torch's global generator, which whatever ran before has moved, decides nothing."""
        import torch

        before = self._pixels(self.request(0))
        torch.manual_seed(0)
        assert np.array_equal(before, pixels(self.made([self.request(0)])[0]))

    def test_seed_and_prompt_decide(self) -> None:
        """By more than a batch may, or else the tests above would hold for a model that heeds neither."""
        first = self.request(0)
        second = replace(first, prompt=self.prompts[1])
        third = replace(second, seed=first.seed + 1)
        own, prompt, seed = map(self._pixels, (first, second, third))
        assert own.std() > 0, "the picture is one colour"
        assert _difference(own, prompt) > 1, "another prompt gave the same picture"
        assert _difference(prompt, seed) > 1, "another seed gave the same picture"

    def test_a_picture_has_its_size(self) -> None:
        """An edit that of its source."""
        for request, image in zip(self.requests(), self.once(self.requests())[0], strict=True):
            asked = (self.options.get("height"), self.options.get("width"))
            size = asked if request.source is None else request.source.shape[:2]
            assert pixels(image).shape == (*size, 3)

    def test_how_it_was_made_is_recorded(self) -> None:
        """With each picture."""
        ((image,), _) = self.once(self.requests()[:1])
        assert image.info["batch"] == 1
        assert image.info["pipeline"] == type(self.generator.pipeline).__name__

    def _pixels(self, request: GenerationRequest) -> NDArray[np.uint8]:
        return pixels(self.once([request])[0][0])


def source(height: int, width: int) -> NDArray[np.uint8]:
    """(height, width, 3): a picture to edit, with colours that run across and down."""
    across = np.broadcast_to(np.linspace(0, 255, width), (height, width))
    down = np.broadcast_to(np.linspace(0, 255, height)[:, None], (height, width))
    return np.dstack([across, down, np.full_like(across, 128)]).round().astype(np.uint8)


def pixels(image: GeneratedImage) -> NDArray[np.uint8]:
    """(H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(image.data)).convert("RGB"))


def _difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


@contextmanager
def drawn_numbers() -> Iterator[dict[int, list[NDArray[Any]]]]:
    """By the seed of their generator, the normal numbers that are drawn in the block."""
    import torch

    drawn: dict[int, list[NDArray[Any]]] = {}
    randn = torch.randn

    def recording(*args: Any, **kwargs: Any) -> Any:
        numbers = randn(*args, **kwargs)
        generator = kwargs.get("generator")
        if generator is not None:
            drawn.setdefault(generator.initial_seed(), []).append(numbers.float().cpu().numpy().copy())
        return numbers

    torch.randn = recording
    try:
        yield drawn
    finally:
        torch.randn = randn
