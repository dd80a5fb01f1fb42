"""A pipeline from the hub or a folder, as it is configured."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from genspace_adapter_diffusers.calls import calling
from genspace_adapter_diffusers.config import Part, PipelineConfig
from genspace_adapter_diffusers.placing import place
from genspace_adapter_diffusers.quantizing import quantization
from genspace_core import (
    describe_weights,
    import_package,
    loading,
    pick_device,
    pretrained_source,
    require_files,
    require_whole,
)
from genspace_core.errors import ConfigError, PluginError

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
    _require_needed(config.pipeline, diffusers)  # before a download that takes an hour
    with loading(config.checkpoint, _WHAT):
        folder = fetch(config, diffusers.DiffusionPipeline)
        require_whole(config.checkpoint, Path(folder))
        _require_needed(_index(folder).get("_class_name"), diffusers)
        _check_parts(config, folder, diffusers)
        _refuse_stand_ins(config, folder)
        parts = {name: load_part(part, dtype) for name, part in config.parts.items()}
        if not config.safety_checker:
            parts |= _without_checker(folder)
        pipeline = _pipeline_class(config, diffusers).from_pretrained(
            folder,
            dtype=dtype,
            variant=config.variant,
            local_files_only=True,
            device_map=config.device_map,
            quantization_config=quantization(config, folder, diffusers),
            **parts,
        )
        _set_watermark(pipeline, config)
        _set_scheduler(pipeline, config, diffusers)
    if config.lora:
        _apply_lora(pipeline, config)
    # What they would say of every picture (a prompt that is cut) is recorded instead.
    diffusers.utils.logging.set_verbosity_error()
    import_package("transformers", INSTALL).utils.logging.set_verbosity_error()
    return place(pipeline, config, torch, device)


def fetch(config: PipelineConfig, cls: Any) -> str:
    """The folder that holds the pipeline, downloaded if need be.

    Raises:
        PluginError: it holds no pipeline, or not all of it.
    """
    weights = config.weights()[0]
    source, revision = pretrained_source(weights)
    if revision is None:
        require_files(config.checkpoint, Path(source), INDEX)
        return source
    return str(
        cls.download(
            source,
            revision=revision,
            variant=config.variant,
            local_files_only=config.local_files_only,
        )
    )


def load_part(part: Part, dtype: Any) -> Any:
    """A component of the pipeline, from a checkpoint of its own.

    Raises:
        PluginError: it cannot be loaded.
        ConfigError: the library has no such class.
    """
    library = import_package(part.library, INSTALL)
    cls = getattr(library, part.name, None)
    if cls is None:
        raise ConfigError(f"parts: {part.library} has no class {part.name}")
    source, revision = pretrained_source(describe_weights("", part.checkpoint, part.revision))
    inside = {"subfolder": part.subfolder} if part.subfolder else {}
    # A tokenizer or image processor has no numbers.
    typed = {"dtype": dtype} if hasattr(cls, "state_dict") else {}
    with loading(part.checkpoint, f"a {part.name}"):
        return cls.from_pretrained(source, revision=revision, **inside, **typed, **part.arguments)


def _pipeline_class(config: PipelineConfig, diffusers: Any) -> Any:
    if config.pipeline is None:
        return diffusers.DiffusionPipeline
    cls = getattr(diffusers, config.pipeline, None)
    if cls is None:
        raise ConfigError(f"pipeline: diffusers {diffusers.__version__} has no {config.pipeline}")
    return cls


def _require_needed(name: str | None, diffusers: Any) -> None:
    cls = getattr(diffusers, name or "", None)
    needs = calling(cls).needs if cls else None
    if needs is not None:
        import_package(needs, f"pip install {needs}")


def _check_parts(config: PipelineConfig, folder: str, diffusers: Any) -> None:
    """Diffusers only warns of a part that a pipeline does not have, and names all parts if one is lacking."""
    index = _index(folder)
    held = {name for name, told in index.items() if told != [None, None]}
    cls = getattr(diffusers, config.pipeline or index.get("_class_name", ""), None)
    wanted = _parameters(cls) if cls else {}
    known = set(wanted) or held
    for name in config.parts:
        if name not in known:
            raise ConfigError(
                f"parts.{name}: {config.checkpoint} has no such part; it has {', '.join(sorted(known))}"
            )
    needed = {name for name, default in wanted.items() if default is inspect.Parameter.empty}
    lacking = sorted(needed - held - set(config.parts) - set(getattr(cls, "_optional_components", ())))
    if lacking:
        raise ConfigError(
            f"parts: {config.checkpoint} holds no {' and no '.join(lacking)}; say where it is under "
            f"parts.{lacking[0]}: its library, class and checkpoint"
        )


def _parameters(cls: Any) -> dict[str, Any]:
    """What a pipeline is made of, by name, with the defaults."""
    named = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return {
        name: told.default for name, told in inspect.signature(cls).parameters.items() if told.kind is named
    }


def _refuse_stand_ins(config: PipelineConfig, folder: str) -> None:
    """A class that needs a package which is not installed is one that does nothing but complain."""
    for name, told in _index(folder).items():
        if name in config.parts or not isinstance(told, list) or told[:1] != ["transformers"]:
            continue
        lacking = _lacking(told[1])
        if lacking:
            raise PluginError(
                f"{config.checkpoint}: its {name} is a {told[1]}, for which transformers needs "
                f"{' and '.join(lacking)}; fix: pip install {' '.join(lacking)}"
            )


def _lacking(name: str) -> list[str]:
    """Packages without which a class of transformers, or a processor's part for videos, is a stand-in."""
    transformers = import_package("transformers", INSTALL)
    cls = getattr(transformers, name, None)
    takes = inspect.signature(cls).parameters if isinstance(cls, type) else {}
    parts = [transformers.AutoVideoProcessor] if "video_processor" in takes else []
    lacking = (getattr(one, "_backends", ()) for one in (cls, *parts))
    return sorted({package for packages in lacking for package in packages})


def _without_checker(folder: str) -> dict[str, Any]:
    return (
        {"safety_checker": None, "requires_safety_checker": False}
        if "safety_checker" in _index(folder)
        else {}
    )


def _index(folder: str) -> dict[str, Any]:
    index: dict[str, Any] = json.loads((Path(folder) / INDEX).read_text("utf-8"))
    return index


def _set_watermark(pipeline: Any, config: PipelineConfig) -> None:
    """SDXL puts one in by itself as soon as the package for it is installed."""
    if not config.watermark and getattr(pipeline, "watermark", None) is not None:
        pipeline.watermark = None


def _set_scheduler(pipeline: Any, config: PipelineConfig, diffusers: Any) -> None:
    if config.scheduler is None and not config.scheduler_config:
        return
    cls = getattr(diffusers, config.scheduler, None) if config.scheduler else type(pipeline.scheduler)
    if cls is None or not hasattr(cls, "from_config"):
        raise ConfigError(f"scheduler: diffusers {diffusers.__version__} has no {config.scheduler}")
    pipeline.scheduler = cls.from_config(pipeline.scheduler.config, **config.scheduler_config)


def _apply_lora(pipeline: Any, config: PipelineConfig) -> None:
    assert config.lora is not None
    import_package("peft", "pip install 'genspace-adapter-diffusers[lora]'")
    if not hasattr(pipeline, "load_lora_weights"):
        raise ConfigError(f"lora: a {type(pipeline).__name__} takes none")
    source, revision = pretrained_source(describe_weights("", config.lora, config.lora_revision))
    with loading(config.lora, f"a LoRA for {config.checkpoint}"):
        pipeline.load_lora_weights(
            source, revision=revision, weight_name=config.lora_file, adapter_name="genspace"
        )
        pipeline.set_adapters("genspace", config.lora_scale)
