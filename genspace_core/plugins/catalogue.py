"""The named configurations of `plugins.toml`, as rows for a listing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from genspace_core.errors import ConfigError, GenSpaceError
from genspace_core.plugins.config import resolve
from genspace_core.plugins.discovery import PluginRow
from genspace_core.plugins.fixes import family_hint
from genspace_core.plugins.registry import UnknownPluginError
from genspace_core.plugins.tables import Table, Tables, read_tables, shown

TableStatus = Literal["installed", "not installed", "ok", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One named configuration.

    Attributes:
        group: short name of its group, e.g. "generators".
        name: the table's name.
        plugin: the plugin it configures; "?" when `extends` leads nowhere.
        file: where it stands: "shipped", or the user's file.
        status: "installed" or "not installed" (its plugin), "ok" (checked), or "broken".
        cause: why it is broken, in one line.
        fix: the command that installs its plugin, when that is known.
    """

    group: str
    name: str
    plugin: str
    file: str
    status: TableStatus
    cause: str | None = None
    fix: str | None = None


def list_tables(
    rows: Iterable[PluginRow], group: str | None = None, plugins_file: str | Path | None = None
) -> list[TableRow]:
    """Every table in force (of one group), imports no plugin.

    Args:
        rows: the installed plugins, from `list_plugins` or `check_plugins`.
        group: short name, None for all.
        plugins_file: the user's file; None for $GENSPACE_PLUGINS or ./plugins.toml.

    Raises:
        ConfigError: a file cannot be read or its structure is wrong.
    """
    known = {(row.group, row.name): row for row in rows}
    tables = read_tables(plugins_file)
    return [_row(table, tables, known) for table in tables.all(group)]


def check_tables(
    rows: Iterable[PluginRow], group: str | None = None, plugins_file: str | Path | None = None
) -> list[TableRow]:
    """As `list_tables`, after holding every configuration against its plugin, which is imported."""
    return [_checked(row, plugins_file) for row in list_tables(rows, group, plugins_file)]


def _row(table: Table, tables: Tables, known: dict[tuple[str, str], PluginRow]) -> TableRow:
    file = "shipped" if table.shipped else shown(table.file)
    status: TableStatus = "installed"
    cause = fix = None
    plugin = "?"
    try:
        plugin = tables.flatten(table).plugin
    except ConfigError as error:
        status, cause = "broken", str(error)
    else:
        row = known.get((table.group, plugin))
        if row is None:
            status, fix = "not installed", family_hint(plugin) or None
        elif row.status in {"broken", "duplicate"}:
            status, cause = "broken", f'its plugin "{plugin}" is {row.status}'
    return TableRow(
        group=table.group, name=table.name, plugin=plugin, file=file, status=status, cause=cause, fix=fix
    )


def _checked(row: TableRow, plugins_file: str | Path | None) -> TableRow:
    if row.status != "installed":
        return row
    try:
        resolve(row.group, row.name, plugins_file)
    except UnknownPluginError as error:  # a plugin that this one is configured with
        return replace(row, status="not installed", cause=str(error))
    except GenSpaceError as error:
        return replace(row, status="broken", cause=str(error))
    return replace(row, status="ok")
