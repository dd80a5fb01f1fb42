"""Installed plugins: list them without importing any, check them, load one by name, build it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any

from genspace_core.errors import GenSpaceError, PluginError
from genspace_core.plugins.discovery import Found, PluginRow, find
from genspace_core.plugins.fixes import InvalidPluginError, cause_of, family_hint, fix_for
from genspace_core.plugins.groups import GROUPS, Group, find_group
from genspace_core.plugins.wording import choices, closest

if TYPE_CHECKING:
    from genspace_core.interfaces import PluginConfig, PluginSpec


class UnknownPluginError(PluginError):
    """A name is neither installed nor configured."""


def list_plugins(group: str | None = None) -> list[PluginRow]:
    """Every installed plugin (of one group), from package metadata: imports no plugin.

    Two packages that bring one name are two rows of status "duplicate".

    Raises:
        PluginError: there is no such group.
    """
    return [found.row for found in find(group)]


def check_plugins(group: str | None = None, name: str | None = None) -> list[PluginRow]:
    """Import every installed plugin (of one group, of one name) and say which work.

    Rows come back as "ok", "broken" with cause and fix, or "duplicate". Never raises on account
    of a plugin, whatever its import does.

    Raises:
        PluginError: there is no such group.
    """
    return [_check(found) for found in find(group) if name is None or found.row.name == name]


def load_plugin(group: str, name: str) -> tuple[PluginRow, PluginSpec[Any]]:
    """Import one plugin by name.

    Args:
        group: short name, e.g. "generators".
        name: the entry point's name.

    Returns:
        the package it comes from, and what its entry point names.

    Raises:
        PluginError: unknown, brought by two packages, or broken; the message holds the fix.
    """
    kind = find_group(group)
    found = _find_one(kind, name)
    try:
        return found.row, _import(found)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        row = found.row
        fix = fix_for(error, found.source, found.entry_point.module)
        raise PluginError(
            f'{kind.noun} "{name}" ({row.package}) is broken: {cause_of(error)}; fix: {fix}'
        ) from error


def build(spec: PluginSpec[Any], config: PluginConfig, row: PluginRow | None = None) -> Any:
    """Make the plugin: call its factory with its configuration.

    Args:
        spec: as `load_plugin` gives it.
        config: an instance of `spec.config`.
        row: where the plugin comes from; makes the error text and the fix exact.

    Returns:
        An instance of `spec.interface`.

    Raises:
        PluginError: a module it needs is missing, or its factory fails or returns something else.
        GenSpaceError: what the factory raises on purpose (a missing key, missing weights).
    """
    source = _source_of(row)
    module = row.value.partition(":")[0] if row is not None else _factory_module(spec)
    label = f'"{row.name}" ({row.package})' if row is not None else f"from {module}"
    noun = _noun(spec)
    try:
        made = _factory(spec)(config)
    except GenSpaceError:
        raise
    except (Exception, SystemExit) as error:
        fix = fix_for(error, source, module)
        raise PluginError(f"{noun} {label} cannot start: {cause_of(error)}; fix: {fix}") from error
    if not isinstance(made, spec.interface):
        raise PluginError(
            f"{noun} {label} is broken: its factory returned {type(made).__name__}, "
            f"not a {spec.interface.__name__}; tell its authors"
        )
    return made


MOST_NAMES = 24
"""More names than these help nobody who mistyped one."""


# --- finding one ---------------------------------------------------------------------------------


def _find_one(kind: Group, name: str) -> Found:
    installed = find(kind.name)
    matches = [found for found in installed if found.row.name == name]
    if not matches:
        raise UnknownPluginError(unknown_text(kind.noun, name, [found.row.name for found in installed]))
    if len(matches) > 1:
        packages = " and ".join(found.row.package for found in matches)
        raise PluginError(
            f'{kind.noun} "{name}" comes from {len(matches)} packages, {packages}; '
            f"uninstall the one you do not want: {matches[0].row.fix}"
        )
    return matches[0]


def unknown_text(noun: str, name: str, known: list[str]) -> str:
    """The message for a name that is neither installed nor configured."""
    hint = family_hint(name)
    missing = hint and name not in known and not _is_installed(hint.removeprefix("pip install "))
    install = f"; to install it: {hint}" if missing else ""
    names = sorted(set(known))
    if len(names) <= MOST_NAMES:
        return f'unknown {noun} "{name}"{install} {choices(name, names, "available")}'
    near = closest(name, names)
    meant = f'did you mean "{near}"? ' if near else ""
    return f'unknown {noun} "{name}"{install} ({meant}genspace plugins lists all {len(names)})'


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


# --- importing one -------------------------------------------------------------------------------


def _import(found: Found) -> PluginSpec[Any]:
    """Import through stevedore; whatever the import raises comes out unchanged, nothing is logged."""
    from stevedore.driver import DriverManager

    class OneDriver(DriverManager[Any]):
        # Stevedore's own list comes from a cache on disk that has lost the packages; handing it
        # the entry point that was found keeps listing and loading of one mind.
        def list_entry_points(self) -> list[EntryPoint]:
            return [found.entry_point]

    manager = OneDriver(namespace=found.entry_point.group, name=found.entry_point.name, invoke_on_load=False)
    return _checked(manager.driver, find_group(found.row.group))


def _checked(loaded: Any, kind: Group) -> PluginSpec[Any]:
    from genspace_core.identity import misplaced_marks
    from genspace_core.interfaces import NotIdentity, PluginConfig, PluginSpec

    if not isinstance(loaded, PluginSpec):
        raise InvalidPluginError(f"its entry point names a {type(loaded).__name__}, not a PluginSpec")
    wanted = kind.interface()
    if not (isinstance(loaded.interface, type) and issubclass(loaded.interface, wanted)):
        given = getattr(loaded.interface, "__name__", repr(loaded.interface))
        raise InvalidPluginError(
            f"its interface is {given}, but {kind.entry_points} holds {wanted.__name__}s"
        )
    if not (isinstance(loaded.config, type) and issubclass(loaded.config, PluginConfig)):
        raise InvalidPluginError("its config is not a subclass of genspace_core.interfaces.PluginConfig")
    if clash := {"plugin", "extends"} & set(loaded.config.model_fields):
        raise InvalidPluginError(f"its config has a key {min(clash)}, which plugins.toml keeps for itself")
    if overlooked := misplaced_marks(loaded.config, NotIdentity):
        raise InvalidPluginError(
            f"its config marks {overlooked[0]} in a way that has no effect; "
            "write Annotated[..., NotIdentity()], with parentheses and around the whole type"
        )
    if not (callable(loaded.factory) or (isinstance(loaded.factory, str) and ":" in loaded.factory)):
        raise InvalidPluginError('its factory is neither a function nor "module:function"')
    return loaded


def _check(found: Found) -> PluginRow:
    if found.row.status == "broken":
        return found.row
    try:
        # A plugin that prints while it is imported must not end up inside `--json` output.
        with contextlib.redirect_stdout(sys.stderr):
            _import(found)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        fix = fix_for(error, found.source, found.entry_point.module)
        return replace(found.row, status="broken", cause=cause_of(error), fix=fix)
    return found.row if found.row.status == "duplicate" else replace(found.row, status="ok")


# --- building one --------------------------------------------------------------------------------


def _factory(spec: PluginSpec[Any]) -> Callable[[Any], Any]:
    if not isinstance(spec.factory, str):
        return spec.factory
    module, _, name = spec.factory.partition(":")
    factory = getattr(import_module(module), name)
    if not callable(factory):
        raise TypeError(f"{spec.factory} is not a function")
    return factory  # type: ignore[no-any-return]


def _factory_module(spec: PluginSpec[Any]) -> str:
    if isinstance(spec.factory, str):
        return spec.factory.partition(":")[0]
    return str(getattr(spec.factory, "__module__", "its package"))


def _noun(spec: PluginSpec[Any]) -> str:
    return next(
        (kind.noun for kind in GROUPS.values() if issubclass(spec.interface, kind.interface())), "plugin"
    )


def _source_of(row: PluginRow | None) -> Distribution | None:
    if row is None:
        return None
    return next(
        (found.source for found in find(row.group) if found.row.distribution == row.distribution), None
    )
