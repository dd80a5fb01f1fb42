"""ZoeDepth, through transformers: padded by reflection, and seen once more in the mirror."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.checkpoints import INSTALL, load_transformer, source
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, array, place
from genspace_adapter_depth.plugin import ZoeDepthConfig
from genspace_adapter_depth.resizing import resize
from genspace_core import import_package, loading
from genspace_core.interfaces import RGB, DepthMap

_WHAT = "a ZoeDepth checkpoint"


def build(config: ZoeDepthConfig) -> ZoeDepthEstimator:
    """Load the checkpoint.

    Raises:
        PluginError: it cannot be loaded, or is another model's.
        ConfigError: there is no such device here.
    """
    import_package("transformers", INSTALL)
    with loading(config.checkpoint, _WHAT):
        from transformers import AutoImageProcessor, ZoeDepthForDepthEstimation

        model = load_transformer(config, ZoeDepthForDepthEstimation, _WHAT)
        checkpoint, revision = source(config)
        # PIL, whatever else is installed: torchvision's resize gives other numbers.
        processor = AutoImageProcessor.from_pretrained(checkpoint, revision=revision, backend="pil")  # type: ignore[no-untyped-call]
        return ZoeDepthEstimator(place(model, config), processor, config.flip, _together(model, config))


def _together(model: Any, config: ZoeDepthConfig) -> int:
    """Most pictures at once: one alone where the network votes, over a whole batch, whether it is indoors."""
    return 1 if len(model.config.bin_configurations) > 1 else config.batch_size


def padding(side: int) -> int:
    """Pixels of padding at each end of a side, from ZoeDepth's inference: 3 sqrt(side / 2), rounded down."""
    return int(3 * np.sqrt(side / 2))


def unpadded(depth: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Depth (height, width) of the picture alone, from (h, w) of the padded picture at any resolution."""
    down, across = padding(height), padding(width)
    whole = resize(depth, height + 2 * down, width + 2 * across)
    return whole[down : down + height, across : across + width]


class ZoeDepthEstimator(BatchedEstimator):
    """Its output is z in metres of the padded picture, at the network's resolution."""

    def __init__(self, network: Network, processor: Any, flip: bool, batch_size: int) -> None:
        super().__init__(batch_size)
        self._network, self._processor, self._flip = network, processor, flip

    def prepare(self, image: RGB) -> NDArray[np.float32]:
        """(3, h, w): padded by reflection, resized and normalised as the checkpoint says."""
        pixels = self._processor(image, return_tensors="np", input_data_format="channels_last")[
            "pixel_values"
        ]
        return np.asarray(pixels[0], np.float32)

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, h, w) metres; with `flip`, the mean with what the mirrored pictures give."""
        depth = self._metres(batch)
        if self._flip:
            depth = (depth + self._metres(batch[..., ::-1])[..., ::-1]) * np.float32(0.5)
        return depth

    def finish(self, predicted: NDArray[np.float32], height: int, width: int) -> DepthMap:
        """Resized, bilinear, and without the padding."""
        cut = unpadded if self._processor.do_pad else resize
        return depth_map(cut(predicted, height, width))

    def _metres(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return array(self._network.run(lambda pixels: self._network.model(pixels).predicted_depth, batch))
