"""Weights in fewer bits, through what diffusers supports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_core import import_package

_PACKAGES = {
    "bitsandbytes_4bit": "bitsandbytes",
    "bitsandbytes_8bit": "bitsandbytes",
    "torchao": "torchao",
    "quanto": "optimum.quanto",
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "bitsandbytes_4bit": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
    "bitsandbytes_8bit": {"load_in_8bit": True},
    "torchao": {"quant_type": "int8wo"},
    "quanto": {"weights_dtype": "int8"},
}


def quantization(config: PipelineConfig, folder: str, diffusers: Any) -> Any:
    """A PipelineQuantizationConfig, or None.

    Raises:
        PluginError: the package that does it is not installed.
    """
    kind = config.quantization
    if kind is None:
        return None
    package = _PACKAGES[kind]
    import_package(package, f"pip install 'genspace-adapter-diffusers[{kind.split('_')[0]}]'")
    return diffusers.PipelineQuantizationConfig(
        quant_backend=kind,
        quant_kwargs=_DEFAULTS[kind] | config.quantization_config,
        components_to_quantize=list(config.quantized) or _large_parts(folder),
    )


def _large_parts(folder: str) -> list[str]:
    """The denoiser and the text encoders: a VAE is small, and loses by it."""
    index = json.loads((Path(folder) / "model_index.json").read_text("utf-8"))
    kinds = ("transformer", "unet", "text_encoder", "vision_language_encoder")
    return [
        name for name, told in index.items() if name.startswith(kinds) and isinstance(told, list) and told[0]
    ]
