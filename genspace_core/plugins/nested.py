"""Plugins that a plugin is configured with: `depth = "zoedepth"` in the table of another plugin.

A configuration says so with `Annotated[PluginRef, PluginOf("depth_estimators")]`. The name is resolved
when the configuration is read, so that what travels to a worker or into a record is whole: no
`plugins.toml` is read a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from genspace_core.errors import ConfigError, PluginError
from genspace_core.interfaces import PluginConfig
from genspace_core.plugins.config import PluginRef, inline, resolve
from genspace_core.plugins.groups import find_group
from genspace_core.plugins.wording import toml_value

NONE = "none"
REFERENCE_KEYS = {field.name for field in fields(PluginRef)}


@dataclass(frozen=True, slots=True)
class PluginOf:
    """Marks a field that holds a plugin of a group: its name in a table, a `PluginRef` once read."""

    group: str


def plugin_fields(model: type[PluginConfig]) -> Iterator[tuple[str, str]]:
    """Name and group of every field that holds a plugin."""
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, PluginOf):
                yield name, mark.group


def expand(
    model: type[PluginConfig],
    values: Mapping[str, Any],
    place: str,
    places: Mapping[str, str],
    plugins_file: str | Path | None,
) -> dict[str, Any]:
    """The values of a configuration with its plugins' names, and tables, turned into references.

    Raises:
        PluginError: one is unknown or broken; the message names the key.
        ConfigError: a configuration is wrong.
    """
    expanded = dict(values)
    for name, group in plugin_fields(model):
        value = values.get(name)
        where = f"{places.get(name, place)} {name}"
        try:
            if value == NONE and not model.model_fields[name].is_required():
                expanded[name] = None
            elif isinstance(value, str):
                expanded[name] = asdict(resolve(group, value, plugins_file).ref())
            elif isinstance(value, Mapping) and not _is_reference(value, group):
                expanded[name] = asdict(inline(group, value, where, plugins_file).ref())
            elif name in values and not isinstance(value, Mapping | None):
                noun = find_group(group).noun
                raise ConfigError(f"{where} = {toml_value(value)}: give the name of a {noun}, or a table")
        except PluginError as error:
            raise type(error)(f"{where}: {error}") from error
    return expanded


def _is_reference(value: Mapping[str, Any], group: str) -> bool:
    """Whether a table is a `PluginRef` of this group as plain data, as workers and records hold it."""
    return {*value} == REFERENCE_KEYS and value["group"] == group


def held_plugins(config: PluginConfig) -> dict[str, PluginRef]:
    """The plugins that a configuration holds, by field; those left out are not there."""
    found = {name: getattr(config, name) for name, _ in plugin_fields(type(config))}
    return {name: ref for name, ref in found.items() if ref is not None}
