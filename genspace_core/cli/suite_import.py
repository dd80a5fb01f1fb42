"""`genspace suite import`: the prompts of others, from a table or the hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genspace_core.tables.table import Table


class TaskName(StrEnum):
    """The tasks, as an option takes them."""

    T2I = "t2i"
    EDIT = "edit"


def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A .jsonl, .jsonl.gz, .csv or .parquet file, or hf://OWNER/NAME[@REVISION][/FILE].",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="PATH",
            help="A .jsonl file, or a folder for suite.jsonl and the source pictures.",
        ),
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            "-m",
            metavar="KEY=COLUMN",
            help=(
                "Which column holds a key: prompt, objects, template, image, id, task, sub_domain, targets, "
                "source, source_sha256, bystanders; KEY= for none. May be repeated. A column of a key's "
                "name needs none."
            ),
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        TaskName | None, typer.Option("--task", help="Of all rows that do not say it.", show_default=False)
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Of the suite; else the file's.", show_default=False)
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="Of the suite; else 1.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite PATH.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Make a suite of a table of prompts, e.g. the official ones.

    Without --map, or with a column that is not there, it shows the columns found. All rows are checked
    before anything is written.

    - genspace suite import prompts.csv --out prompts.jsonl --map prompt=text --map objects=names
    - genspace suite import hf://SpatialVision/GenSpace/edit_dataset.parquet --out edit --map image=source
    """
    from genspace_core.suite.exchange.hub import SCHEME, fetch_table, parse_ref
    from genspace_core.suite.exchange.importing import import_suite, open_prompts
    from genspace_core.suite.exchange.mapping import parse_map
    from genspace_core.suite.exchange.row_reader import Wanted
    from genspace_core.tables.table import TableError

    wanted = Wanted(
        columns=parse_map(columns or ()),
        task=None if task is None else task.value,
        name=name,
        version=version,
    )
    path = fetch_table(parse_ref(source)) if source.startswith(SCHEME) else Path(source)
    table = open_prompts(path, source)
    try:
        with _progress(table) as watch:
            done = import_suite(table, out, wanted, force=force, watch=watch)
    except TableError as error:
        for line in error.details:
            typer.echo(line, err=True)
        raise
    suite = done.suite
    if as_json:
        found = {
            "name": suite.name,
            "version": suite.version,
            "samples": len(suite),
            "pictures": done.pictures,
            "digest": suite.digest,
            "out": str(out),
        }
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    pictures = f" and {done.pictures} source pictures" if done.pictures else ""
    typer.echo(f"wrote {len(suite)} samples{pictures} to {out} (digest {suite.digest[:12]})")


@contextmanager
def _progress(table: Table) -> Iterator[Callable[[int], None]]:
    """A live line in a terminal, nothing in a file or a pipe."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        line = progress.add_task("rows", total=table.count)
        yield lambda row: progress.update(line, completed=row)
