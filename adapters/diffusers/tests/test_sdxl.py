"""SDXL, and with it what holds for the plugin whatever the pipeline."""

from __future__ import annotations

from typing import Any

from adapters.diffusers.tests.families.sdxl import make_sdxl
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance, TinyPipeline
from genspace_core.interfaces import Generator
from genspace_core.testing import GeneratorConformance, WeightsConformance


class TestPlugin(TinyPipeline, GeneratorConformance, WeightsConformance):
    spec = DIFFUSERS
    spec_module = "genspace_adapter_diffusers.plugin"
    tolerance = 1

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_sdxl()

    def exercise(self, plugin: Generator) -> None:
        plugin.generate(self.requests()[0])


class TestSdxl(PipelineConformance, RunConformance):
    spec = DIFFUSERS

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_sdxl()
