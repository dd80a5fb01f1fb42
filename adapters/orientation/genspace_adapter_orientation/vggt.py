"""The network of Orient Anything V2: a head on the camera token of the package `vggt`'s aggregator."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import nn

from genspace_adapter_orientation.angles import V2_LAYOUT
from genspace_adapter_orientation.checkpoint import State, check_state, find_file, read_state, shape_of
from genspace_adapter_orientation.config import OrientAnythingV2Config
from genspace_adapter_orientation.head import Head
from genspace_adapter_orientation.tensors import V2_PATCH, V2_SIDE
from genspace_core import import_package, loading, wrong_checkpoint

WHAT: Final = "an Orient Anything V2 checkpoint"
# Without its dependencies: they hold numpy below 2, and the aggregator needs torch alone.
INSTALL: Final = 'pip install --no-deps "git+https://github.com/facebookresearch/vggt.git"'
CAMERA: Final = "aggregator.camera_token"
LOGITS: Final = "ref_sampler.net1.0.weight"
PREFIX: Final = "vggt."
UNUSED: Final = (
    "vggt.camera_head.",
    "vggt.point_head.",
    "vggt.depth_head.",
    "vggt.track_head.",
    "tgt_sampler.",
)
"""Parts of the file for other tasks: VGGT's own heads, and the one for a second picture."""


class OrientAnythingV2Network(nn.Module):
    """(n, 3, 518, 518) pixels, 0-1 -> (n, 900) logits; each picture is a sequence of one."""

    def __init__(self, aggregator: nn.Module, size: int) -> None:
        super().__init__()
        self.aggregator = aggregator
        self.ref_sampler = Head(size, V2_LAYOUT.width)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits of each picture."""
        layers, _ = self.aggregator(pixels[:, None])
        # A layer is (n, 1, tokens, size), the camera's token the first.
        logits: torch.Tensor = self.ref_sampler(layers[-1][:, 0, 0])
        return logits


def load_network(config: OrientAnythingV2Config) -> OrientAnythingV2Network:
    """The configured checkpoint, in single precision on the CPU.

    Raises:
        PluginError: `vggt` is not installed, or the checkpoint cannot be had, or is something else.
    """
    import_package("vggt", INSTALL)  # first, so that it is what is named where it is missing
    package: Any = import_package("vggt.models.aggregator", INSTALL)
    with loading(config.checkpoint, WHAT):
        path = find_file(config)
        state = _needed(read_state(path, config.checkpoint, WHAT, mapped=True))
        width, size = shape_of(state, LOGITS, config.checkpoint, WHAT)
        if width != V2_LAYOUT.width:
            raise wrong_checkpoint(
                config.checkpoint, WHAT, f"{path.name} with a head {width} wide, not {V2_LAYOUT.width}"
            )
        shape_of(state, CAMERA, config.checkpoint, WHAT)  # before a billion numbers are made room for
        # The token is what frame and global attention give, side by side.
        aggregator = package.Aggregator(img_size=V2_SIDE, patch_size=V2_PATCH, embed_dim=size // 2)
        network = OrientAnythingV2Network(aggregator, size)
        check_state(network, state, config.checkpoint, WHAT)
        network.load_state_dict(state)
    return network.float().eval()


def _needed(state: State) -> State:
    return {name.removeprefix(PREFIX): value for name, value in state.items() if not name.startswith(UNUSED)}
