"""What a pipeline's index of a few kilobytes tells before its weights are fetched, which may take an hour."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from genspace_adapter_diffusers.calls import calling
from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.quantizing import check_quantized
from genspace_adapter_diffusers.scheduling import check_scheduler
from genspace_core import import_package
from genspace_core.errors import ConfigError, PluginError


def check_index(config: PipelineConfig, index: Mapping[str, Any], diffusers: Any) -> None:
    """Complain of what cannot go well.

    Args:
        config: of the pipeline.
        index: what its model_index.json says.
        diffusers: the package.

    Raises:
        PluginError: a package that a part of it needs is not installed.
        ConfigError: an option that this pipeline cannot follow.
    """
    require_needed(index.get("_class_name"), diffusers)
    _check_parts(config, index, diffusers)
    _refuse_stand_ins(config, index)
    check_scheduler(config, index, diffusers)
    check_quantized(config, index)


def require_needed(name: str | None, diffusers: Any) -> None:
    """Complain if what a pipeline's class needs is not installed.

    Raises:
        PluginError: it is not.
    """
    cls = getattr(diffusers, name or "", None)
    needs = calling(cls).needs if cls else None
    if needs is not None:
        import_package(needs, f"pip install {needs}")


def _check_parts(config: PipelineConfig, index: Mapping[str, Any], diffusers: Any) -> None:
    """Diffusers only warns of a part that a pipeline does not have, and names all parts if one is lacking."""
    held = {name for name, told in index.items() if told != [None, None]}
    cls = getattr(diffusers, config.pipeline or index.get("_class_name", ""), None)
    wanted = _parameters(cls) if cls else {}
    known = set(wanted) or held
    for name in config.parts:
        if name not in known:
            raise ConfigError(
                f"parts.{name}: {config.checkpoint} has no such part; it has {', '.join(sorted(known))}"
            )
    needed = {name for name, default in wanted.items() if default is inspect.Parameter.empty}
    lacking = sorted(needed - held - set(config.parts) - set(getattr(cls, "_optional_components", ())))
    if lacking:
        raise ConfigError(
            f"parts: {config.checkpoint} holds no {' and no '.join(lacking)}; say where it is under "
            f"parts.{lacking[0]}: its library, class and checkpoint"
        )


def _parameters(cls: Any) -> dict[str, Any]:
    """What a pipeline is made of, by name, with the defaults."""
    named = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return {
        name: told.default for name, told in inspect.signature(cls).parameters.items() if told.kind is named
    }


def _refuse_stand_ins(config: PipelineConfig, index: Mapping[str, Any]) -> None:
    """A class that needs a package which is not installed is one that does nothing but complain."""
    own = {name: told for name, told in index.items() if isinstance(told, list) and name not in config.parts}
    parts = {name: [part.library, part.name] for name, part in config.parts.items()}
    for name, told in (own | parts).items():
        lacking = _lacking(told[1]) if told[0] == "transformers" else []
        if lacking:
            raise PluginError(
                f"{config.checkpoint}: its {name} is a {told[1]}, for which transformers needs "
                f"{' and '.join(lacking)}; fix: pip install {' '.join(lacking)}"
            )


def _lacking(name: str) -> list[str]:
    """Packages without which a class of transformers, or a processor's part for videos, is a stand-in."""
    transformers = import_package("transformers", "pip install transformers")
    cls = getattr(transformers, name, None)
    takes = inspect.signature(cls).parameters if isinstance(cls, type) else {}
    parts = [transformers.AutoVideoProcessor] if "video_processor" in takes else []
    lacking = (getattr(one, "_backends", ()) for one in (cls, *parts))
    return sorted({package for packages in lacking for package in packages})
