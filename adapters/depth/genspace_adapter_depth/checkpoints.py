"""Checkpoints found, loaded and checked: of the right kind, and with every weight in them."""

from __future__ import annotations

import sys
from collections.abc import Collection
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from genspace_core import WeightsConfig, wrong_checkpoint
from genspace_core.errors import PluginError


def local_path(config: WeightsConfig) -> Path | None:
    """The folder or file that `checkpoint` names; None for an id on the hub."""
    return (
        Path(config.checkpoint).expanduser() if config.weights()[0].revision.startswith("sha256:") else None
    )


def source(config: WeightsConfig) -> tuple[str, str | None]:
    """What to hand to a `from_pretrained`: the folder, or the id on the hub and its revision."""
    local = local_path(config)
    return (config.checkpoint, config.weights()[0].revision) if local is None else (str(local), None)


def load_transformer(config: WeightsConfig, model_class: Any, what: str) -> Any:
    """A model of this class of transformers, with every weight from the checkpoint.

    Raises:
        PluginError: the checkpoint is another model's, or lacks files or weights.
        Exception: whatever transformers raises; call it within `genspace_core.loading`.
    """
    from transformers import AutoConfig

    place, revision = source(config)
    _require(config, "config.json")
    found = AutoConfig.from_pretrained(place, revision=revision)
    if found.model_type != model_class.config_class.model_type:
        raise wrong_checkpoint(config.checkpoint, what, f"one of a {found.model_type} model")
    _require(config, "preprocessor_config.json", "processor_config.json")
    model, info = model_class.from_pretrained(
        place, config=found, revision=revision, output_loading_info=True, ignore_mismatched_sizes=True
    )
    refuse_gaps(config.checkpoint, [*info["missing_keys"], *(name for name, *_ in info["mismatched_keys"])])
    return model


def _require(config: WeightsConfig, *names: str) -> None:
    """Complain of a local folder that has no file of any of these names; on the hub, transformers looks."""
    local = local_path(config)
    if local is not None and not any((local / name).is_file() for name in names):
        raise _incomplete(config.checkpoint, names[0])


def _incomplete(checkpoint: str, name: str) -> PluginError:
    return PluginError(f"{checkpoint}: there is no {name} in it; is the download complete?")


def load_mixin(config: WeightsConfig, model_class: Any) -> Any:
    """A model of a class with huggingface_hub's `PyTorchModelHubMixin`, every weight from the checkpoint.

    Raises:
        PluginError: the checkpoint lacks weights.
        Exception: whatever huggingface_hub raises; call it within `genspace_core.loading`.
    """
    from safetensors import safe_open

    file = hub_file(config, "model.safetensors")
    local = local_path(config)
    if local is not None and local.is_file():
        raise PluginError(
            f"{config.checkpoint}: this model needs the folder, with config.json; set checkpoint to it"
        )
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
    local = local_path(config)
    if local is not None:
        file = local if local.is_file() else local / name
        if not file.is_file():
            raise _incomplete(config.checkpoint, name)
        return file
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


def refuse_gaps(checkpoint: str, missing: Collection[str]) -> None:
    """Complain if weights are missing or have another shape, but for `mask_token`, which only training reads.

    Raises:
        PluginError: names one of them.
    """
    needed = sorted(name for name in missing if not name.endswith("mask_token"))
    if needed:
        others = f" and {len(needed) - 1} more" if needed[1:] else ""
        raise PluginError(
            f"{checkpoint}: weights that the model needs are missing or misshapen ({needed[0]}{others}); is "
            "it complete?"
        )
