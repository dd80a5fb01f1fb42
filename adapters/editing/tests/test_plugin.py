"""What holds for the plugin, and what it knows of its models."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.diffusers.tests.families.sdxl import make_sdxl
from adapters.editing.tests.families.instruct_pix2pix import make_instruct_pix2pix
from adapters.editing.tests.families.longcat_edit import make_longcat_edit
from adapters.editing.tests.families.qwen_edit import make_qwen_edit
from genspace_adapter_diffusers import load_models
from genspace_adapter_diffusers.calls import call_arguments, calling
from genspace_adapter_diffusers.generator import build
from genspace_adapter_diffusers.testing import TinyPipeline
from genspace_adapter_editing.plugin import EDITING, EditingConfig
from genspace_core.errors import ConfigError, PluginError
from genspace_core.interfaces import Generator
from genspace_core.testing import EditorConformance, WeightsConformance

MODELS = load_models("genspace_adapter_editing")


class TestPlugin(TinyPipeline, EditorConformance, WeightsConformance):
    spec = EDITING
    spec_module = "genspace_adapter_editing.plugin"
    tolerance = 1
    options: ClassVar = {"steps": 2, "pixels": 64 * 64}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_instruct_pix2pix()

    def exercise(self, plugin: Generator) -> None:
        plugin.generate(self.requests()[0])


@pytest.mark.parametrize("name", MODELS)
def test_its_settings_are_arguments_of_its_pipeline(name: str) -> None:
    import diffusers

    config = EditingConfig(model=name)
    cls = getattr(diffusers, MODELS[name].pipeline)
    told = call_arguments(cls.__new__(cls), config)
    assert told["num_inference_steps"] == config.steps
    assert told[calling(cls).guidance] == config.guidance
    assert config.capabilities(EDITING.capabilities).tasks == set(MODELS[name].tasks)


@pytest.mark.parametrize("name", MODELS)
def test_it_has_a_ready_name(name: str) -> None:
    ready = tomllib.loads((Path(__file__).parents[3] / "plugins.toml").read_text("utf-8"))["generators"]
    assert ready[name] == {"plugin": "editing", "model": name}


@pytest.mark.parametrize("name", MODELS)
def test_a_pin_is_a_whole_commit(name: str) -> None:
    assert MODELS[name].revision == "main" or re.fullmatch("[0-9a-f]{40}", MODELS[name].revision)


@pytest.mark.parametrize("make", [make_qwen_edit, make_longcat_edit])
def test_a_size_that_nobody_can_choose_is_refused(make: Any, tmp_path: Path) -> None:
    make().save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=r"pixels: .* brings every picture to about 1048576") as caught:
        build(EditingConfig(checkpoint=str(tmp_path), device="cpu", pixels=512 * 512))
    assert "\n" not in str(caught.value)


def test_image_guidance_is_for_those_that_take_it(tmp_path: Path) -> None:
    make_qwen_edit().save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="image_guidance: a QwenImageEditPipeline takes no image_guid"):
        build(EditingConfig(checkpoint=str(tmp_path), device="cpu", image_guidance=1.5))


def test_omnigen_without_torchvision_is_one_line_before_anything_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)
    monkeypatch.setattr("genspace_adapter_diffusers.loader.fetch", lambda *_: pytest.fail("it was fetched"))
    with pytest.raises(PluginError, match=r"torchvision.*pip install torchvision") as caught:
        build(EditingConfig(model="omnigen", device="cpu"))
    assert "\n" not in str(caught.value)


def test_a_processor_of_videos_without_torchvision_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the checkpoints of Qwen and LongCat have it: only with torchvision has transformers such a part."""
    import transformers
    from transformers.utils.import_utils import DummyObject

    stand_in = DummyObject("AutoVideoProcessor", (), {"_backends": ["torchvision"]})
    monkeypatch.setattr(transformers, "AutoVideoProcessor", stand_in)
    make_qwen_edit().save_pretrained(tmp_path)
    index = tmp_path / "model_index.json"
    told = json.loads(index.read_text("utf-8")) | {"processor": ["transformers", "Qwen2VLProcessor"]}
    index.write_text(json.dumps(told), "utf-8")
    with pytest.raises(PluginError, match=r"a Qwen2VLProcessor.*pip install torchvision") as caught:
        build(EditingConfig(checkpoint=str(tmp_path), device="cpu"))
    assert "\n" not in str(caught.value)


def test_one_that_makes_pictures_only_says_so(tmp_path: Path) -> None:
    from genspace_adapter_diffusers.testing.pipelines import source
    from genspace_core.errors import Fatal
    from genspace_core.interfaces import GenerationRequest

    make_sdxl().save_pretrained(tmp_path)
    generator = build(EditingConfig(checkpoint=str(tmp_path), device="cpu", steps=1))
    request = GenerationRequest(task="edit", prompt="Turn it.", seed=1, source=source(64, 64))
    with pytest.raises(Fatal, match="a StableDiffusionXLPipeline edits no pictures"):
        generator.generate(request)
