"""What the adapter announces, without importing torch or transformers."""

from __future__ import annotations

from genspace_adapter_orientation.config import OrientAnythingConfig, OrientAnythingV2Config
from genspace_core.interfaces import Capabilities, OrientationEstimator, PluginSpec

_DECLARED = Capabilities(gpu="optional", max_batch=4)

V1: PluginSpec[OrientationEstimator] = PluginSpec(
    interface=OrientationEstimator,
    factory="genspace_adapter_orientation.v1:build",
    config=OrientAnythingConfig,
    capabilities=_DECLARED,
    summary="Orient Anything: three angles and a confidence from a crop, on transformers' DINOv2.",
)

V2: PluginSpec[OrientationEstimator] = PluginSpec(
    interface=OrientationEstimator,
    factory="genspace_adapter_orientation.v2:build",
    config=OrientAnythingV2Config,
    capabilities=_DECLARED,
    summary="Orient Anything V2: three angles and the number of fronts from a crop; needs the package vggt.",
)
