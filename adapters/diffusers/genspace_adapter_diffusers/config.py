"""Configuration of a generator that is a diffusers pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from genspace_adapter_diffusers.models import Model, find_model, load_models
from genspace_core import CHECKPOINT, WeightsConfig, describe_weights, local_folder
from genspace_core.interfaces import Capabilities, NotIdentity, Weights
from genspace_core.types import Task

PACKAGE = "genspace_adapter_diffusers"
_PIPELINES_OWN = "; the pipeline's own if nothing is said."
_OF_THE_FILES = ("pipeline", "variant")
"""Keys of a row that hold for its own checkpoint alone: a copy may have another class, or no fp16."""
_NEEDS = {
    "lora": ("lora_revision", "lora_file", "lora_scale"),
    "quantization": ("quantization_config", "quantized"),
}
"""Keys that do nothing by themselves, by the one that they go with."""


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
    variant: str | None = Field(
        None, description='Set of weights files in the checkpoint, e.g. "fp16"; "" for those without a name.'
    )
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
        {}, description='Settings of the quantisation, e.g. { weights_dtype = "int4" } for quanto.'
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
        elif isinstance(name, str) and name in models:
            row = models[name]
        else:
            raise ValueError(f"no model {name!r} in the table; there are {', '.join(models)}")
        if row is None:
            return given
        known = dict(row.config) | {"checkpoint": row.checkpoint, "pipeline": row.pipeline}
        checkpoint = given.get("checkpoint") or row.checkpoint
        if checkpoint != row.checkpoint or local_folder(checkpoint) is not None:
            known = {key: value for key, value in known.items() if key not in _OF_THE_FILES}
        return _merged(
            known, {key: value for key, value in given.items() if (key, value) != ("checkpoint", "")}
        )

    @field_validator("variant")
    @classmethod
    def _nothing(cls, given: str | None) -> str | None:
        """An empty text says that it has no name, where the table's row gives one."""
        return given or None

    @model_validator(mode="after")
    def _together(self) -> Self:
        """What would be ignored, or cannot be done, is refused."""
        for needed, names in _NEEDS.items():
            alone = [name for name in names if getattr(self, name) != type(self).model_fields[name].default]
            if alone and getattr(self, needed) is None:
                raise ValueError(f"{alone[0]} does nothing without {needed}; set {needed}, or leave it out")
        if self.device_map is not None and self.offload != "none":
            raise ValueError("device_map and offload each place the parts; leave one of them out")
        return self

    @property
    def row(self) -> Model | None:
        """What the table says of this model; of a copy elsewhere, too, if `model` names it."""
        models = load_models(self.models_package)
        return models[self.model] if self.model else find_model(models, self.checkpoint)

    def weights(self) -> tuple[Weights, ...]:
        """The pipeline's, then those of its parts and of its LoRA; a copy has the licence of its row."""
        row, told = self.row, describe_weights("", self.checkpoint, self.revision)
        if row is not None and told.name == row.checkpoint and not told.revision.startswith("sha256:"):
            told = replace(row.weights(), revision=self.revision or row.revision)
        elif row is not None:
            told = replace(told, licence=row.licence, noncommercial=row.noncommercial)
        told = replace(told, variant=self.variant)
        parts = (part.weights() for part in self.parts.values())
        lora = (self.lora_weights(),) if self.lora else ()
        return tuple(dict.fromkeys((told, *parts, *lora)))

    def lora_weights(self) -> Weights:
        """Those of the LoRA, of which there must be one."""
        files = (self.lora_file,) if self.lora_file else ("*.safetensors", "!*/*")
        return replace(describe_weights("", str(self.lora), self.lora_revision), files=files)

    def identity(self) -> dict[str, Any]:
        """As of any checkpoint: a local folder of a part, too, is known by what is in it."""
        found = super().identity()
        if "parts" in found:
            found["parts"] = {name: self._part_identity(name, told) for name, told in found["parts"].items()}
        return found

    def _part_identity(self, name: str, told: dict[str, Any]) -> dict[str, Any]:
        checkpoint = self.parts[name].checkpoint
        if local_folder(checkpoint) is None:
            return told
        return told | {"checkpoint": describe_weights("", checkpoint).revision}

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Of this model."""
        row = self.row
        return replace(
            super().capabilities(declared),
            tasks=frozenset(row.tasks) if row else self.usual_tasks,
            memory=row.memory if row else None,
        )


def _merged(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, before what is known; tables of both, such as `arguments`, key by key."""
    both = {
        key: {**known[key], **told}
        for key, told in given.items()
        if isinstance(told, Mapping) and isinstance(known.get(key), Mapping)
    }
    return {**known, **given, **both}
