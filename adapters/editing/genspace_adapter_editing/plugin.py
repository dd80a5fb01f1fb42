"""What the adapter announces, without importing torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from genspace_adapter_diffusers import BUILD, PipelineConfig
from genspace_core.interfaces import Capabilities, Generator, PluginSpec
from genspace_core.types import Task


class EditingConfig(PipelineConfig):
    """A pipeline that edits a picture."""

    models_package: ClassVar[str] = "genspace_adapter_editing"
    default_model: ClassVar[str] = "qwen-image-edit"
    usual_tasks: ClassVar[frozenset[Task]] = frozenset({"edit"})
    call_keys: ClassVar[Mapping[str, str]] = {
        **PipelineConfig.call_keys,
        "image_guidance": "image_guidance_scale",
    }

    image_guidance: float | None = Field(
        None,
        ge=1,
        description="How closely to keep to the source, for InstructPix2Pix and OmniGen; the pipeline's own "
        "if nothing is said.",
    )


EDITING: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory=BUILD,
    config=EditingConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"}), gpu="optional", max_batch=4),
    summary="Any editing pipeline that diffusers can load, from the hub or a local folder.",
)
