"""The network of Orient Anything (V1): a head on DINOv2's class token, built as its file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from transformers import Dinov2Config, Dinov2Model

from genspace_adapter_orientation.angles import V1_LAYOUTS, Layout
from genspace_adapter_orientation.checkpoint import State, check_state, find_file, read_state, shape_of
from genspace_adapter_orientation.config import OrientAnythingConfig
from genspace_adapter_orientation.files import network_config
from genspace_adapter_orientation.head import Head
from genspace_core import loading, wrong_checkpoint
from genspace_core.errors import PluginError

WHAT: Final = "an Orient Anything checkpoint"
HEAD_SIZE: Final = 64
CLASS: Final = "dinov2.embeddings.cls_token"
POSITIONS: Final = "dinov2.embeddings.position_embeddings"
PATCHES: Final = "dinov2.embeddings.patch_embeddings.projection.weight"
HIDDEN: Final = "dinov2.encoder.layer.0.mlp.fc1.weight"
LOGITS: Final = "down_sampler.net1.0.weight"

RENAMED: Final = (
    (".attention.attention.query.", ".attention.q_proj."),
    (".attention.attention.key.", ".attention.k_proj."),
    (".attention.attention.value.", ".attention.v_proj."),
    (".attention.output.dense.", ".attention.o_proj."),
)
"""Names in the published files, which an older transformers wrote: those of today."""


class OrientAnythingNetwork(nn.Module):
    """(n, 3, 224, 224) pixels, normalised -> (n, width) logits."""

    def __init__(self, config: Dinov2Config, width: int) -> None:
        super().__init__()
        self.dinov2 = Dinov2Model(config)
        self.down_sampler = Head(config.hidden_size, width)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits of each picture."""
        logits: torch.Tensor = self.down_sampler(self.dinov2(pixels).last_hidden_state[:, 0])
        return logits


def load_network(config: OrientAnythingConfig) -> tuple[OrientAnythingNetwork, Layout]:
    """The configured checkpoint, in single precision on the CPU, and how its logits are laid out.

    Raises:
        PluginError: it cannot be had, or is something else.
    """
    with loading(config.checkpoint, WHAT):
        path = find_file(config)
        state = {_today(name): value for name, value in read_state(path, config.checkpoint, WHAT).items()}
        width = shape_of(state, LOGITS, config.checkpoint, WHAT)[0]
        if width not in V1_LAYOUTS:
            known = " and ".join(map(str, sorted(V1_LAYOUTS)))
            found = f"{path.name} with a head {width} wide; the widths {known} can be read"
            raise wrong_checkpoint(config.checkpoint, WHAT, found)
        about = _architecture(state, path, config)
        with torch.device("meta"):  # nothing is drawn at random: what the file lacks would be seen
            network = OrientAnythingNetwork(about, width)
        check_state(network, state, config.checkpoint, WHAT)
        network.load_state_dict(state, assign=True)
    return network.float().eval(), V1_LAYOUTS[width]


def _today(name: str) -> str:
    for before, now in RENAMED:
        name = name.replace(before, now)
    return name


def _architecture(state: State, path: Path, config: OrientAnythingConfig) -> Dinov2Config:
    beside = network_config(path)
    known = _read_config(beside, config) if beside else _from_shapes(state, config)
    if config.attention_heads is not None:
        known["num_attention_heads"] = config.attention_heads
    size, heads = known["hidden_size"], known.get("num_attention_heads")
    if heads is None or size % heads:
        raise PluginError(
            f"{config.checkpoint}: its DINOv2 is {size} wide, which "
            + (f"{heads} attention heads do not divide" if heads else f"is no multiple of {HEAD_SIZE}")
            + "; set attention_heads, or put its config.json beside the file"
        )
    return Dinov2Config(**known)


def _read_config(path: Path, config: OrientAnythingConfig) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(path.read_text("utf-8"))
    needed = {"hidden_size", "num_attention_heads"}
    if known.pop("model_type", None) != "dinov2" or not known.keys() >= needed:
        raise wrong_checkpoint(config.checkpoint, WHAT, "a folder whose config.json is not that of a DINOv2")
    known.pop("transformers_version", None)
    return known


def _from_shapes(state: State, config: OrientAnythingConfig) -> dict[str, Any]:
    """What the tensors themselves say; the rest is the same in every published DINOv2."""

    def shape(name: str) -> tuple[int, ...]:
        return shape_of(state, name, config.checkpoint, WHAT)

    size, patch = shape(CLASS)[-1], shape(PATCHES)[-1]
    layers = {name.split(".")[3] for name in state if name.startswith("dinov2.encoder.layer.")}
    known = {
        "hidden_size": size,
        "num_hidden_layers": len(layers),
        "patch_size": patch,
        "image_size": round((shape(POSITIONS)[1] - 1) ** 0.5) * patch,
        "mlp_ratio": shape(HIDDEN)[0] // size,
    }
    return known if size % HEAD_SIZE else known | {"num_attention_heads": size // HEAD_SIZE}
