"""Every editing pipeline, tiny: loaded from disk, run, and each picture its own seed's.

They run with the settings of their authors where those change what is computed: with classifier-free
guidance, and with its negative prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from adapters.diffusers.tests.running import RunConformance
from adapters.editing.tests.families.instruct_pix2pix import make_instruct_pix2pix
from adapters.editing.tests.families.longcat_edit import make_longcat_edit
from adapters.editing.tests.families.qwen_edit import make_qwen_edit
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_diffusers.testing.pipelines import drawn_numbers
from genspace_adapter_editing.plugin import EDITING
from genspace_core.interfaces import GeneratedImage, GenerationRequest


class Family(PipelineConformance, RunConformance):
    spec = EDITING
    plugin = "editing"
    task = "edit"


class MillionPixels(Family):
    """They make a million pixels whatever the source has: so each batch is made once, for all tests."""

    prompts = ("Turn the dog to the left.", "Cup.")
    sizes = ((256, 256), (320, 320))  # of one shape: one batch
    options: ClassVar = {"steps": 2, "guidance": 4.0, "negative_prompt": " "}
    known: ClassVar[dict[Any, tuple[list[GeneratedImage], dict[int, list[Any]]]]]

    def __init_subclass__(cls) -> None:
        cls.known = {}

    def made(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage]:
        return self._known(requests)[0]

    def _noise(self, requests: Sequence[GenerationRequest]) -> dict[int, list[Any]]:
        return self._known(requests)[1]

    def _known(
        self, requests: Sequence[GenerationRequest]
    ) -> tuple[list[GeneratedImage], dict[int, list[Any]]]:
        told = tuple((r.prompt, r.seed, r.source.shape) for r in requests if r.source is not None)
        key = (told, torch.initial_seed())  # of the global generator: another state of it is another case
        if key not in self.known:
            with drawn_numbers() as drawn:
                self.known[key] = (super().made(requests), drawn)
        return self.known[key]


class TestQwenImageEdit(MillionPixels):
    @classmethod
    def make_pipeline(cls) -> Any:
        return make_qwen_edit()


class TestQwenImageEditPlus(MillionPixels):
    @classmethod
    def make_pipeline(cls) -> Any:
        return make_qwen_edit(plus=True)


class TestLongCatImageEdit(MillionPixels):
    options: ClassVar = MillionPixels.options | {"steps": 1}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_longcat_edit()


class TestInstructPix2Pix(Family):
    sizes = ((64, 64), (128, 128), (48, 80))
    options: ClassVar = {"steps": 2, "guidance": 7.5, "image_guidance": 1.5, "pixels": 64 * 64}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_instruct_pix2pix()
