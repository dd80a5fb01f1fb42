"""`genspace fetch`: weights downloaded ahead of time, and verified."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genspace_core.cli.fetch_rows import Row
    from genspace_core.plugins.config import Resolved

NO_WEIGHTS = frozenset({"executors", "suites"})


def fetch(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Plugins, or tables of plugins.toml: generators, reconstructors, their stages, metrics.",
            show_default=False,
        ),
    ],
    group: Annotated[
        str | None, typer.Option("--group", help="Only of this kind, e.g. generators.", show_default=False)
    ] = None,
    plugins: Annotated[
        Path | None,
        typer.Option(
            "--plugins",
            help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml.",
            metavar="FILE",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Verify what is there, to the last byte; download nothing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be downloaded; download nothing.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Download the weights that plugins load, ahead of time, and verify them.

    Everything that a name stands for is fetched, nested stages included; a name of several kinds is fetched
    for all of them, unless --group says which. Files go to the cache of huggingface_hub (HF_HOME), where
    plugins find them; each is compared with the hub's own digest, and a damaged one is fetched again. An
    interrupted download goes on where it stopped when the command is repeated. Log in for gated weights with
    `hf auth login`, or set HF_TOKEN. See docs/fetching.md.

    - genspace fetch flux-schnell open (a generator, and all stages of a reconstructor)
    - genspace fetch open --dry-run (how much would it be?)
    - genspace fetch open --check (is everything there, and undamaged?)
    """
    from genspace_core.cli.fetch_rows import look_up_all, rows_of, transfer, verify

    rows = rows_of([one for name in names for one in _resolved(name, group, plugins)])
    look_up_all(rows, remembered=check)
    for row in rows:
        _tell(row.line(), quiet=json_output)
    if check:
        verify(rows, _command(names, group, plugins))
    elif not dry_run and not any(row.problems for row in rows):
        transfer(rows)
    _tell_outcome(rows, quiet=json_output)
    if json_output:
        typer.echo(json.dumps({"dry_run": dry_run, "weights": [row.describe() for row in rows]}, indent=2))
    if any(row.problems for row in rows):
        raise typer.Exit(1)


def _command(names: Sequence[str], group: str | None, plugins: Path | None) -> str:
    options = [("--group", group), ("--plugins", plugins)]
    return " ".join(["genspace fetch", *names, *(f"{key} {value}" for key, value in options if value)])


def _resolved(name: str, group: str | None, plugins: Path | None) -> list[Resolved]:
    """The plugin, or the plugins of several kinds, that a name stands for."""
    from genspace_core.cli.plugins import short_group
    from genspace_core.errors import PluginError
    from genspace_core.plugins.config import named, resolve
    from genspace_core.plugins.groups import GROUPS, find_group
    from genspace_core.plugins.registry import unknown_text

    only = short_group(group)
    kinds = [only] if only else [kind for kind in GROUPS if kind not in NO_WEIGHTS]
    known = {kind: named(kind, plugins) for kind in kinds}
    found = [resolve(kind, name, plugins) for kind, there in known.items() if name in there]
    if not found:
        noun = find_group(only).noun if only else "plugin"
        raise PluginError(unknown_text(noun, name, [one for there in known.values() for one in there]))
    return found


def _tell(text: str, *, quiet: bool) -> None:
    if not quiet:
        typer.echo(text)


def _tell_outcome(rows: Sequence[Row], *, quiet: bool) -> None:
    """What became of each, and what the user may want to do about it."""
    if not rows:
        _tell("these load no weights: nothing to fetch", quiet=quiet)
    for row in rows:
        if row.outcome:
            _tell(f"{row.name}: {row.outcome}", quiet=quiet)
        for note in row.notes():
            typer.echo(f"note: {note}", err=True)
        for problem in row.problems:
            typer.echo(f"error: {problem}", err=True)
