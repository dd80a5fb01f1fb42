"""A pipeline from the hub or a folder, as it is configured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genspace_adapter_diffusers.checks import check_index, require_needed
from genspace_adapter_diffusers.config import Part, PipelineConfig
from genspace_adapter_diffusers.lora import apply_lora
from genspace_adapter_diffusers.placing import place
from genspace_adapter_diffusers.quantizing import quantization
from genspace_adapter_diffusers.scheduling import set_scheduler
from genspace_core import (
    describe_weights,
    import_package,
    loading,
    pick_device,
    pretrained_source,
    require_files,
    require_whole,
)
from genspace_core.errors import ConfigError

INSTALL = "pip install genspace-adapter-diffusers"
INDEX = "model_index.json"
_WHAT = "a diffusers pipeline"


def load_pipeline(config: PipelineConfig) -> Any:
    """The pipeline, on its device, ready to be called.

    Raises:
        PluginError: it cannot be loaded, is incomplete, or is another thing than was asked for.
        ConfigError: an option that this pipeline or this machine cannot follow.
    """
    torch = import_package("torch", INSTALL)
    diffusers = import_package("diffusers", INSTALL)
    device = pick_device(torch, config.device)
    dtype = getattr(torch, config.dtype)
    require_needed(config.pipeline, diffusers)
    with loading(config.checkpoint, _WHAT):
        index = fetch_index(config)
        check_index(config, index, diffusers)
        fewer_bits = quantization(config, index, diffusers, device)
        folder = fetch(config, diffusers.DiffusionPipeline)
        require_whole(config.checkpoint, Path(folder), config.variant)
        parts = {name: load_part(name, part, config, dtype) for name, part in config.parts.items()}
        if not config.safety_checker:
            parts |= _without_checker(index)
        pipeline = _pipeline_class(config, diffusers).from_pretrained(
            folder,
            dtype=dtype,
            variant=config.variant,
            local_files_only=True,
            device_map=config.device_map,
            quantization_config=fewer_bits,
            **parts,
        )
        _set_watermark(pipeline, config)
        set_scheduler(pipeline, config, diffusers)
    if config.lora:
        apply_lora(pipeline, config)
    # What they would say of every picture (a prompt that is cut) is recorded instead.
    diffusers.utils.logging.set_verbosity_error()
    import_package("transformers", INSTALL).utils.logging.set_verbosity_error()
    return place(pipeline, config, torch, device)


def fetch_index(config: PipelineConfig) -> Mapping[str, Any]:
    """What the checkpoint says it is made of; its weights are not fetched for it.

    Raises:
        PluginError: it holds no pipeline.
    """
    source, revision = pretrained_source(config.weights()[0])
    if revision is None:
        require_files(config.checkpoint, Path(source), INDEX)
        file = Path(source) / INDEX
    else:
        hub = import_package("huggingface_hub", INSTALL)
        file = Path(
            hub.hf_hub_download(source, INDEX, revision=revision, local_files_only=config.local_files_only)
        )
    index: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return index


def fetch(config: PipelineConfig, cls: Any) -> str:
    """The folder that holds the pipeline, downloaded if need be."""
    source, revision = pretrained_source(config.weights()[0])
    if revision is None:
        return source
    return str(
        cls.download(
            source,
            revision=revision,
            variant=config.variant,
            local_files_only=config.local_files_only,
        )
    )


def load_part(name: str, part: Part, config: PipelineConfig, dtype: Any) -> Any:
    """A component of the pipeline, from a checkpoint of its own.

    Raises:
        PluginError: it cannot be loaded.
        ConfigError: the library has no such class, or the pipeline is to be spread over GPUs.
    """
    library = import_package(part.library, INSTALL)
    cls = getattr(library, part.name, None)
    if cls is None:
        raise ConfigError(f"parts.{name}: {part.library} has no class {part.name}")
    network = hasattr(cls, "state_dict")
    if network and config.device_map is not None:
        raise ConfigError(
            f"device_map: nothing would place parts.{name}; use offload, or leave one of them out"
        )
    source, revision = pretrained_source(describe_weights("", part.checkpoint, part.revision))
    inside = {"subfolder": part.subfolder} if part.subfolder else {}
    # A tokenizer or image processor has no numbers.
    typed = {"dtype": dtype} if network else {}
    local = {"revision": revision, "local_files_only": config.local_files_only}
    with loading(part.checkpoint, f"a {part.name}"):
        return cls.from_pretrained(source, **(local | inside | typed | part.arguments))


def _pipeline_class(config: PipelineConfig, diffusers: Any) -> Any:
    if config.pipeline is None:
        return diffusers.DiffusionPipeline
    cls = getattr(diffusers, config.pipeline, None)
    if cls is None:
        raise ConfigError(f"pipeline: diffusers {diffusers.__version__} has no {config.pipeline}")
    return cls


def _without_checker(index: Mapping[str, Any]) -> dict[str, Any]:
    return {"safety_checker": None, "requires_safety_checker": False} if "safety_checker" in index else {}


def _set_watermark(pipeline: Any, config: PipelineConfig) -> None:
    """SDXL puts one in by itself as soon as the package for it is installed."""
    if not config.watermark and getattr(pipeline, "watermark", None) is not None:
        pipeline.watermark = None
