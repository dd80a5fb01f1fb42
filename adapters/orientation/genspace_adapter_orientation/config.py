"""The configurations of the two estimators."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from genspace_adapter_orientation.files import PACKAGE, describe_file
from genspace_core import WeightsConfig, describe_weights
from genspace_core.interfaces import Weights

Background = Literal["mask", "rembg"]


class CropConfig(WeightsConfig):
    """What both versions of Orient Anything share."""

    weights_package = PACKAGE

    file: str = Field(description="Path of the .pt file in the repository or folder that checkpoint names.")
    padding: int = Field(10, ge=0, description="Pixels around the detection's box that are shown too.")
    fronts: dict[str, bool] = Field(
        {},
        description='Whether objects of a name have an agreed front; "*" for every name. Without one, the '
        "network is not asked. Names that are not known have one.",
    )
    rembg_model: str = Field("u2net", description='The model of rembg, where background = "rembg".')

    def uses_rembg(self) -> bool:
        """Whether rembg is needed."""
        raise NotImplementedError

    def weights(self) -> tuple[Weights, ...]:
        """The checkpoint, and rembg's if it is needed."""
        found = describe_file(self.checkpoint, self.file, self.revision)
        if self.uses_rembg():
            found += (describe_weights(PACKAGE, f"rembg:{self.rembg_model}"),)
        return found


class OrientAnythingConfig(CropConfig):
    """Configuration of Orient Anything (V1)."""

    checkpoint: str = Field(
        "Viglong/Orient-Anything",
        description="Id on the Hugging Face hub, a local .pt file, or a folder that holds one.",
    )
    file: str = Field(
        "croplargeEX2/dino_weight.pt",
        description="Path of the .pt file in the repository or folder that checkpoint names.",
    )
    attention_heads: int | None = Field(
        None,
        ge=1,
        description="Attention heads of the DINOv2 inside. Not said: those of a config.json beside a local "
        "file, else one for each 64 of its width, as in all published ones.",
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="Below it there is no rotation; 0 keeps every one, as published."
    )
    remove_background: Literal["never", "when_unsure"] = Field(
        "never", description="Whether to look once more without the background where the model is unsure."
    )
    retry_below: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Unsure means a confidence below this; the second look is taken if it is above.",
    )
    background: Background = Field(
        "mask",
        description="How the background is told for the second look: by the detection's mask, or by rembg.",
    )
    rotation_about: Literal["view", "object"] = Field(
        "view",
        description="What the model's in-plane angle turns about: the line of sight, as the model means it, "
        "or the object's right axis, as published for GenSpace.",
    )

    def uses_rembg(self) -> bool:
        """Only for the second look."""
        return self.remove_background == "when_unsure" and self.background == "rembg"


class OrientAnythingV2Config(CropConfig):
    """Configuration of Orient Anything V2."""

    checkpoint: str = Field(
        "Viglong/Orient-Anything-V2",
        description="Id on the Hugging Face hub, a local .pt file, or a folder that holds one.",
    )
    file: str = Field(
        "demo_ckpts/rotmod_realrotaug_best.pt",
        description="Path of the .pt file in the repository or folder that checkpoint names.",
    )
    background: Literal["keep", "mask", "rembg"] = Field(
        "mask",
        description="What is done with the background before the model looks: it is kept, or taken away by "
        "the detection's mask or by rembg.",
    )

    def uses_rembg(self) -> bool:
        """Wherever it is named."""
        return self.background == "rembg"
