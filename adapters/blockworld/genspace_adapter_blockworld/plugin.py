"""What the adapter announces: the generator and the reconstructor, without importing OpenCV."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from genspace_adapter_blockworld.models import MODELS
from genspace_core.interfaces import Capabilities, Generator, PluginConfig, PluginSpec, Reconstructor

ModelName = Literal[
    "perfect", "frontal", "egocentric", "unitless", "forgetful", "random", "lazy", "overdo", "collateral"
]


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
