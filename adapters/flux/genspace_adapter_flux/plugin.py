"""What the adapter announces, without importing torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from genspace_adapter_diffusers import BUILD, PipelineConfig
from genspace_core.interfaces import Capabilities, Generator, PluginSpec
from genspace_core.types import Task


class FluxConfig(PipelineConfig):
    """A FLUX model.

    `guidance` is the value that guidance-distilled models (dev, Kontext, FLUX.2) are conditioned on; those
    distilled further (schnell, klein) take no notice of it.
    """

    models_package: ClassVar[str] = "genspace_adapter_flux"
    default_model: ClassVar[str] = "flux-schnell"
    usual_tasks: ClassVar[frozenset[Task]] = frozenset({"t2i", "edit"})
    call_keys: ClassVar[Mapping[str, str]] = {
        **PipelineConfig.call_keys,
        "text_length": "max_sequence_length",
        "true_guidance": "true_cfg_scale",
    }

    text_length: int | None = Field(
        None,
        ge=1,
        le=512,
        description="Most tokens that the large text encoder reads; the pipeline's own if not said.",
    )
    true_guidance: float | None = Field(
        None,
        gt=1,
        description="Classifier-free guidance of FLUX.1, away from negative_prompt: twice the work.",
    )

    @model_validator(mode="after")
    def _guided_away(self) -> Self:
        """The pipelines take no notice of one without the other."""
        if (self.true_guidance is None) != (self.negative_prompt is None):
            raise ValueError("true_guidance and negative_prompt do nothing alone: set both, or neither")
        return self


FLUX: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory=BUILD,
    config=FluxConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"}), gpu="optional", max_batch=4),
    summary="FLUX.1 and FLUX.2 make pictures; FLUX.1 Kontext and FLUX.2 edit them.",
)
