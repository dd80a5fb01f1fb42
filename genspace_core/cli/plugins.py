"""`genspace plugins`: what is installed and configured, what is broken, and all about one plugin."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genspace_core.errors import ConfigError, GenSpaceError, PluginError

if TYPE_CHECKING:
    from genspace_core.plugins.catalogue import TableRow
    from genspace_core.plugins.discovery import PluginRow

app = typer.Typer(help="What is installed and configured, what is broken, and all about one plugin.")

BAD = {"broken", "duplicate"}


def _group_names(incomplete: str) -> list[str]:
    from genspace_core.plugins.groups import GROUPS

    return [name for name in GROUPS if name.startswith(incomplete)]


def _plugin_names(incomplete: str) -> list[str]:
    from genspace_core.plugins.config import named
    from genspace_core.plugins.groups import GROUPS

    try:
        return sorted({n for group in GROUPS for n in named(group) if n.startswith(incomplete)})
    except GenSpaceError:  # completion is no place for an error text
        return []


GroupOption = Annotated[
    str | None,
    typer.Option("--group", help="Only this kind, e.g. generators.", autocompletion=_group_names),
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--plugins", help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml.", metavar="FILE"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.callback(invoke_without_command=True)
def plugins(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Import each one and say what is broken.")] = False,
    group: GroupOption = None,
    plugins_file: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List installed plugins and the named configurations of plugins.toml; imports none of them.

    With --check each is imported and its configurations are held against it; exits with 1 if
    anything is broken.
    """
    if context.invoked_subcommand is not None:
        return
    from genspace_core.plugins.catalogue import check_tables, list_tables
    from genspace_core.plugins.registry import check_plugins, list_plugins

    only = short_group(group)
    rows = check_plugins(only) if check else list_plugins(only)
    tables: list[TableRow] = []
    problem: ConfigError | None = None
    try:
        tables = (check_tables if check else list_tables)(rows, only, plugins_file)
    except ConfigError as error:
        problem = error  # whoever mends a configuration needs the list of plugins first
    if as_json:
        typer.echo(json.dumps({"plugins": _dicts(rows), "configurations": _dicts(tables)}, indent=2))
    else:
        _print_listing(rows, tables, check=check)
    if problem is not None:
        raise problem
    if check and BAD & {*(row.status for row in rows), *(table.status for table in tables)}:
        raise typer.Exit(1)


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(help="A plugin, or a table of plugins.toml.", autocompletion=_plugin_names),
    ],
    group: GroupOption = None,
    plugins_file: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell all about one plugin: package, capabilities, configuration keys with type and default."""
    from genspace_core.plugins.config import named
    from genspace_core.plugins.describe import describe
    from genspace_core.plugins.groups import GROUPS, find_group
    from genspace_core.plugins.registry import unknown_text

    only = short_group(group)
    names = {kind: named(kind, plugins_file) for kind in ([only] if only else GROUPS)}
    kinds = [kind for kind, known in names.items() if name in known]
    if not kinds:
        known = [one for some in names.values() for one in some]
        raise PluginError(unknown_text(find_group(only).noun if only else "plugin", name, known))
    found = [describe(kind, name, plugins_file) for kind in kinds]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo("\n\n".join(_page(one) for one in found))


def short_group(text: str | None) -> str | None:
    """The short name of a group, however the user put it: generator, genspace.generators, ..."""
    if text is None:
        return None
    from genspace_core.plugins.groups import GROUPS, find_group

    plain = text.strip().lower().removeprefix("genspace.").replace("-", "_").replace(" ", "_")
    return find_group(plain if plain in GROUPS or f"{plain}s" not in GROUPS else f"{plain}s").name


def _dicts(rows: Iterable[PluginRow | TableRow]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


# --- the listing ---------------------------------------------------------------------------------


def _print_listing(rows: Sequence[PluginRow], tables: Sequence[TableRow], *, check: bool) -> None:
    # Plain columns, not rich: importing rich would take a third of the time this may take.
    _print_columns(
        ("GROUP", "PLUGIN", "PACKAGE", "STATUS"),
        [(row.group, row.name, row.package, row.status) for row in rows],
        "no plugin is installed",
    )
    _print_causes(rows)
    if tables:
        typer.echo("")
        _print_columns(
            ("GROUP", "CONFIGURATION", "PLUGIN", "FILE", "STATUS"),
            [(row.group, row.name, row.plugin, row.file, row.status) for row in tables],
            "",
        )
        _print_causes(tables)
    hint = "genspace plugins show NAME: all about one"
    typer.echo(
        "\n" + (hint if check else f"genspace plugins --check: import each, find the broken ones\n{hint}")
    )


def _print_columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> None:
    if not rows:
        typer.echo(empty)
        return
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_causes(rows: Sequence[PluginRow | TableRow]) -> None:
    for row in rows:
        if row.cause:
            typer.echo(f"{row.group} {row.name}: {row.cause}" + (f"; fix: {row.fix}" if row.fix else ""))
    # Many tables lack one package; it is said once.
    for fix in sorted({row.fix for row in rows if row.fix and not row.cause}):
        typer.echo(f"not installed: {fix}")


# --- one plugin ----------------------------------------------------------------------------------


def _weights(one: dict[str, Any]) -> str:
    from genspace_core.plugins.wording import size_text

    size = "size unknown" if one["size"] is None else size_text(one["size"])
    licence = one["licence"] or "licence unknown"
    marks = [
        mark for mark, said in (("no commercial use", one["noncommercial"]), ("gated", one["gated"])) if said
    ]
    pinned = "" if one["revision"] != "main" else " (whatever the branch holds)"
    return ", ".join([one["name"], f"revision {one['revision']}{pinned}", licence, *marks, size])


_FACTS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("tasks", "tasks", ", ".join),
    ("seeds", "seeds", lambda v: "same seed, same picture" if v else "not honoured"),
    ("batch", "max_batch", str),
    ("concurrency", "max_concurrency", lambda v: "no limit of its own" if v is None else f"at most {v}"),
    ("network", "network", lambda v: "leaves this machine" if v else "stays on this machine"),
    ("GPU", "gpu", str),
    ("memory", "memory", lambda v: f"{v / 1e9:.1f} GB of weights on the GPU"),
    ("price", "price", lambda v: "unknown" if v is None else f"${v:g} a picture" if v else "free"),
    ("at most", "price_most", lambda v: f"${v:g} a picture"),
    ("votes", "votes", lambda v: f"{v} of each picture"),
    ("account", "account", str),
    ("limit", "requests_per_minute", lambda v: f"{v:g} calls a minute"),
    ("a call", "seconds", lambda v: f"about {v:g} s"),
    ("ends", "ends", lambda v: f"{v}: its vendor shuts it down"),
    ("weights", "weights", lambda v: "\n".join(map(_weights, v)) or "none"),
    ("reads", "reads", lambda v: ", ".join(v) or "the picture alone"),
)
"""Label, capability, and how to say its value. Generators alone have all of them."""

_GENERATORS_ONLY = {"tasks", "seeds"}
_CALIBRATORS_ONLY = {"reads"}
_IF_SAID = {"memory", "price_most", "account", "requests_per_minute", "seconds", "ends"}
"""Left out where there is nothing to say."""


def _is_told(key: str, group: str, capabilities: dict[str, Any]) -> bool:
    if key in _IF_SAID:
        return bool(capabilities[key])
    if key == "price":
        return group == "generators" or bool(capabilities["network"])
    if key == "votes":
        return bool(capabilities[key] > 1)
    return (group == "generators" or key not in _GENERATORS_ONLY) and (
        group == "camera_calibrators" or key not in _CALIBRATORS_ONLY
    )


def _page(about: dict[str, Any]) -> str:
    from genspace_core.plugins.wording import toml_value

    named_so = "" if about["name"] == about["plugin"] else f", plugin {about['plugin']}"
    lines = [f"{about['name']} ({about['kind']}{named_so})"]
    if about["summary"]:
        lines.append(f"  {about['summary']}")
    facts = [
        ("package", f"{about['package']} {about['package_version']}"),
        ("interface", about["interface"]),
        ("output", f"version {about['output_version']}"),
    ]
    facts += [
        (label, say(about["capabilities"][key]))
        for label, key, say in _FACTS
        if _is_told(key, about["group"], about["capabilities"])
    ]
    width = max(len(label) for label, _ in facts)
    for label, text in facts:
        first, *more = text.split("\n")
        lines.append(f"  {label.ljust(width)}  {first}")
        lines += [" " * (width + 4) + line for line in more]
    lines.append("  configuration" if about["config"] else "  no configuration")
    for field in about["config"]:
        value, default = field["value"], field["default"]
        told = (
            "the default"
            if value == default
            else f"default {'none' if default is None else toml_value(default)}"
        )
        told = "required" if field["required"] else told
        shown = "" if value is None else f" = {toml_value(value)}"
        kept = "" if field["changes_output"] else "; does not change the output"
        lines.append(f"    {field['key']}{shown}  ({field['type']}; {told}{kept})")
        if field["description"]:
            lines.append(f"        {field['description']}")
    return "\n".join(lines)
