"""MoGe-2 and MoGe-3, through Microsoft's package `moge`."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.checkpoints import hub_file, refuse_random
from genspace_adapter_depth.intrinsics import from_normalised
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, array, place, require_cuda
from genspace_adapter_depth.plugin import MogeConfig
from genspace_core import import_package, loading
from genspace_core.interfaces import RGB, DepthMap

INSTALL = "pip install git+https://github.com/microsoft/MoGe.git"
_FILE = "model.pt"
_WHAT = "a MoGe checkpoint of this version"


def build(config: MogeConfig) -> MogeEstimator:
    """Load the checkpoint.

    Raises:
        PluginError: the package is missing, the checkpoint cannot be loaded, or a needed GPU is not there.
        ConfigError: there is no such device here.
    """
    package = import_package(config.module, INSTALL)
    if config.needs_gpu:
        require_cuda(config, "MoGe-3's refiner")
    with loading(config.checkpoint, _WHAT, file=_FILE):
        file = hub_file(config, _FILE)
        model = package.MoGeModel.from_pretrained(str(file))
        # It loads what fits and says nothing of the rest.
        refuse_random(
            config.checkpoint, model, torch.load(file, "cpu", weights_only=True, mmap=True)["model"]
        )
        return MogeEstimator(place(model, config), config.resolution_level, config.batch_size)


class MogeEstimator(BatchedEstimator):
    """Its `infer` gives z in metres at the picture's size, infinite where masked (sky), and intrinsics."""

    def __init__(self, network: Network, resolution_level: int, batch_size: int) -> None:
        super().__init__(batch_size)
        self._network, self._level = network, resolution_level

    def prepare(self, image: RGB) -> NDArray[np.float32]:
        """(3, H, W), 0 to 1."""
        return image.transpose(2, 0, 1).astype(np.float32) / np.float32(255)

    def predict(self, batch: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """For each picture depth (H, W) and normalised intrinsics (3, 3)."""
        told = self._network.run(
            lambda pixels: self._network.model.infer(pixels, resolution_level=self._level, use_fp16=False),
            batch,
        )
        return list(zip(array(told["depth"]), array(told["intrinsics"]), strict=True))

    def finish(
        self, predicted: tuple[NDArray[np.float32], NDArray[np.float32]], height: int, width: int
    ) -> DepthMap:
        """With K in pixels."""
        depth, K = predicted
        return depth_map(depth, K=from_normalised(K, height, width))
