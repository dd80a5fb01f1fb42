"""The generator: requests in batches through one pipeline, each picture from its own seed."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image

from genspace_adapter_diffusers.batches import Batches
from genspace_adapter_diffusers.calls import call_arguments, calling
from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.facts import picture_facts, pipeline_facts, text_limits
from genspace_adapter_diffusers.loader import load_pipeline
from genspace_adapter_diffusers.pixels import encode, refuse_black, to_pixels
from genspace_adapter_diffusers.sources import fixed_size, model_size, resized
from genspace_core.errors import Fatal, GenerationError
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator


def build(config: PipelineConfig) -> DiffusersGenerator:
    """Load the pipeline.

    Raises:
        PluginError: it cannot be loaded.
        ConfigError: an option that this pipeline or this machine cannot follow.
    """
    return DiffusersGenerator(load_pipeline(config), config)


class DiffusersGenerator(Generator):
    """Any pipeline of diffusers that makes pictures of prompts, or edits them.

    Attributes:
        pipeline: the one of diffusers.
    """

    def __init__(self, pipeline: Any, config: PipelineConfig) -> None:
        import torch

        self.pipeline = pipeline
        self._torch, self._config = torch, config
        self._wants = calling(type(pipeline))
        self._arguments = call_arguments(pipeline, config)
        self._takes = inspect.signature(type(pipeline).__call__).parameters
        self._facts = pipeline_facts(pipeline)
        checked = getattr(pipeline, "safety_checker", None) is not None
        self._hidden = None if checked else False  # of an output that says nothing of its safety checker
        self._limits = text_limits(pipeline, self._wants, self._arguments)
        most = min(config.batch_size, self._wants.batch or config.batch_size)
        # An edit holds its source beside the picture, and is full sooner.
        self._batches = {
            "t2i": self._batching(most),
            "edit": self._batching(min(most, self._wants.edit_batch or most)),
        }

    def _batching(self, most: int) -> Batches[GenerationRequest, GeneratedImage | Exception]:
        return Batches(self._run, most, self._torch.OutOfMemoryError, self._torch.cuda.empty_cache)

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        """A batch of one."""
        (result,) = self.generate_batch([request])
        if isinstance(result, Exception):
            raise result
        return result

    def generate_batch(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage | Exception]:
        """Pictures of one size share a batch; one that does not fit into memory is a `Fatal` in its place."""
        order = sorted(range(len(requests)), key=lambda i: self._size(requests[i]))
        results: dict[int, GeneratedImage | Exception] = {}
        for _, group in groupby(order, key=lambda i: self._size(requests[i])):
            places = list(group)
            results.update(zip(places, self._fitting([requests[i] for i in places]), strict=True))
        return [results[i] for i in range(len(requests))]

    def _fitting(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage | Exception]:
        made = self._batches["t2i" if requests[0].source is None else "edit"](requests)
        return [self._too_large() if isinstance(one, self._torch.OutOfMemoryError) else one for one in made]

    def _too_large(self) -> Fatal:
        return Fatal(
            f"{self._config.checkpoint}: one picture does not fit into the GPU's memory; set offload = "
            '"model", a smaller dtype, quantization, vae_tiling = true, or a smaller width and height'
        )

    def _size(self, request: GenerationRequest) -> tuple[int, int]:
        """Height and width to show a source at; nothing without one."""
        if request.source is None:
            return (0, 0)
        height, width = request.source.shape[:2]
        wants = self._wants
        if wants.fixed is not None:
            return fixed_size(height, width, wants.fixed, wants.multiple, wants.up)
        return model_size(height, width, self._config.pixels, wants.multiple, wants.least, wants.most)

    # --- one batch that fits ----------------------------------------------------------------------

    def _run(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage | Exception]:
        if self._wants.global_noise:  # of another seed: two streams of one would be the same numbers
            self._torch.manual_seed(requests[0].seed + 1)
        output = self.pipeline(
            prompt=[self._prompt(request) for request in requests],
            generator=self._generators(requests),
            output_type="np",
            **self._sized(self._per_request(requests) | self._sources(requests)),
        )
        self._check_size(requests[0], *output.images[0].shape[:2])
        flags = getattr(output, "nsfw_content_detected", None)
        flags = [self._hidden] * len(requests) if flags is None else flags
        return [
            self._finish(request, picture, flag, len(requests))
            for request, picture, flag in zip(requests, output.images, flags, strict=True)
        ]

    def _prompt(self, request: GenerationRequest) -> str:
        return request.prompt if request.source is None else self._wants.prompt.format(prompt=request.prompt)

    def _generators(self, requests: Sequence[GenerationRequest]) -> Any:
        """One per picture, on the CPU: its numbers are the same on every device, alone and in any batch."""
        made = [self._torch.Generator("cpu").manual_seed(request.seed) for request in requests]
        return made if made[1:] else made[0]  # some pipelines ask the one for its seed

    def _per_request(self, requests: Sequence[GenerationRequest]) -> dict[str, Any]:
        """The common arguments; a negative prompt is wanted as often as a prompt."""
        arguments = dict(self._arguments)
        if "negative_prompt" in arguments:
            arguments["negative_prompt"] = [arguments["negative_prompt"]] * len(requests)
        return arguments

    def _sources(self, requests: Sequence[GenerationRequest]) -> dict[str, Any]:
        if requests[0].source is None:
            return {}
        if self._wants.image not in self._takes:
            raise Fatal(f"{self._config.checkpoint}: a {type(self.pipeline).__name__} edits no pictures")
        height, width = self._size(requests[0])
        pictures: list[Any] = [
            Image.fromarray(resized(r.source, height, width)) for r in requests if r.source is not None
        ]
        if self._wants.nested:
            pictures = [[picture] for picture in pictures]
        size = {side: told for side, told in (("height", height), ("width", width)) if side in self._takes}
        return {self._wants.image: pictures[0] if self._wants.single else pictures, **size}

    def _sized(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """With what the pipeline wants to be told of the size beside width and height."""
        height, width = arguments.get("height"), arguments.get("width")
        if self._wants.area is None or height is None or width is None:
            return arguments
        return arguments | {self._wants.area: height * width}

    def _check_size(self, request: GenerationRequest, height: int, width: int) -> None:
        """Some pipelines choose another size than they are asked for, and say nothing."""
        if request.source is not None:
            shown = self._size(request)
            if shown != (height, width):
                raise Fatal(
                    f"a {type(self.pipeline).__name__} makes {width} x {height} of a source that it is shown "
                    f"as {shown[1]} x {shown[0]}: nothing says that the two line up"
                )
            return
        asked = self._arguments.get("height", height), self._arguments.get("width", width)
        if asked != (height, width):
            raise Fatal(
                f"width and height: asked for {asked[1]} x {asked[0]}, a {type(self.pipeline).__name__} "
                f"makes {width} x {height}; ask for that"
            )

    def _finish(
        self, request: GenerationRequest, picture: np.ndarray[Any, Any], flag: bool | None, batch: int
    ) -> GeneratedImage | Exception:
        try:
            pixels = to_pixels(picture)
            refuse_black(pixels, flag)
        except GenerationError as error:
            return error
        if request.source is not None:
            pixels = resized(pixels, *request.source.shape[:2])
        facts = picture_facts(self.pipeline, self._wants, self._limits, request, batch)
        return GeneratedImage(data=encode(pixels), info=self._facts | facts)
