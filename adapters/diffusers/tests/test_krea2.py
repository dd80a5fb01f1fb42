"""Krea 2, which reads several layers of its text encoder."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.diffusers.tests.families.krea2 import make_krea2
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance


class TestKrea2(PipelineConformance, RunConformance):
    spec = DIFFUSERS
    options: ClassVar = {"steps": 2, "width": 32, "height": 32, "guidance": 4.5}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_krea2()


class TestNegative(PipelineConformance):
    spec = DIFFUSERS
    options: ClassVar = TestKrea2.options | {"negative_prompt": "blurred"}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_krea2()
