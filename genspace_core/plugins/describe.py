"""All about one plugin, as plain data: for `genspace plugins show` and for machines."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum, EnumType
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from genspace_core.errors import ConfigError
from genspace_core.plugins.config import resolve
from genspace_core.plugins.discovery import PluginRow
from genspace_core.plugins.groups import find_group
from genspace_core.plugins.nested import held_plugins, plugin_fields
from genspace_core.plugins.registry import load_plugin
from genspace_core.plugins.tables import read_tables

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from genspace_core.interfaces import PluginConfig, PluginSpec


def describe(group: str, name: str, plugins_file: str | Path | None = None) -> dict[str, Any]:
    """A plugin's declaration and configuration, JSON-able.

    Args:
        group: short name, e.g. "generators".
        name: a table of `plugins.toml` or an installed plugin; one that cannot do without being
            configured is described all the same.
        plugins_file: the user's file; None for $GENSPACE_PLUGINS or ./plugins.toml.

    Raises:
        PluginError: unknown or broken plugin.
        ConfigError: `plugins.toml` or this table is wrong.
    """
    try:
        found = resolve(group, name, plugins_file)
    except ConfigError:
        if read_tables(plugins_file).get(group, name) is not None:
            raise
        row, spec = load_plugin(group, name)
        return _declared(name, row, spec, None)
    return _declared(name, found.row, found.spec, found.config)


def _declared(
    name: str, row: PluginRow, spec: PluginSpec[Any], config: PluginConfig | None
) -> dict[str, Any]:
    capabilities = spec.capabilities if config is None else config.capabilities(spec.capabilities)
    return {
        "name": name,
        "group": row.group,
        "plugin": row.name,
        "package": row.distribution,
        "package_version": row.version,
        "summary": spec.summary,
        "interface": spec.interface.__name__,
        "kind": find_group(row.group).noun,
        "output_version": spec.version,
        "capabilities": {
            "tasks": sorted(capabilities.tasks),
            "seeds": capabilities.seeds,
            "max_batch": capabilities.max_batch,
            "max_concurrency": capabilities.max_concurrency,
            "network": capabilities.network,
            "account": capabilities.account,
            "requests_per_minute": capabilities.requests_per_minute,
            "seconds": capabilities.seconds,
            "gpu": capabilities.gpu,
            "memory": capabilities.memory,
            "price": capabilities.price,
            "price_most": capabilities.price_most,
            "votes": capabilities.votes,
            "ends": None if capabilities.ends is None else capabilities.ends.isoformat(),
            "weights": [asdict(one) for one in capabilities.weights],
            "reads": sorted(capabilities.reads),
        },
        "config": _fields(spec, config),
    }


def type_text(annotation: Any) -> str:
    """A type as a reader of `plugins.toml` would say it, e.g. `"cpu" | "cuda"` or `list[int]`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType, Literal):
        say = _literal if origin is Literal else type_text
        return " | ".join(say(a) for a in arguments)
    if origin is not None and arguments:
        inner = ", ".join("..." if a is Ellipsis else type_text(a) for a in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    if isinstance(annotation, EnumType):
        members: list[Enum] = list(annotation)
        return " | ".join(_literal(member.value) for member in members)
    if "model_fields" in dir(annotation):
        return f"table of {', '.join(annotation.model_fields)}"
    return "none" if annotation is type(None) else str(getattr(annotation, "__name__", annotation))


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _fields(spec: PluginSpec[Any], config: PluginConfig | None) -> list[dict[str, Any]]:
    from genspace_core.interfaces import NotIdentity

    values = config.model_dump(mode="json") if config is not None else {}
    held = {} if config is None else {key: ref.name for key, ref in held_plugins(config).items()}
    plugins = dict(plugin_fields(spec.config))
    return [
        {
            "key": key,
            "type": _held_type(plugins[key]) if key in plugins else _field_type(field),
            "required": field.is_required(),
            "default": _default(field),
            "value": held.get(key, values.get(key, _default(field))),
            "changes_output": not any(isinstance(mark, NotIdentity) for mark in field.metadata),
            "description": field.description or "",
        }
        for key, field in spec.config.model_fields.items()
    ]


def _held_type(group: str) -> str:
    return f"{find_group(group).noun}, by name"


def _field_type(field: FieldInfo) -> str:
    return type_text(field.annotation) + _limits(field)


def _default(field: FieldInfo) -> Any:
    from pydantic_core import to_jsonable_python

    default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    return to_jsonable_python(default, fallback=str)


def _limits(field: FieldInfo) -> str:
    signs = {
        "ge": ">=",
        "gt": ">",
        "le": "<=",
        "lt": "<",
        "min_length": "length >=",
        "max_length": "length <=",
    }
    found = [
        f"{sign} {getattr(rule, name)}"
        for rule in field.metadata
        for name, sign in signs.items()
        if getattr(rule, name, None) is not None
    ]
    return f" ({', '.join(found)})" if found else ""
