"""From a name to a configured plugin: a table of `plugins.toml`, or an installed plugin as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genspace_core.errors import ConfigError, PluginError
from genspace_core.plugins.discovery import PluginRow
from genspace_core.plugins.groups import find_group
from genspace_core.plugins.registry import (
    UnknownPluginError,
    build,
    list_plugins,
    load_plugin,
    unknown_text,
)
from genspace_core.plugins.tables import Flat, read_tables

if TYPE_CHECKING:
    from genspace_core.interfaces import Capabilities, PluginConfig, PluginSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A plugin with its configuration, checked and ready to be built.

    Attributes:
        group: short name, e.g. "generators".
        name: what the user asked for: a table of `plugins.toml` or a plugin's own name.
        plugin: the plugin's name.
        spec: what its entry point names.
        config: an instance of `spec.config`.
        row: the package it comes from.
    """

    group: str
    name: str
    plugin: str
    spec: PluginSpec[Any]
    config: PluginConfig
    row: PluginRow

    @property
    def distribution(self) -> str:
        """The package that brings the plugin."""
        return self.row.distribution

    @property
    def version(self) -> str:
        """That package's version (not the version of the output, which is `spec.version`)."""
        return self.row.version

    @property
    def capabilities(self) -> Capabilities:
        """What it can do as it is configured."""
        return self.config.capabilities(self.spec.capabilities)

    def identity(self) -> dict[str, Any]:
        """What decides its output, JSON-able; content keys are made from it.

        The name of the table is not part of it: renaming a configuration makes nothing anew.
        """
        return {
            "plugin": self.plugin,
            "version": self.spec.version,
            "weights_revision": self.capabilities.weights_revision,
            "config": self.config.identity(),
        }

    def build(self) -> Any:
        """Make the plugin, an instance of `spec.interface`.

        Raises:
            PluginError: it cannot start; the message holds the fix.
            GenSpaceError: what its factory raises on purpose.
        """
        return build(self.spec, self.config, self.row)

    def ref(self) -> PluginRef:
        """The same in plain data, for a worker process or a run's record."""
        config = self.config.model_dump(mode="json", round_trip=True)
        return PluginRef(group=self.group, plugin=self.plugin, config=config, name=self.name)


@dataclass(frozen=True, slots=True)
class PluginRef:
    """A configured plugin as plain data: pickles, goes into JSON, and is rebuilt with `load`.

    Attributes:
        group: short name, e.g. "generators".
        plugin: the plugin's name.
        config: its whole configuration, JSON-able.
        name: what the user called it; the plugin's name if nothing else is said.
    """

    group: str
    plugin: str
    config: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __hash__(self) -> int:
        return hash((self.group, self.plugin, self.name, json.dumps(self.config, sort_keys=True)))

    def load(self) -> Resolved:
        """Load the plugin and check the configuration again; reads no `plugins.toml`.

        Raises:
            PluginError: the plugin is not installed here, or broken.
            ConfigError: the installed plugin does not take this configuration.
        """
        name = self.name or self.plugin
        flat = Flat(self.plugin, None, self.config, {})
        return _load(self.group, name, flat, f"{find_group(self.group).noun} {name}", {})


def resolve(
    group: str,
    name: str,
    plugins_file: str | Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Resolved:
    """Find a name among the tables of `plugins.toml`, then among installed plugins, and load it.

    Args:
        group: short name, e.g. "generators".
        name: a table's name, or an installed plugin's, which then has its default configuration.
        plugins_file: the user's file; None for $GENSPACE_PLUGINS or ./plugins.toml.
        overrides: configuration keys that win over the table's.

    Raises:
        PluginError: unknown name, or the plugin is broken; the message holds the fix.
        ConfigError: `plugins.toml` or the configuration is wrong: file, table, key, what is allowed.
    """
    kind = find_group(group)
    tables = read_tables(plugins_file)
    table = tables.get(group, name)
    if table is None:
        known = [row.name for row in list_plugins(group)]
        if name not in known:
            raise UnknownPluginError(unknown_text(kind.noun, name, [*known, *tables.names(group)]))
        flat = Flat(name, None, {}, {})
        place = f"{kind.noun} {name} (not in plugins.toml)"
    else:
        flat = tables.flatten(table)
        place = table.place
    places = {key: origin.place for key, origin in flat.origin.items()}
    if overrides:
        flat = replace(flat, values={**flat.values, **overrides})
        places.update(dict.fromkeys(overrides, f"{kind.noun} {name}, given option"))
    return _load(group, name, flat, place, places, plugins_file)


def inline(
    group: str, table: Mapping[str, Any], place: str, plugins_file: str | Path | None = None
) -> Resolved:
    """A plugin configured where it is used: a table with the key `plugin` and the plugin's own keys.

    Raises:
        PluginError: the plugin is unknown or broken.
        ConfigError: the table is wrong.
    """
    keys = dict(table)
    plugin = keys.pop("plugin", None)
    if not isinstance(plugin, str):
        raise ConfigError(f'{place}: the table lacks plugin = "NAME"')
    return _load(group, plugin, Flat(plugin, None, keys, {}), place, {}, plugins_file)


def named(group: str, plugins_file: str | Path | None = None) -> list[str]:
    """Every name `resolve` takes: tables of `plugins.toml` and installed plugins; imports nothing.

    Raises:
        PluginError: there is no such group.
        ConfigError: `plugins.toml` cannot be read.
    """
    find_group(group)
    return sorted({*read_tables(plugins_file).names(group), *(row.name for row in list_plugins(group))})


def _load(
    group: str,
    name: str,
    flat: Flat,
    place: str,
    places: Mapping[str, str],
    plugins_file: str | Path | None = None,
) -> Resolved:
    # Both import pydantic, which a mere listing of names has no time for.
    from pydantic import ValidationError

    from genspace_core.plugins.nested import expand
    from genspace_core.plugins.problems import explain

    try:
        row, spec = load_plugin(group, flat.plugin)
    except PluginError as error:
        if flat.plugin_from is None:
            raise
        # Without the table the user would look for a plugin they never named.
        raise type(error)(f"{flat.plugin_from.place} plugin: {error}") from error
    values = expand(spec.config, flat.values, place, places, plugins_file)
    try:
        config = spec.config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explain(error, spec.config, values, place, places)) from None
    return Resolved(group=group, name=name, plugin=flat.plugin, spec=spec, config=config, row=row)
