"""Depth Anything 3, metric, through ByteDance's package `depth_anything_3`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from genspace_adapter_depth.checkpoints import load_mixin
from genspace_adapter_depth.intrinsics import assumed_focal
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, place
from genspace_adapter_depth.plugin import DA3MetricConfig
from genspace_adapter_depth.resizing import resize
from genspace_core import import_package, loading, wrong_checkpoint
from genspace_core.interfaces import RGB, DepthEstimator, DepthMap

INSTALL = "pip install git+https://github.com/ByteDance-Seed/Depth-Anything-3.git"
CANONICAL: Final = 300.0  # pixels: the focal length for which the network's output is in metres
_WHAT = "a metric Depth Anything 3 checkpoint"


def build(config: DA3MetricConfig) -> DA3Estimator:
    """Load the checkpoint.

    Raises:
        PluginError: the package is missing, or the checkpoint cannot be loaded or is none of metric depth.
        ConfigError: there is no such device here.
    """
    package = import_package("depth_anything_3.api", INSTALL)
    with loading(config.checkpoint, _WHAT):
        model = load_mixin(config, package.DepthAnything3)
        name = str(model.model_name)
        if not name.startswith("da3metric"):
            raise wrong_checkpoint(config.checkpoint, _WHAT, f"one of {name}")
        return DA3Estimator(place(model, config), config)


class DA3Estimator(DepthEstimator):
    """Picture by picture: pictures that are handed over together it takes for views of one scene."""

    def __init__(self, network: Network, config: DA3MetricConfig) -> None:
        self._network, self._config = network, config

    def estimate(self, image: RGB) -> DepthMap:
        """Estimate metric depth, for an assumed focal length; the sky is unknown.

        The network's z in metres is its output times focal / 300, the focal length in pixels of the picture
        that the network sees (the package scales so in `NestedDepthAnything3Net`).
        """
        height, width = image.shape[:2]
        told = self._network.call(self._inferred, image)
        small = np.array(told.depth[0], np.float32)
        if told.sky is not None:
            small[np.asarray(told.sky[0]) > 0.5] = np.nan
        focal = assumed_focal(self._config.fov_deg, height, width)
        seen = focal * (small.shape[0] / height + small.shape[1] / width) / 2
        return depth_map(resize(small, height, width) * np.float32(seen / CANONICAL), focal=focal)

    def _inferred(self, image: RGB) -> Any:
        return self._network.model.inference([image], process_res=self._config.process_res)
