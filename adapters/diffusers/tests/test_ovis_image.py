"""Ovis-Image, which reads every prompt after words of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.diffusers.tests.families.ovis_image import make_ovis_image
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance


class TestOvisImage(PipelineConformance, RunConformance):
    spec = DIFFUSERS
    options: ClassVar = {"steps": 2, "width": 32, "height": 32, "guidance": 5.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_ovis_image()


class TestNegative(PipelineConformance):
    spec = DIFFUSERS
    options: ClassVar = TestOvisImage.options | {"negative_prompt": "blurred"}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_ovis_image()
