"""Reading `plugins.toml`: the file this project ships, and the user's own on top of it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genspace_core.errors import ConfigError, PluginError
from genspace_core.plugins.groups import GROUPS
from genspace_core.plugins.wording import choices, suggest, toml_key, toml_value

VARIABLE = "GENSPACE_PLUGINS"
FILE_NAME = "plugins.toml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
RESERVED = ("plugin", "extends")  # keys of ours; every other key is the plugin's own configuration


@dataclass(frozen=True, slots=True)
class Table:
    """One named configuration as a file states it."""

    group: str
    name: str
    keys: Mapping[str, Any]
    file: Path
    shipped: bool

    @property
    def place(self) -> str:
        """File and header, e.g. `plugins.toml: [generators.flux]`."""
        return f"{shown(self.file)}: [{self.group}.{toml_key(self.name)}]"


@dataclass(frozen=True, slots=True)
class Flat:
    """A table with what it extends folded in: `origin` says which table set each key."""

    plugin: str
    plugin_from: Table | None
    values: Mapping[str, Any]
    origin: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Tables:
    """Both files. A user's table replaces the shipped one of its name as a whole."""

    shipped: Mapping[tuple[str, str], Table]
    user: Mapping[tuple[str, str], Table]
    user_file: Path | None

    def get(self, group: str, name: str) -> Table | None:
        """The table in force, None if there is none of this name."""
        return self.user.get((group, name)) or self.shipped.get((group, name))

    def all(self, group: str | None = None) -> list[Table]:
        """The tables in force (of one group), by group and name."""
        merged = {**self.shipped, **self.user}
        order = list(GROUPS)
        wanted = [table for table in merged.values() if group in (None, table.group)]
        return sorted(wanted, key=lambda table: (order.index(table.group), table.name))

    def names(self, group: str) -> list[str]:
        """Names of the tables of a group, sorted."""
        return [table.name for table in self.all(group)]

    def flatten(self, table: Table) -> Flat:
        """Fold in what the table extends, key by key; the nearest wins.

        Raises:
            ConfigError: unknown or circular `extends`, or one that changes the plugin.
        """
        chain = [table]
        while "extends" in chain[-1].keys:
            chain.append(self._parent(chain))
        root = chain[-1]
        plugin = root.keys["plugin"]
        for child in chain[:-1]:
            if child.keys.get("plugin", plugin) != plugin:
                raise ConfigError(
                    f"{child.place} plugin = {toml_value(child.keys['plugin'])} differs from "
                    f"{toml_value(plugin)} of [{root.group}.{toml_key(root.name)}], which it extends; "
                    "remove one of the two keys"
                )
        values: dict[str, Any] = {}
        origin: dict[str, Table] = {}
        for link in reversed(chain):
            for key, value in link.keys.items():
                if key not in RESERVED:
                    values[key] = value
                    origin[key] = link
        return Flat(plugin, root, values, origin)

    def _parent(self, chain: list[Table]) -> Table:
        child = chain[-1]
        wanted = child.keys["extends"]
        # A shipped table means what it meant when it was shipped, so it sees shipped ones only. A
        # user's table sees the user's first, and by its own name the shipped one it replaces.
        scopes = [self.shipped] if child.shipped else [self.user, self.shipped]
        if not child.shipped and wanted == child.name and (child.group, wanted) in self.shipped:
            scopes = [self.shipped]
        parent = next(
            (scope[child.group, wanted] for scope in scopes if (child.group, wanted) in scope), None
        )
        if parent is None:
            known = [name for scope in scopes for group, name in scope if group == child.group]
            raise ConfigError(
                f"{child.place} extends = {toml_value(wanted)}: no such table in [{child.group}]"
                f" {choices(wanted, sorted({*known} - {child.name}), 'tables')}"
            )
        if parent in chain:
            circle = " -> ".join([*(link.name for link in chain[chain.index(parent) :]), parent.name])
            raise ConfigError(
                f"{child.place} extends in a circle: {circle}; one of them has to name a plugin"
            )
        return parent


def shipped_file() -> Path:
    """Where the shipped `plugins.toml` is: beside this module in a wheel, at the root of a checkout.

    Raises:
        PluginError: neither is there.
    """
    here = Path(__file__).resolve()
    for candidate in (here.with_name(FILE_NAME), here.parents[2] / FILE_NAME):
        if candidate.is_file():
            return candidate
    raise PluginError(
        f"the shipped {FILE_NAME} is missing; fix: pip install --force-reinstall --no-deps genspace-core"
    )


def user_file(explicit: str | Path | None = None) -> Path | None:
    """The user's file: the one given, else $GENSPACE_PLUGINS, else ./plugins.toml if there is one.

    Raises:
        ConfigError: the one given, or the variable, names no file.
    """
    variable = os.environ.get(VARIABLE, "").strip()
    for given, said_by in ((explicit, "--plugins"), (variable, f"${VARIABLE}")):
        if given:
            path = Path(given).expanduser()
            if not path.is_file():
                what = "is a folder, not a file" if path.is_dir() else "no such file"
                raise ConfigError(f"{shown(path)}: {what} ({said_by})")
            return path
    local = Path(FILE_NAME)
    if local.is_file() and not local.samefile(shipped_file()):
        return local
    return None


def read_tables(plugins_file: str | Path | None = None) -> Tables:
    """Read the shipped file and the user's.

    Args:
        plugins_file: the user's file; None for $GENSPACE_PLUGINS or ./plugins.toml.

    Raises:
        ConfigError: a file cannot be read or its structure is wrong; names file, table and key.
    """
    mine = user_file(plugins_file)
    return Tables(
        shipped=_read(shipped_file(), shipped=True),
        user=_read(mine, shipped=False) if mine is not None else {},
        user_file=mine,
    )


def shown(path: Path) -> str:
    """A path for a message: relative when it is below the working directory."""
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(path)


def _read(path: Path, *, shipped: bool) -> dict[tuple[str, str], Table]:
    try:
        # Some editors begin a UTF-8 file with a byte order mark, which TOML does not know.
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        what = str(error)[: where.start()] if where else str(error)
        at = f"line {where[1]}, column {where[2]}" if where and where[1] else "end of file"
        raise ConfigError(f"{shown(path)}, {at}: not valid TOML: {what}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown(path)}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    return {(t.group, t.name): t for t in _tables(document, path, shipped)}


def _tables(document: Mapping[str, Any], path: Path, shipped: bool) -> Iterator[Table]:
    for section, content in document.items():
        if section not in GROUPS:
            header = f"[{toml_key(section)}]" if isinstance(content, dict) else f"key {toml_key(section)}"
            raise ConfigError(
                f"{shown(path)}: unknown {'section ' if header[0] == '[' else ''}{header}"
                f" {choices(section, list(GROUPS), 'sections')}"
            )
        if not isinstance(content, dict):
            raise ConfigError(f"{shown(path)}: {section} has to hold tables like [{section}.NAME]")
        for name, keys in content.items():
            if not isinstance(keys, dict):
                raise ConfigError(
                    f"{shown(path)}: [{section}] {toml_key(name)} = {toml_value(keys)}: a table is wanted: "
                    f'[{section}.NAME] with plugin = "..."'
                )
            table = Table(section, name, keys, path, shipped)
            _check(table)
            yield table


def _check(table: Table) -> None:
    if not NAME.fullmatch(table.name):
        # Results are stored in a folder of this name.
        raise ConfigError(
            f"{table.place}: a name has letters, digits, dots, hyphens and underscores (A-Z a-z 0-9 . - _) "
            "and begins with a letter or digit"
        )
    for key in RESERVED:
        value = table.keys.get(key, "text")
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{table.place} {key} = {toml_value(value)}: a name in quotes is wanted")
    if not any(key in table.keys for key in RESERVED):
        raise ConfigError(
            f'{table.place} lacks plugin = "..." (an installed plugin) or extends = "..." (another table)'
            + next((near for key in table.keys if (near := suggest(key, RESERVED))), "")
        )
    for path, text in _strings(table.keys, ""):
        if re.search(r"\$\{.*\}", text, re.DOTALL):
            # The text is not repeated: `${VAR:-sk-...}` is how a secret would get into a log.
            raise ConfigError(
                f"{table.place} {path}: ${{...}} is not replaced here; keys and other secrets are read "
                "from the environment by the adapter only, and everything else is written out"
            )


def _strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{path}.{toml_key(key)}" if path else toml_key(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{index}]")
