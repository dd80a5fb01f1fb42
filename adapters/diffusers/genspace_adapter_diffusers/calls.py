"""How a pipeline is called: what its class wants, and what the configuration says."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from genspace_adapter_diffusers.config import PACKAGE, PipelineConfig
from genspace_core.errors import ConfigError

OURS = frozenset(
    {
        "prompt",
        "generator",
        "output_type",
        "return_dict",
        "num_images_per_prompt",
        "latents",
        "callback_on_step_end",
    }
)
"""Arguments that are not the user's to set: they decide how many pictures come out, and of which seed."""


@dataclass(frozen=True, slots=True)
class Calling:
    """One table of pipelines.toml; see there."""

    guidance: str = "guidance_scale"
    image: str = "image"
    nested: bool = False
    single: bool = False
    prompt: str = "{prompt}"
    names: Mapping[str, str] = field(default_factory=dict)
    area: str | None = None
    batch: int | None = None
    edit_batch: int | None = None
    multiple: int = 16
    least: int = 16
    most: int | None = None
    fixed: int | None = None
    up: bool = False
    global_noise: bool = False
    needs: str | None = None
    guidance_needs: str | None = None
    text: str | None = None
    length: str | None = None
    chat: Mapping[str, Any] | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files(PACKAGE).joinpath("pipelines.toml").read_text("utf-8"))


def calling(cls: type) -> Calling:
    """What a pipeline's class, or the nearest of its base classes in the table, wants."""
    names = (base.__name__ for base in cls.__mro__)
    return Calling(**next((_table()[name] for name in names if name in _table()), {}))


def call_arguments(pipeline: Any, config: PipelineConfig) -> dict[str, Any]:
    """The arguments that are the same for every picture.

    Raises:
        ConfigError: the pipeline takes no such argument, and the message names those that it takes; or one
            that would spoil the pictures or do nothing; or edits of more pixels than it leaves whole.
    """
    wants = calling(type(pipeline))
    _check(wants, config, type(pipeline).__name__)
    usual = {**config.call_keys, "guidance": wants.guidance}
    keys = {wants.names.get(key, argument): key for key, argument in usual.items()}
    named = {argument: value for argument, key in keys.items() if (value := getattr(config, key)) is not None}
    takes = inspect.signature(type(pipeline).__call__).parameters
    for argument in (*named, *config.arguments):
        if argument not in takes or argument in OURS:
            key = keys[argument] if argument in named else f"arguments.{argument}"
            able = ", ".join(name for name in takes if name not in OURS | {"self", "kwargs", wants.image})
            raise ConfigError(f"{key}: a {type(pipeline).__name__} takes no {argument}; it takes {able}")
    told = dict(wants.arguments) | named | config.arguments
    needs = wants.guidance_needs
    if needs is not None and needs not in told and (config.guidance or 0) > 1:
        raise ConfigError(
            f'guidance: a {type(pipeline).__name__} heeds it with {needs} only; set both, be it to " "'
        )
    return told


def _check(wants: Calling, config: PipelineConfig, name: str) -> None:
    for argument in config.arguments:
        if argument in wants.refused:
            raise ConfigError(f"arguments.{argument}: {wants.refused[argument]}; leave it out")
    if wants.most is not None and (config.pixels or 0) > wants.most:
        raise ConfigError(f"pixels: a {name} shrinks and crops what has more than {wants.most}")
    if wants.fixed is not None and config.pixels not in {None, wants.fixed}:
        raise ConfigError(f"pixels: a {name} brings every picture to about {wants.fixed}; leave it out")
