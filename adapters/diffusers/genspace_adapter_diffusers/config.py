"""Configuration of a generator that is a diffusers pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from genspace_adapter_diffusers.models import Model, find_model, load_models
from genspace_core import CHECKPOINT, WeightsConfig, describe_weights
from genspace_core.interfaces import Capabilities, NotIdentity, Weights
from genspace_core.types import Task

PACKAGE = "genspace_adapter_diffusers"
_PIPELINES_OWN = "; the pipeline's own if nothing is said."


class Part(BaseModel):
    """A part of the pipeline that is loaded from elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    library: Literal["diffusers", "transformers"] = Field(description="Package of its class.")
    name: str = Field(alias="class", description="Its class, e.g. AutoencoderKL.")
    checkpoint: str = Field(description=CHECKPOINT)
    revision: str = Field("main", description="Commit, tag or branch on the hub.")
    subfolder: str | None = Field(None, description="Where it is in the checkpoint.")
    arguments: dict[str, Any] = Field({}, description="Further arguments of its from_pretrained.")

    def weights(self) -> Weights:
        """What is loaded for it."""
        files = (f"{self.subfolder}/*",) if self.subfolder else ()
        told = describe_weights("", self.checkpoint, self.revision)
        return replace(told, files=files, variant=self.arguments.get("variant"))


class PipelineConfig(WeightsConfig):
    """One text-to-image or editing pipeline, and how it is run.

    Keys that are not given are those of the table's row for the model, or of the pipeline itself. Inherit,
    set `models_package` to the package that holds the table, and `default_model`.
    """

    models_package: ClassVar[str] = PACKAGE
    default_model: ClassVar[str] = "sdxl"
    usual_tasks: ClassVar[frozenset[Task]] = frozenset({"t2i"})
    """What a model does that is not in the table."""
    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint", "lora")
    call_keys: ClassVar[Mapping[str, str]] = {
        "steps": "num_inference_steps",
        "negative_prompt": "negative_prompt",
        "width": "width",
        "height": "height",
    }
    """Keys that are arguments of the pipeline's call; `guidance` is one, too, whose name differs."""

    model: Annotated[
        str | None,
        NotIdentity(),
        Field(description="Name in the adapter's table of models, whose settings are the defaults here."),
    ] = None
    checkpoint: str = Field(
        "",
        description=f"{CHECKPOINT} The model's if nothing is said.",
    )
    pipeline: str | None = Field(
        None, description="Class of diffusers to load it with; the one that the checkpoint names if not said."
    )
    variant: str | None = Field(None, description='Set of weights files in the checkpoint, e.g. "fp16".')
    local_files_only: Annotated[
        bool, NotIdentity(), Field(description="Load what is on disk, and never ask the hub.")
    ] = False
    parts: dict[str, Part] = Field(
        {}, description='Parts loaded from elsewhere, by name, e.g. another "vae".'
    )

    steps: int | None = Field(None, ge=1, description=f"Denoising steps{_PIPELINES_OWN}")
    guidance: float | None = Field(None, ge=0, description=f"How strictly the prompt rules{_PIPELINES_OWN}")
    negative_prompt: str | None = Field(None, description="What to keep out of the picture.")
    width: int | None = Field(
        None, ge=8, description=f"Pixels{_PIPELINES_OWN} An edit has the size of its source."
    )
    height: int | None = Field(
        None, ge=8, description=f"Pixels{_PIPELINES_OWN} An edit has the size of its source."
    )
    pixels: int | None = Field(
        None,
        ge=64,
        description="Width times height, about, at which a model is shown the picture to edit; the result is "
        "brought back to the source's size. The source's own size if nothing is said.",
    )
    arguments: dict[str, Any] = Field(
        {}, description="Further arguments of the pipeline's call, e.g. { max_sequence_length = 256 }."
    )
    scheduler: str | None = Field(None, description="Class of diffusers, in place of the checkpoint's.")
    scheduler_config: dict[str, Any] = Field({}, description="Settings of the scheduler to change.")
    lora: str | None = Field(None, description=f"LoRA to apply. {CHECKPOINT}")
    lora_revision: str | None = Field(None, description="Commit, tag or branch of the LoRA on the hub.")
    lora_file: str | None = Field(None, description="Its file, where there are several.")
    lora_scale: float = Field(1.0, description="How strongly it is applied.")
    quantization: Literal["bitsandbytes_4bit", "bitsandbytes_8bit", "torchao", "quanto"] | None = Field(
        None, description="Hold the weights in fewer bits; each needs its extra of this package."
    )
    quantization_config: dict[str, Any] = Field(
        {}, description='Settings of the quantisation, e.g. { quant_type = "int8wo" }.'
    )
    quantized: tuple[str, ...] = Field(
        (), description="Parts of the pipeline to quantise; the denoiser and text encoders if empty."
    )
    safety_checker: bool = Field(True, description="Keep the checkpoint's safety checker, where it has one.")
    watermark: bool = Field(False, description="Let the pipeline put an invisible watermark in, if it can.")
    vae_tiling: bool = Field(False, description="Decode in tiles: less memory, and faint seams.")
    vae_slicing: Annotated[
        bool, NotIdentity(), Field(description="Decode one picture at a time: less memory.")
    ] = False
    offload: Annotated[
        Literal["none", "model", "sequential"],
        NotIdentity(),
        Field(
            description="Keep weights in main memory till they are needed: slower, and slowest in sequence."
        ),
    ] = "none"
    device_map: Annotated[
        Literal["balanced"] | None,
        NotIdentity(),
        Field(description="Spread the parts over all GPUs of this process, for what does not fit on one."),
    ] = None
    compile: Annotated[
        bool, NotIdentity(), Field(description="torch.compile the denoiser: minutes first, then quicker.")
    ] = False

    @model_validator(mode="before")
    @classmethod
    def _from_the_table(cls, given: Any) -> Any:
        """Take what is not given from the row of the model, or else of the checkpoint."""
        if not isinstance(given, Mapping):
            return given
        models = load_models(cls.models_package)
        name = given.get("model") or (None if given.get("checkpoint") else cls.default_model)
        if name is None:
            row = find_model(models, str(given["checkpoint"]))
        elif name in models:
            row = models[name]
        else:
            raise ValueError(f"no model {name!r} in the table; there are {', '.join(models)}")
        if row is None:
            return given
        known = dict(row.config) | {"checkpoint": row.checkpoint}
        # A copy elsewhere, such as a local folder, has no commit, and may be made by another class.
        if given.get("checkpoint") in (None, "", row.checkpoint):
            known["pipeline"] = row.pipeline
        return known | {key: value for key, value in given.items() if (key, value) != ("checkpoint", "")}

    @property
    def row(self) -> Model | None:
        """What the table says of this model; of a copy elsewhere, too, if `model` names it."""
        models = load_models(self.models_package)
        return models[self.model] if self.model else find_model(models, self.checkpoint)

    def weights(self) -> tuple[Weights, ...]:
        """The pipeline's, then those of its parts and of its LoRA."""
        row = find_model(load_models(self.models_package), self.checkpoint)
        told = row.weights() if row else describe_weights("", self.checkpoint)
        if self.revision is not None and not told.revision.startswith("sha256:"):
            told = replace(told, revision=self.revision)
        told = replace(told, variant=self.variant)
        parts = (part.weights() for part in self.parts.values())
        return tuple(dict.fromkeys((told, *parts, *self._lora_weights())))

    def _lora_weights(self) -> tuple[Weights, ...]:
        if not self.lora:
            return ()
        files = (self.lora_file,) if self.lora_file else ()
        return (replace(describe_weights("", self.lora, self.lora_revision), files=files),)

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Of this model."""
        row = self.row
        return replace(
            super().capabilities(declared),
            tasks=frozenset(row.tasks) if row else self.usual_tasks,
            memory=row.memory if row else None,
        )
