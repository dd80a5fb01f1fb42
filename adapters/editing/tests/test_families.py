"""Every editing pipeline, tiny: loaded from disk, run, and each picture its own seed's.

They run with the settings of their authors where those change what is computed: with classifier-free
guidance, and with its negative prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, ClassVar

import pytest

from adapters.diffusers.tests.running import RunConformance
from adapters.editing.tests.families.instruct_pix2pix import make_instruct_pix2pix
from adapters.editing.tests.families.longcat_edit import make_longcat_edit
from adapters.editing.tests.families.qwen_edit import make_qwen_edit
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_editing.plugin import EDITING
from genspace_core.interfaces import GeneratedImage, GenerationRequest


class Family(PipelineConformance, RunConformance):
    spec = EDITING
    plugin = "editing"
    task = "edit"


SMALLER = 16


class MillionPixels(Family):
    """They make a million pixels whatever the source has.

    So they do in `test_it_runs`; what else holds for each pipeline is shown with a sixteenth of them.
    """

    prompts = ("Turn the dog to the left.", "Cup.")
    sizes = ((256, 256), (320, 320))  # of one shape: one batch
    pictures = 2
    options: ClassVar = {"steps": 2, "guidance": 4.0, "negative_prompt": " "}

    def made(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage]:
        wants, room = self.generator._wants, import_module(type(self.generator.pipeline).__module__)
        calculate = room.calculate_dimensions
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room, "calculate_dimensions", lambda area, ratio: calculate(area // SMALLER, ratio))
            patch.setattr(self.generator, "_wants", replace(wants, fixed=wants.fixed // SMALLER))
            return super().made(requests)


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
