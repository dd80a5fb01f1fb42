"""A LoRA from the hub or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_core import import_package, loading, pretrained_source
from genspace_core.errors import ConfigError, PluginError

_USUAL = "pytorch_lora_weights.safetensors"


def apply_lora(pipeline: Any, config: PipelineConfig) -> None:
    """Add it to the pipeline, at its scale.

    Raises:
        PluginError: it cannot be loaded.
        ConfigError: the pipeline takes none, or it is not said which file to take.
    """
    assert config.lora is not None
    import_package("peft", "pip install 'genspace-adapter-diffusers[lora]'")
    if not hasattr(pipeline, "load_lora_weights"):
        raise ConfigError(f"lora: a {type(pipeline).__name__} takes none")
    with loading(config.lora, f"a LoRA for {config.checkpoint}"):
        source = _fetch(config)
        pipeline.load_lora_weights(
            str(source), weight_name=_file(config, source), adapter_name="genspace", local_files_only=True
        )
        pipeline.set_adapters("genspace", config.lora_scale)


def _fetch(config: PipelineConfig) -> Path:
    """Where it lies. The loader of diffusers asks the hub what there is, even of what has been fetched."""
    weights = config.lora_weights()
    source, revision = pretrained_source(weights)
    if revision is None:
        return Path(source)
    hub = import_package("huggingface_hub", "pip install huggingface_hub")
    left_out = [pattern[1:] for pattern in weights.files if pattern.startswith("!")]
    folder = hub.snapshot_download(
        source,
        revision=revision,
        local_files_only=config.local_files_only,
        allow_patterns=[pattern for pattern in weights.files if not pattern.startswith("!")],
        ignore_patterns=left_out,
    )
    return Path(folder)


def _file(config: PipelineConfig, source: Path) -> str | None:
    """The name of the file in a folder; None where the source is the file.

    Raises:
        PluginError: there is none.
        ConfigError: there are several.
    """
    if source.is_file():
        return None
    if config.lora_file:
        if not (source / config.lora_file).is_file():
            raise PluginError(f"{config.lora}: there is no {config.lora_file} in it; mend lora_file")
        return config.lora_file
    there = sorted(path.name for path in source.glob("*.safetensors"))
    if not there:
        raise PluginError(f"{config.lora}: there is no .safetensors file in it; set lora_file to another one")
    if there[1:] and _USUAL not in there:
        raise ConfigError(f"lora: {config.lora} holds {', '.join(there)}; say which with lora_file")
    return _USUAL if _USUAL in there else there[0]
