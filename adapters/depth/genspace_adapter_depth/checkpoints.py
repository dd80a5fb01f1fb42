"""Checkpoints found, loaded and checked: of the right kind, and with every weight in them."""

from __future__ import annotations

import sys
from collections.abc import Collection
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from genspace_core import (
    WeightsConfig,
    local_folder,
    pretrained_source,
    refuse_gaps,
    require_files,
    wrong_checkpoint,
)

INSTALL = "pip install genspace-adapter-depth"


def source(config: WeightsConfig) -> tuple[str, str | None]:
    """What to hand to a `from_pretrained`: the folder, or the id on the hub and its revision."""
    return pretrained_source(config.weights()[0])


def load_transformer(config: WeightsConfig, model_class: Any, what: str) -> Any:
    """A model of this class of transformers, with every weight from the checkpoint.

    Raises:
        PluginError: the checkpoint is another model's, or lacks files or weights.
        Exception: whatever transformers raises; call it within `genspace_core.loading`.
    """
    from transformers import AutoConfig

    place, revision = source(config)
    local = local_folder(config.checkpoint)
    require_files(config.checkpoint, local, "config.json")
    found = AutoConfig.from_pretrained(place, revision=revision)
    if found.model_type != model_class.config_class.model_type:
        raise wrong_checkpoint(config.checkpoint, what, f"one of a {found.model_type} model")
    require_files(config.checkpoint, local, "preprocessor_config.json", "processor_config.json")
    model, info = model_class.from_pretrained(
        place, config=found, revision=revision, output_loading_info=True, ignore_mismatched_sizes=True
    )
    refuse_gaps(config.checkpoint, [*info["missing_keys"], *(name for name, *_ in info["mismatched_keys"])])
    return model


def load_mixin(config: WeightsConfig, model_class: Any) -> Any:
    """A model of a class with huggingface_hub's `PyTorchModelHubMixin`, every weight from the checkpoint.

    Raises:
        PluginError: the checkpoint lacks files or weights.
        Exception: whatever huggingface_hub raises; call it within `genspace_core.loading`.
    """
    from safetensors import safe_open

    require_files(config.checkpoint, local_folder(config.checkpoint), "config.json")
    file = hub_file(config, "model.safetensors")
    place, revision = source(config)
    with redirect_stdout(sys.stderr):  # it prints where it loads from, and stdout is for results
        model = model_class.from_pretrained(place, revision=revision)
    with safe_open(file, "pt") as weights:
        refuse_random(config.checkpoint, model, set(weights.keys()))
    return model


def hub_file(config: WeightsConfig, name: str) -> Path:
    """A file of the checkpoint: of the local folder, the file that `checkpoint` is, or fetched from the hub.

    Raises:
        PluginError: the local folder lacks it.
        Exception: whatever huggingface_hub raises; call it within `genspace_core.loading`.
    """
    local = local_folder(config.checkpoint)
    if local is not None and local.is_file():
        return local
    require_files(config.checkpoint, local, name)
    if local is not None:
        return local / name
    from huggingface_hub import hf_hub_download

    place, revision = source(config)
    return Path(hf_hub_download(place, name, revision=revision))


def refuse_random(checkpoint: str, model: Any, keys: Collection[str]) -> None:
    """Complain of parameters of `model` that are not among the checkpoint's keys: they would be random.

    Raises:
        PluginError: names them.
    """
    names = (name for name, _ in model.named_parameters())
    refuse_gaps(checkpoint, [name for name in names if name not in keys])
