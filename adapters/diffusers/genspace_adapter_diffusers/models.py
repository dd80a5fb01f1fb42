"""Known models: where they are, under which licence, and how their authors run them. All of it is data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from genspace_core.interfaces import Weights
from genspace_core.types import Task

TABLE = "models.toml"


class Model(BaseModel):
    """One row of a package's `models.toml`.

    Attributes:
        checkpoint: id on the Hugging Face hub.
        revision: the commit that the row was read at; "main" where none is known.
        pipeline: class of diffusers that its model_index.json names.
        tasks: what it does.
        licence: SPDX id or name of the weights' licence.
        noncommercial: it forbids commercial use.
        gated: the hub asks for an account that was granted access.
        size: bytes to fetch, where known.
        memory: bytes of GPU memory that the weights take at the row's `dtype`; pictures come on top.
        config: keys of the plugin's configuration, as the authors recommend them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    checkpoint: str
    revision: str = "main"
    pipeline: str
    tasks: tuple[Task, ...] = ("t2i",)
    licence: str
    noncommercial: bool = False
    gated: bool = False
    size: int | None = None
    memory: int | None = None
    config: Mapping[str, Any] = Field(default_factory=dict)

    def weights(self) -> Weights:
        """What the core is told of it."""
        return Weights(
            name=self.checkpoint,
            revision=self.revision,
            licence=self.licence,
            noncommercial=self.noncommercial,
            size=self.size,
            gated=self.gated,
        )


@cache
def load_models(package: str) -> Mapping[str, Model]:
    """The models that a package knows, by name."""
    table = tomllib.loads(files(package).joinpath(TABLE).read_text("utf-8"))
    return {name: Model.model_validate(row) for name, row in table["models"].items()}


def find_model(models: Mapping[str, Model], checkpoint: str) -> Model | None:
    """The row of a checkpoint; None where it is not in the table."""
    return next((model for model in models.values() if model.checkpoint == checkpoint), None)
