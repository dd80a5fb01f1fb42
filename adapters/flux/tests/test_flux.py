"""FLUX.1 dev and schnell, and Kontext."""

from __future__ import annotations

from typing import Any

from adapters.diffusers.tests.running import RunConformance
from adapters.flux.tests.families.flux import make_flux, make_kontext
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_flux.plugin import FLUX

SMALL = {"steps": 2, "width": 32, "height": 32, "text_length": 96}


class TestDev(PipelineConformance, RunConformance):
    spec = FLUX
    plugin = "flux"
    options = SMALL | {"guidance": 3.5}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_flux()


class TestSchnell(PipelineConformance, RunConformance):
    spec = FLUX
    plugin = "flux"
    options = SMALL

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_flux(guidance_embeds=False)


class TestTrueGuidance(PipelineConformance):
    """Twice the network: once with what to keep out of the picture."""

    spec = FLUX
    options = SMALL | {"guidance": 3.5, "true_guidance": 4.0, "negative_prompt": "A blurred photo."}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_flux()


class TestKontext(PipelineConformance, RunConformance):
    spec = FLUX
    plugin = "flux"
    task = "edit"
    options = SMALL | {"guidance": 2.5, "pixels": 64 * 64}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_kontext()
