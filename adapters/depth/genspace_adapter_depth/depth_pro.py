"""Depth Pro, through transformers, with a preparation of its own: the library's needs torchvision."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.checkpoints import INSTALL, load_transformer, source
from genspace_adapter_depth.intrinsics import from_fov
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, array, place
from genspace_adapter_depth.plugin import DepthProConfig
from genspace_adapter_depth.resizing import resize
from genspace_core import import_package, loading, wrong_checkpoint
from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import RGB, DepthMap

_WHAT = "a Depth Pro checkpoint"
FARTHEST: Final = 1e4  # metres; the model's own limit, where its inverse depth is clipped


def build(config: DepthProConfig) -> DepthProEstimator:
    """Load the checkpoint.

    Raises:
        PluginError: it cannot be loaded, is another model's, or lacks the field-of-view network.
        ConfigError: there is no such device here.
    """
    import_package("transformers", INSTALL)
    with loading(config.checkpoint, _WHAT):
        from transformers import DepthProForDepthEstimation
        from transformers.image_processing_utils import BaseImageProcessor

        model = load_transformer(config, DepthProForDepthEstimation, _WHAT)
        if not model.use_fov_model:
            raise wrong_checkpoint(config.checkpoint, _WHAT, "one without a field of view, so without metres")
        checkpoint, revision = source(config)
        told, _ = BaseImageProcessor.get_image_processor_dict(checkpoint, revision=revision)
        return DepthProEstimator(place(model, config), told, config.batch_size)


class DepthProEstimator(BatchedEstimator):
    """Its output is inverse z as if the focal length were the picture's width, and the field of view.

    Args:
        network: the model.
        told: the checkpoint's `size`, `image_mean` and `image_std`.
        batch_size: most pictures at once.
    """

    def __init__(self, network: Network, told: dict[str, Any], batch_size: int) -> None:
        super().__init__(batch_size)
        self._network = network
        self._size: tuple[int, int] = (told["size"]["height"], told["size"]["width"])
        self._mean, self._std = np.float32(told["image_mean"]), np.float32(told["image_std"])

    def prepare(self, image: RGB) -> NDArray[np.float32]:
        """(3, h, w): normalised, then resized to the model's square whatever the picture's shape."""
        normalised = (image.astype(np.float32) / 255 - self._mean) / self._std
        return resize(normalised, *self._size).transpose(2, 0, 1)

    def predict(self, batch: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], float]]:
        """For each picture its inverse depth (h, w), and its horizontal field of view in degrees."""
        told = self._network.run(self._network.model, batch)
        fields = array(told.field_of_view).tolist()
        return list(zip(array(told.predicted_depth), fields, strict=True))

    def finish(self, predicted: tuple[NDArray[np.float32], float], height: int, width: int) -> DepthMap:
        """Metres and intrinsics; beyond 10 km it is as good as unknown.

        Raises:
            ReconstructionError: no camera has the field of view that the model tells.
        """
        inverse, fov_deg = predicted
        if not 0 < fov_deg < 180:
            raise ReconstructionError(
                f"the model tells a field of view of {fov_deg:.4g} degrees, so no depth"
            )
        K = from_fov(fov_deg, height, width)
        scaled = resize(inverse, height, width) * np.float32(width / K[0, 0])
        nearer = scaled > 1 / FARTHEST
        return depth_map(np.where(nearer, 1 / np.where(nearer, np.minimum(scaled, FARTHEST), 1), np.nan), K=K)
