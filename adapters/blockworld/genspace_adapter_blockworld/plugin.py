"""What the adapter announces: generator, reconstructor and stages, without importing OpenCV."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from genspace_adapter_blockworld.models import MODELS
from genspace_core.interfaces import (
    CameraCalibrator,
    Capabilities,
    DepthEstimator,
    Detector,
    Generator,
    OrientationEstimator,
    PluginConfig,
    PluginSpec,
    Reconstructor,
)

ModelName = Literal[
    "perfect", "frontal", "egocentric", "unitless", "forgetful", "random", "lazy", "overdo", "collateral"
]

NoiseKind = Literal["scale", "smooth", "pixel"]


class BlockworldConfig(PluginConfig):
    """Configuration of the blockworld generator."""

    model: ModelName = Field(
        "perfect", description="Which model to play: a perfect one, or one with a known fault."
    )
    size: int = Field(
        768, ge=384, le=2048, description="Side of the square picture, pixels; an edit keeps its source's."
    )

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Narrowed to the tasks that the model has."""
        return replace(declared, tasks=declared.tasks & MODELS[self.model].tasks)


class FiducialConfig(PluginConfig):
    """Configuration of the fiducial reconstructor; the rig is fixed, so there is nothing to set."""


class StageConfig(PluginConfig):
    """Configuration of a stage that has nothing to set."""


class DepthConfig(PluginConfig):
    """Configuration of the depth estimator."""

    noise: float = Field(
        0.0, ge=0, le=1, description="Relative standard deviation of the depth's error; 0 for none."
    )
    noise_kind: NoiseKind = Field(
        "smooth",
        description="Errors of one factor for the whole picture, of a soft field over it, or of each pixel.",
    )
    noise_seed: int = Field(0, ge=0, description="Other seeds draw other errors for the same picture.")


GENERATOR: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory="genspace_adapter_blockworld.generator:build",
    config=BlockworldConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"})),
    summary="Draws and edits labelled cuboids, told what any model is told; models with known faults.",
)

FIDUCIAL: PluginSpec[Reconstructor] = PluginSpec(
    interface=Reconstructor,
    factory="genspace_adapter_blockworld.fiducial:build",
    config=FiducialConfig,
    version="2",  # reads smaller markers where an object is missing
    summary="Measures blockworld's cuboids in metres from the markers on their faces.",
)

DETECTOR: PluginSpec[Detector] = PluginSpec(
    interface=Detector,
    factory="genspace_adapter_blockworld.stages:build_detector",
    config=StageConfig,
    summary="Finds blockworld's cuboids by their markers, with the exact pixels that show each.",
)

DEPTH: PluginSpec[DepthEstimator] = PluginSpec(
    interface=DepthEstimator,
    factory="genspace_adapter_blockworld.stages:build_depth",
    config=DepthConfig,
    summary="Exact depth of blockworld's cuboids and ground, or depth with errors of a known size.",
)

CAMERA: PluginSpec[CameraCalibrator] = PluginSpec(
    interface=CameraCalibrator,
    factory="genspace_adapter_blockworld.stages:build_camera",
    config=StageConfig,
    summary="Blockworld's own camera: its intrinsics, and gravity from the cuboids.",
)

ORIENTATION: PluginSpec[OrientationEstimator] = PluginSpec(
    interface=OrientationEstimator,
    factory="genspace_adapter_blockworld.stages:build_orientation",
    config=StageConfig,
    summary="How blockworld's cuboids are turned, from their markers.",
)
