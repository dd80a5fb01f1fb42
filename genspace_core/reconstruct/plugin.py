"""What `staged` announces and how it is configured."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from genspace_core.interfaces import Capabilities, NotIdentity, PluginConfig, PluginSpec, Reconstructor
from genspace_core.plugins.config import PluginRef, Resolved
from genspace_core.plugins.nested import PluginOf, held_plugins


class StagedConfig(PluginConfig):
    """Which plugin does which stage, and how the results are put together."""

    detector: Annotated[PluginRef, PluginOf("detectors")] = Field(
        description="Finds the named objects: boxes and masks."
    )
    depth: Annotated[PluginRef, PluginOf("depth_estimators")] = Field(description="Metric depth.")
    camera: Annotated[PluginRef, PluginOf("camera_calibrators")] = Field(
        description="Intrinsics and gravity."
    )
    orientation: Annotated[PluginRef | None, PluginOf("orientation_estimators")] = Field(
        None, description="Rotation of each object; without one, questions of orientation are undecidable."
    )
    intrinsics: Literal["depth", "camera"] = Field(
        "depth",
        description="Whose focal length counts: the depth model's own where it gives one, or the camera's.",
    )
    lifting: Literal["default", "paper"] = Field(
        "default",
        description="How masks become points; paper: as published, with positions in a shifted gravity frame "
        "beside rotations in the crop's, for the metric of that name.",
    )
    noise_seed: int | None = Field(
        None, ge=0, description="Seed of the 4 mm of noise that the published lifting adds; none without it."
    )
    height: int | None = Field(
        None,
        ge=64,
        description="Pictures are resized to this many pixels of height first; none: as they are.",
    )
    keep: Annotated[
        bool,
        NotIdentity(),
        Field(
            description="Keep what each stage found in the run's folder stages/, so that another variant can "
            "use it again; nearly all of it is depth."
        ),
    ] = True

    @cached_property
    def _loaded(self) -> dict[str, Resolved]:
        return {name: ref.load() for name, ref in held_plugins(self).items()}

    @model_validator(mode="after")
    def _noise_is_published(self) -> Self:
        if self.noise_seed is not None and self.lifting != "paper":
            raise ValueError('noise_seed is of lifting = "paper"; the default lifting adds no noise')
        return self

    def stages(self) -> dict[str, Resolved]:
        """The configured stage plugins by their key here; looked up once, for identities are asked often.

        Raises:
            PluginError: one is not installed, or broken.
        """
        return dict(self._loaded)

    def identity(self) -> dict[str, Any]:
        """As of any configuration, with each stage known by its own identity and not by its name."""
        stages = {name: stage.identity() for name, stage in self.stages().items()}
        return {**super().identity(), **stages}

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """What the stages need and load, together."""
        stages = [stage.capabilities for stage in self.stages().values()]
        needs = ("required", "optional", "no")
        return replace(
            declared,
            max_batch=max(one.max_batch for one in stages),
            network=any(one.network for one in stages),
            gpu=min((one.gpu for one in stages), key=needs.index),
            weights=tuple(dict.fromkeys(each for one in stages for each in one.weights)),
        )


STAGED: PluginSpec[Reconstructor] = PluginSpec(
    interface=Reconstructor,
    factory="genspace_core.reconstruct.staged:build",
    config=StagedConfig,
    capabilities=Capabilities(gpu="optional"),
    version="1",  # of the lifting too: raise it with what that finds, or a resumed run keeps old scenes
    summary="Rebuilds real pictures: detection, depth, camera and orientation models, each to be swapped.",
)
