"""Depth Anything V2, metric, through transformers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.checkpoints import INSTALL, load_transformer, source
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, array, place
from genspace_adapter_depth.plugin import DepthAnythingConfig
from genspace_adapter_depth.resizing import resize
from genspace_core import import_package, loading, wrong_checkpoint
from genspace_core.interfaces import RGB, DepthMap

_WHAT = "a metric Depth Anything V2 checkpoint"


def build(config: DepthAnythingConfig) -> DepthAnythingEstimator:
    """Load the checkpoint.

    Raises:
        PluginError: it cannot be loaded, is another model's, or tells relative depth only.
        ConfigError: there is no such device here.
    """
    import_package("transformers", INSTALL)
    with loading(config.checkpoint, _WHAT):
        from transformers import AutoImageProcessor, DepthAnythingForDepthEstimation

        model = load_transformer(config, DepthAnythingForDepthEstimation, _WHAT)
        if model.config.depth_estimation_type != "metric":
            raise wrong_checkpoint(config.checkpoint, _WHAT, "one of relative depth, which has no metres")
        checkpoint, revision = source(config)
        # PIL, whatever else is installed: torchvision's resize gives other numbers.
        processor = AutoImageProcessor.from_pretrained(checkpoint, revision=revision, backend="pil")  # type: ignore[no-untyped-call]
        return DepthAnythingEstimator(place(model, config), processor, config.batch_size)


class DepthAnythingEstimator(BatchedEstimator):
    """Its output is z in metres, at the network's resolution, from 0 to the checkpoint's `max_depth`."""

    def __init__(self, network: Network, processor: Any, batch_size: int) -> None:
        super().__init__(batch_size)
        self._network, self._processor = network, processor

    def prepare(self, image: RGB) -> NDArray[np.float32]:
        """(3, h, w): resized and normalised as the checkpoint says, its sides multiples of the patch size."""
        pixels = self._processor(image, return_tensors="np", input_data_format="channels_last")[
            "pixel_values"
        ]
        return np.asarray(pixels[0], np.float32)

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, h, w) metres."""
        return array(self._network.run(lambda pixels: self._network.model(pixels).predicted_depth, batch))

    def finish(self, predicted: NDArray[np.float32], height: int, width: int) -> DepthMap:
        """Resized, bilinear: bicubic, as in transformers, overshoots where depth jumps."""
        return depth_map(resize(predicted, height, width))
