"""UniDepth V2, through its authors' package `unidepth`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.checkpoints import load_mixin
from genspace_adapter_depth.intrinsics import from_corners
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, array, place
from genspace_adapter_depth.plugin import UniDepthConfig
from genspace_core import import_package, loading
from genspace_core.interfaces import RGB, DepthMap

INSTALL = "pip install git+https://github.com/lpiccinelli-eth/UniDepth.git"
_WHAT = "a UniDepth V2 checkpoint"


def build(config: UniDepthConfig) -> UniDepthEstimator:
    """Load the checkpoint.

    Raises:
        PluginError: the package is missing, or the checkpoint cannot be loaded.
        ConfigError: there is no such device here.
    """
    package = import_package("unidepth.models", INSTALL)
    with loading(config.checkpoint, _WHAT):
        return UniDepthEstimator(place(load_mixin(config, package.UniDepthV2), config), config.batch_size)


class UniDepthEstimator(BatchedEstimator):
    """Its `infer` gives z in metres at the picture's size, and intrinsics for pixels with middles at 1/2."""

    def __init__(self, network: Network, batch_size: int) -> None:
        super().__init__(batch_size)
        self._network = network

    def prepare(self, image: RGB) -> NDArray[np.uint8]:
        """(3, H, W) bytes: the model normalises them itself."""
        return np.ascontiguousarray(image.transpose(2, 0, 1))

    def predict(self, batch: NDArray[np.uint8]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """For each picture depth (H, W) and intrinsics (3, 3)."""
        told = self._network.run(self._network.model.infer, batch)
        return list(zip(array(told["depth"])[:, 0], array(told["intrinsics"]), strict=True))

    def finish(
        self,
        predicted: tuple[NDArray[np.float32], NDArray[np.float32]],
        height: int,  # noqa: ARG002  (the model answers at the picture's size)
        width: int,  # noqa: ARG002
    ) -> DepthMap:
        """With K for pixels whose middles are whole numbers."""
        depth, K = predicted
        return depth_map(depth, K=from_corners(K))
