"""Getting a checkpoint's file, reading it as nothing but numbers, and putting it into a network."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import LocalEntryNotFoundError, RemoteEntryNotFoundError

from genspace_adapter_orientation.config import CropConfig
from genspace_adapter_orientation.files import describe_file, local_file
from genspace_core import wrong_checkpoint
from genspace_core.errors import PluginError

State = dict[str, torch.Tensor]


def find_file(config: CropConfig) -> Path:
    """The configured file on this machine, fetched from the hub if it has to be.

    Raises:
        PluginError: it is not in the repository, or not in the cache and the hub was not reached.
    """
    path = local_file(config.checkpoint, config.file)
    if path is not None:
        return path
    (about,) = describe_file(config.checkpoint, config.file, config.revision)
    try:
        return Path(hf_hub_download(config.checkpoint, config.file, revision=about.revision))
    except RemoteEntryNotFoundError as error:
        raise PluginError(
            f"{config.checkpoint}: has no file {config.file} at {about.revision}; see "
            f"https://huggingface.co/{config.checkpoint}/tree/{about.revision}, and set file"
        ) from error
    except LocalEntryNotFoundError as error:
        raise PluginError(
            f"{config.checkpoint}: {config.file} is not in the local cache, and the hub was not reached "
            f"(HF_HUB_OFFLINE, or no network); fetch it once with: "
            f"hf download {config.checkpoint} {config.file} --revision {about.revision}, or set checkpoint "
            "to a local file"
        ) from error


def read_state(path: Path, checkpoint: str, what: str, mapped: bool = False) -> State:
    """The tensors of a .pt file by name; a file that holds code is refused, not run.

    Args:
        path: the file.
        checkpoint: its name in errors.
        what: what it has to be, in errors.
        mapped: leave them in the file until they are copied from it.

    Raises:
        PluginError: it is not a plain mapping of names to tensors.
    """
    mapped = mapped and zipfile.is_zipfile(path)  # older files cannot be mapped
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        found = f"{path.name} holds more than numbers, or is damaged; none of it was run"
        raise wrong_checkpoint(checkpoint, what, found) from error
    except (RuntimeError, EOFError) as error:
        raise PluginError(f"{checkpoint}: {path.name} is damaged or incomplete; fetch it again") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise wrong_checkpoint(checkpoint, what, f"{path.name} is no table of tensors by name")
    return dict(state)


def check_state(network: torch.nn.Module, state: State, checkpoint: str, what: str) -> None:
    """Every tensor that the network needs is there, none is left over, and each has its shape.

    Raises:
        PluginError: which are not.
    """
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in state.items()}
    faults = {
        "missing": sorted(wanted.keys() - given.keys()),
        "unknown": sorted(given.keys() - wanted.keys()),
        "of another shape": sorted(n for n in wanted.keys() & given.keys() if wanted[n] != given[n]),
    }
    told = [f"{len(names)} tensors {how} ({_few(names)})" for how, names in faults.items() if names]
    if told:
        raise wrong_checkpoint(checkpoint, what, "a file with " + ", ".join(told))


def shape_of(state: State, name: str, checkpoint: str, what: str) -> tuple[int, ...]:
    """The shape of a tensor that any such file holds.

    Raises:
        PluginError: it does not.
    """
    if name not in state:
        found = f"a file without {name} ({len(state)} others: {_few(sorted(state))})"
        raise wrong_checkpoint(checkpoint, what, found)
    return tuple(state[name].shape)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
