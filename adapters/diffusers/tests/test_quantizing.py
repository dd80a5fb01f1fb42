"""Weights in fewer bits: each part is given the configuration of the library that loads it.

The classes are the real ones as far as they can be made without the packages themselves, which are large:
those of torchao want its objects, for which small ones stand in here.
"""

from __future__ import annotations

import importlib.machinery
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import diffusers
import pytest
import transformers

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.quantizing import _with_type, quantization
from genspace_core.errors import ConfigError

GPU = SimpleNamespace(type="cuda")
CPU = SimpleNamespace(type="cpu")


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bitsandbytes", "optimum", "optimum.quanto"):
        package = ModuleType(name)
        package.__path__ = []
        package.__spec__ = importlib.machinery.ModuleSpec(name, None)
        monkeypatch.setitem(sys.modules, name, package)


def made(sdxl: Path, device: Any = GPU, **keys: Any) -> dict[str, Any]:
    config = PipelineConfig.model_validate({"checkpoint": str(sdxl), **keys})
    index = json.loads((sdxl / "model_index.json").read_text("utf-8"))
    mapping: dict[str, Any] = quantization(config, index, diffusers, device).quant_mapping
    return mapping


def test_quanto_has_another_name_in_each_library(sdxl: Path) -> None:
    told = made(sdxl, quantization="quanto", quantization_config={"weights_dtype": "int4"})
    assert set(told) == {"unet", "text_encoder", "text_encoder_2"}
    assert isinstance(told["unet"], diffusers.QuantoConfig)
    assert told["unet"].weights_dtype == "int4"
    assert isinstance(told["text_encoder"], transformers.QuantoConfig)
    assert told["text_encoder"].weights == "int4"


def test_only_the_parts_that_are_named(sdxl: Path) -> None:
    assert set(made(sdxl, quantization="quanto", quantized=["vae"])) == {"vae"}


def test_parts_from_elsewhere_are_left_alone(sdxl: Path) -> None:
    part = {"library": "diffusers", "class": "UNet2DConditionModel", "checkpoint": "a/b"}
    told = made(sdxl, quantization="quanto", parts={"unet": part})
    assert set(told) == {"text_encoder", "text_encoder_2"}


@pytest.mark.parametrize("bits", [4, 8])
def test_bitsandbytes(sdxl: Path, bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "0.50" if name == "bitsandbytes" else version(name)
    )
    told = made(sdxl, quantization=f"bitsandbytes_{bits}bit", dtype="bfloat16")
    assert isinstance(told["unet"], diffusers.BitsAndBytesConfig)
    assert isinstance(told["text_encoder"], transformers.BitsAndBytesConfig)
    for one in told.values():
        assert (one.load_in_4bit, one.load_in_8bit) == (bits == 4, bits == 8)
        assert bits == 8 or str(one.bnb_4bit_compute_dtype) == "torch.bfloat16"


def test_bitsandbytes_needs_a_gpu(sdxl: Path) -> None:
    with pytest.raises(ConfigError, match="needs a GPU") as caught:
        made(sdxl, CPU, quantization="bitsandbytes_4bit")
    assert "\n" not in str(caught.value)


def test_a_setting_that_there_is_not_is_refused(sdxl: Path) -> None:
    with pytest.raises(ConfigError, match=r"quantization_config\.nose: .*weights_dtype"):
        made(sdxl, quantization="quanto", quantization_config={"nose": 1})


class AOBaseConfig:
    pass


@dataclass
class Int4WeightOnlyConfig(AOBaseConfig):
    group_size: int = 128


TORCHAO = SimpleNamespace(
    quant_api=SimpleNamespace(AOBaseConfig=AOBaseConfig), Int4WeightOnlyConfig=Int4WeightOnlyConfig, os=sys
)


def test_torchao_is_given_an_object() -> None:
    settings = {"quant_type": "Int4WeightOnlyConfig", "group_size": 32, "modules_to_not_convert": ["a"]}
    assert _with_type(settings, TORCHAO) == {
        "quant_type": Int4WeightOnlyConfig(32),
        "modules_to_not_convert": ["a"],
    }


@pytest.mark.parametrize("name", ["int8wo", "os", "quant_api"])
def test_a_type_that_torchao_has_not_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"torchao has no {name}; it has Int4WeightOnlyConfig$"):
        _with_type({"quant_type": name}, TORCHAO)
