"""The scheduler that a configuration asks for, in place of the checkpoint's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_core.errors import ConfigError

_KIN = {
    "EulerDiscreteScheduler": ("LCMScheduler", "TCDScheduler"),
    "FlowMatchEulerDiscreteScheduler": ("FlowMatchLCMScheduler",),
}
"""For distilled LoRAs; they do not call themselves compatible with those whose kind they are of."""


def check_scheduler(config: PipelineConfig, index: Mapping[str, Any], diffusers: Any) -> None:
    """Complain of one that diffusers would take, and make noise with, or of settings that it would ignore.

    Args:
        config: of the pipeline.
        index: what its model_index.json says.
        diffusers: the package.

    Raises:
        ConfigError: names those that there are.
    """
    if config.scheduler is None and not config.scheduler_config:
        return
    part = config.parts.get("scheduler")
    held = getattr(diffusers, part.name if part else index["scheduler"][1], None)
    cls = getattr(diffusers, config.scheduler, None) if config.scheduler else held
    if cls is None:
        raise ConfigError(f"scheduler: diffusers {diffusers.__version__} has no {config.scheduler}")
    able = _compatible(held)
    if config.scheduler and config.scheduler not in able:
        raise ConfigError(
            f"scheduler: {config.scheduler} cannot take the place of {config.checkpoint}'s {held.__name__}; "
            f"these can: {', '.join(able)}"
        )
    takes = sorted(set(inspect.signature(cls).parameters) - {"kwargs"})
    for name in config.scheduler_config:
        if name not in takes:
            raise ConfigError(
                f"scheduler_config.{name}: a {cls.__name__} has none; it has {', '.join(takes)}"
            )


def _compatible(held: Any) -> list[str]:
    names = {cls.__name__ for cls in held._get_compatibles()}
    return sorted(names.union(*(more for name, more in _KIN.items() if name in names)))


def set_scheduler(pipeline: Any, config: PipelineConfig, diffusers: Any) -> None:
    """Put it into the pipeline, with the settings of the one that was there."""
    if config.scheduler is None and not config.scheduler_config:
        return
    cls = getattr(diffusers, config.scheduler) if config.scheduler else type(pipeline.scheduler)
    pipeline.scheduler = cls.from_config(pipeline.scheduler.config, **config.scheduler_config)
