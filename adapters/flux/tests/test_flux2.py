"""FLUX.2 dev and klein, which make pictures and edit them."""

from __future__ import annotations

from typing import Any

from adapters.diffusers.tests.running import RunConformance
from adapters.flux.tests.families.flux2 import make_flux2, make_klein
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_flux.plugin import FLUX

SMALL = {"steps": 2, "width": 32, "height": 32}


class TestFlux2(PipelineConformance, RunConformance):
    spec = FLUX
    plugin = "flux"
    options = SMALL | {"guidance": 4.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_flux2()


class TestFlux2Edits(TestFlux2):
    task = "edit"
    options = SMALL | {"guidance": 4.0, "pixels": 64 * 64}


class TestKlein(PipelineConformance, RunConformance):
    spec = FLUX
    plugin = "flux"
    options = SMALL | {"text_length": 128}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_klein()


class TestKleinEdits(TestKlein):
    task = "edit"
    options = SMALL | {"text_length": 128, "pixels": 64 * 64}


class TestKleinBase(PipelineConformance):
    """Not distilled: classifier-free guidance against an empty prompt."""

    spec = FLUX
    options = SMALL | {"text_length": 128, "guidance": 4.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_klein(distilled=False)
