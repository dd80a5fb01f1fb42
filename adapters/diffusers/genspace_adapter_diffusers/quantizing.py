"""Weights in fewer bits, through what diffusers and transformers support.

Each library has a configuration class of its own for the same method, and the two differ in their arguments:
so each part of the pipeline is given that of the library it is loaded with.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_core import import_package
from genspace_core.errors import ConfigError

_LARGE = ("transformer", "unet", "text_encoder", "vision_language_encoder")
"""The denoiser and the text encoders: a VAE is small, and loses by it."""


@dataclass(frozen=True, slots=True)
class Method:
    """How weights are held in fewer bits.

    Attributes:
        package: what does it.
        extra: of this package's, that installs it.
        cls: configuration class, in both libraries.
        settings: its arguments where nothing else is said.
        renamed: arguments that are called otherwise in transformers.
        gpu: it needs one.
    """

    package: str
    extra: str
    cls: str
    settings: Mapping[str, Any]
    renamed: Mapping[str, str] = field(default_factory=dict)
    gpu: bool = False


METHODS = {
    "bitsandbytes_4bit": Method(
        "bitsandbytes",
        "bitsandbytes",
        "BitsAndBytesConfig",
        {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
        gpu=True,
    ),
    "bitsandbytes_8bit": Method(
        "bitsandbytes", "bitsandbytes", "BitsAndBytesConfig", {"load_in_8bit": True}, gpu=True
    ),
    "torchao": Method(
        "torchao.quantization", "torchao", "TorchAoConfig", {"quant_type": "Int8WeightOnlyConfig"}
    ),
    "quanto": Method(
        "optimum.quanto", "quanto", "QuantoConfig", {"weights_dtype": "int8"}, {"weights_dtype": "weights"}
    ),
}


def check_quantized(config: PipelineConfig, index: Mapping[str, Any]) -> None:
    """Complain of parts that cannot be quantised; diffusers only warns of them.

    Args:
        config: of the pipeline.
        index: what its model_index.json says.

    Raises:
        ConfigError: `quantized` names one that is not the checkpoint's own, or there is none to quantise.
    """
    if config.quantization is None:
        return
    able = sorted(set(_networks(index)) - set(config.parts))
    for name in config.quantized:
        if name not in able:
            raise ConfigError(
                f"quantized: {config.checkpoint} has no network {name} of its own; it has {', '.join(able)}"
            )
    if not _chosen(config, index):
        raise ConfigError("quantization: every large part comes from elsewhere; leave it out")


def quantization(config: PipelineConfig, index: Mapping[str, Any], diffusers: Any, device: Any) -> Any:
    """A PipelineQuantizationConfig, or None.

    Raises:
        PluginError: the package that does it is not installed.
        ConfigError: a setting that it does not have, or a GPU that is not there.
    """
    if config.quantization is None:
        return None
    method = METHODS[config.quantization]
    package = import_package(method.package, f"pip install 'genspace-adapter-diffusers[{method.extra}]'")
    if method.gpu and device.type == "cpu":
        raise ConfigError(
            f'quantization = "{config.quantization}": it needs a GPU; use "torchao" or "quanto"'
        )
    libraries = {
        "diffusers": diffusers,
        "transformers": import_package("transformers", "pip install transformers"),
    }
    settings = {**method.settings, **_computing(config), **config.quantization_config}
    if config.quantization == "torchao":
        settings = _with_type(settings, package)
    return diffusers.PipelineQuantizationConfig(
        quant_mapping={
            name: _made(method, libraries, index[name][0], settings) for name in _chosen(config, index)
        }
    )


def _computing(config: PipelineConfig) -> dict[str, str]:
    """In the numbers of everything else; bitsandbytes would take 32-bit ones."""
    return {"bnb_4bit_compute_dtype": config.dtype} if config.quantization == "bitsandbytes_4bit" else {}


def _made(method: Method, libraries: Mapping[str, Any], library: str, settings: Mapping[str, Any]) -> Any:
    """The configuration for a part of a library; a class in a pipeline's own folder is diffusers'."""
    own = library if library in libraries else "diffusers"
    cls = getattr(libraries[own], method.cls)
    renamed = method.renamed if own == "transformers" else {}
    usual = {there: name for name, there in renamed.items()}
    takes = sorted(usual.get(name, name) for name in inspect.signature(cls).parameters if name != "kwargs")
    for name in settings:
        if name not in takes:
            raise ConfigError(
                f"quantization_config.{name}: the {method.cls} of {own} has none; it has {', '.join(takes)}"
            )
    return cls(**{renamed.get(name, name): value for name, value in settings.items()})


def _with_type(settings: Mapping[str, Any], torchao: Any) -> dict[str, Any]:
    """With the object that torchao wants in place of a class's name and its arguments."""
    base = torchao.quant_api.AOBaseConfig
    cls = getattr(torchao, settings["quant_type"], None)
    if not (isinstance(cls, type) and issubclass(cls, base)):
        known = sorted(
            name
            for name, one in vars(torchao).items()
            if "Weight" in name and isinstance(one, type) and issubclass(one, base)
        )
        raise ConfigError(
            f"quantization_config.quant_type: torchao has no {settings['quant_type']}; it has "
            f"{', '.join(known)}"
        )
    takes = inspect.signature(cls).parameters
    own = {name: value for name, value in settings.items() if name in takes}
    rest = {name: value for name, value in settings.items() if name not in takes}
    return rest | {"quant_type": cls(**own)}


def _chosen(config: PipelineConfig, index: Mapping[str, Any]) -> list[str]:
    large = (name for name in _networks(index) if name.startswith(_LARGE) and name not in config.parts)
    return list(config.quantized) or list(large)


def _networks(index: Mapping[str, Any]) -> list[str]:
    """Parts that have weights."""
    return [
        name
        for name, told in index.items()
        if isinstance(told, list) and hasattr(_class(*told[:2]), "state_dict")
    ]


def _class(library: str | None, name: str | None) -> Any:
    """Of a part; None for one of a pipeline's own."""
    known = library in {"diffusers", "transformers"} and name
    return getattr(import_package(str(library), f"pip install {library}"), str(name), None) if known else None
