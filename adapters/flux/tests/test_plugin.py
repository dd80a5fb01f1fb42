"""What holds for the plugin, and what it knows of its models."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.flux.tests.families.flux import make_flux, make_kontext
from genspace_adapter_diffusers import load_models
from genspace_adapter_diffusers.calls import call_arguments
from genspace_adapter_diffusers.testing import TinyPipeline
from genspace_adapter_flux.plugin import FLUX, FluxConfig
from genspace_core.interfaces import Generator
from genspace_core.testing import EditorConformance, GeneratorConformance, WeightsConformance

MODELS = load_models("genspace_adapter_flux")
SMALL = {"steps": 1, "width": 32, "height": 32, "text_length": 64}


class TestPlugin(TinyPipeline, GeneratorConformance, WeightsConformance):
    spec = FLUX
    spec_module = "genspace_adapter_flux.plugin"
    tolerance = 1
    options = SMALL

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_flux()

    def exercise(self, plugin: Generator) -> None:
        plugin.generate(self.requests()[0])


class TestEditor(TinyPipeline, EditorConformance):
    spec = FLUX
    spec_module = "genspace_adapter_flux.plugin"
    tolerance = 1
    options = SMALL | {"pixels": 64 * 64}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_kontext()


@pytest.mark.parametrize("name", MODELS)
def test_its_settings_are_arguments_of_its_pipeline(name: str) -> None:
    import diffusers

    config = FluxConfig(model=name)
    cls = getattr(diffusers, MODELS[name].pipeline)
    told = call_arguments(cls.__new__(cls), config)
    assert told["num_inference_steps"] == config.steps
    assert told["max_sequence_length"] == config.text_length
    assert config.capabilities(FLUX.capabilities).tasks == set(MODELS[name].tasks)


@pytest.mark.parametrize("name", MODELS)
def test_it_has_a_ready_name(name: str) -> None:
    ready = tomllib.loads((Path(__file__).parents[3] / "plugins.toml").read_text("utf-8"))["generators"]
    assert ready[name] == {"plugin": "flux", "model": name}


@pytest.mark.parametrize("name", MODELS)
def test_a_pin_is_a_whole_commit(name: str) -> None:
    assert MODELS[name].revision == "main" or re.fullmatch("[0-9a-f]{40}", MODELS[name].revision)
