"""`genspace suite`: the lists of prompts, one by one, in numbers, and as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genspace_core.cli.build_edit import build_edit
from genspace_core.cli.suite_import import import_

if TYPE_CHECKING:
    from rich.table import Table

    from genspace_core.types import Sample, Suite

DEFAULT = "genspace-t2i"
FIRST = 5  # samples that `show` prints of a whole suite

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "The lists of prompts that models are measured with.\n\n"
        f"A suite is a plugin ({DEFAULT}), a table of plugins.toml, or a file that `genspace suite export` "
        "wrote, or that you did."
    ),
)

app.command("import")(import_)
app.command("build-edit")(build_edit)

_Suite = Annotated[str, typer.Option("--suite", "-s", help="A suite's name, or the path of a .jsonl file.")]
_Plugins = Annotated[
    Path | None,
    typer.Option(
        "--plugins", help="Your plugins.toml, instead of $GENSPACE_PLUGINS or ./plugins.toml.", metavar="FILE"
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", help="At most so many samples, taken in turn from all templates.", show_default=False
    ),
]
_PerTemplate = Annotated[
    int | None,
    typer.Option(
        "--per-template", help="At most so many samples of each template, evenly spaced.", show_default=False
    ),
]
_Templates = Annotated[
    list[int] | None,
    typer.Option("--template", "-t", help="Only this template, 0-35; may be repeated.", show_default=False),
]


@app.command("list")
def list_(plugins: _Plugins = None, as_json: _Json = False) -> None:
    """List the suites that are installed or configured, each with what brings it.

    A suite that cannot be loaded is listed with the reason.
    """
    from genspace_core.plugins.catalogue import list_tables
    from genspace_core.plugins.registry import list_plugins

    installed = list_plugins("suites")
    tables = {table.name: table for table in list_tables(installed, "suites", plugins)}
    # A table wins over a plugin of its name.
    brought = [(row.name, row.package) for row in installed if row.name not in tables]
    brought += [(name, f"{table.file}, plugin {table.plugin}") for name, table in tables.items()]
    rows = [_described(name, package, plugins) for name, package in brought]
    if as_json:
        _print_json(rows)
        return
    table = _table("suite", "version", "samples", "package", "digest")
    for row in rows:
        if "problem" in row:
            table.add_row(row["name"], "", "", row["package"], row["problem"])
        else:
            table.add_row(
                row["name"], row["version"], str(row["samples"]), row["package"], row["digest"][:12]
            )
    _print(table)


@app.command()
def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A sample, e.g. t2i/14/07; or a suite's name, or the path of a .jsonl file."
        ),
    ],
    suite: _Suite = DEFAULT,
    plugins: _Plugins = None,
    as_json: _Json = False,
) -> None:
    """Show one sample in full, or what a suite is and its first samples.

    - genspace suite show t2i/14/07
    - genspace suite show genspace-t2i
    """
    from genspace_core.plugins.config import named
    from genspace_core.suite.io import SUFFIX, load_suite

    if what.endswith(SUFFIX) or what in named("suites", plugins):
        _show_suite(load_suite(what, plugins), what, as_json=as_json)
    else:
        _show_sample(_find(load_suite(suite, plugins), what), as_json=as_json)


@app.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help='Where to; "-" writes to the terminal.')],
    suite: _Suite = DEFAULT,
    per_template: _PerTemplate = None,
    limit: _Limit = None,
    template: _Templates = None,
    plugins: _Plugins = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Write a suite, or a balanced part of it, as JSON lines: a header, then one sample a line.

    The file is a suite like any other: give its path wherever a suite's name is asked for. So is a folder
    (FILE ends in "/", or is one): it holds the source pictures too. FILE.csv and FILE.parquet are tables,
    which `genspace suite import` makes the same suite of again.

    - genspace suite export prompts.jsonl
    - genspace suite export small.jsonl --per-template 10
    - genspace suite export prompts.parquet
    - genspace suite export - --template 14 | head -3
    """
    from genspace_core.suite.exchange.exporting import export_suite
    from genspace_core.suite.io import dump_suite, load_suite
    from genspace_core.suite.selection import subset

    whole = load_suite(suite, plugins)
    chosen = subset(whole, limit=limit, per_template=per_template, templates=template or None)
    if file == "-":
        typer.echo(dump_suite(chosen), nl=False)
        return
    export_suite(chosen, file, force=force)
    typer.echo(f"wrote {len(chosen)} samples to {file} (digest {chosen.digest[:12]})")


@app.command()
def stats(suite: _Suite = DEFAULT, plugins: _Plugins = None, as_json: _Json = False) -> None:
    """Count a suite's samples by sub-domain and template.

    "A" and "B" are the different objects asked about. A stand-in is a sample whose slot belongs to
    a category that cannot meet the question (an airplane 1 m from the camera), so another took it.
    """
    from dataclasses import asdict

    from genspace_core.suite.io import load_suite
    from genspace_core.suite.stats import count_templates
    from genspace_core.suite.subdomains import SUB_DOMAINS

    loaded = load_suite(suite, plugins)
    counts = count_templates(loaded)
    by_sub_domain = {name: sum(c.samples for c in counts if c.sub_domain == name) for name in SUB_DOMAINS}
    if as_json:
        _print_json(
            {
                **_header(loaded),
                "sub_domains": {name: count for name, count in by_sub_domain.items() if count},
                "templates": [asdict(count) for count in counts],
            }
        )
        return
    table = _table("dimension", "sub-domain", "template", "samples", "A", "B", "stand-ins")
    for count in counts:
        table.add_row(
            count.dimension,
            count.sub_domain,
            str(count.template),
            str(count.samples),
            str(count.distinct_a),
            str(count.distinct_b or ""),
            "" if count.stand_ins is None else str(count.stand_ins),
        )
    _print(table)
    stand_ins = [count.stand_ins for count in counts if count.stand_ins is not None]
    filled = f", {sum(stand_ins)} of them stand-ins" if stand_ins else ""
    typer.echo(f"{loaded.name} {loaded.version}: {len(loaded)} samples{filled}")


def _described(name: str, package: str, plugins: Path | None) -> dict[str, Any]:
    from genspace_core.errors import GenSpaceError
    from genspace_core.suite.io import load_suite

    try:
        return {**_header(load_suite(name, plugins)), "name": name, "package": package}
    except GenSpaceError as error:
        return {"name": name, "package": package, "problem": str(error)}


def _header(suite: Suite) -> dict[str, Any]:
    return {
        "name": suite.name,
        "version": suite.version,
        "samples": len(suite),
        "digest": suite.digest,
    }


def _find(suite: Suite, sample_id: str) -> Sample:
    from genspace_core.errors import InputError
    from genspace_core.plugins.wording import suggest

    by_id = {sample.id: sample for sample in suite}
    if sample_id not in by_id:
        same = [i for i in by_id if _without_zeros(i) == _without_zeros(sample_id)]
        if len(same) == 1:
            return by_id[same[0]]
        raise InputError(
            f'suite "{suite.name}" has no sample "{sample_id}"{suggest(sample_id, by_id)}; '
            f"its ids look like {suite.samples[0].id}"
        )
    return by_id[sample_id]


def _without_zeros(sample_id: str) -> str:
    """People write t2i/14/7 for t2i/14/07."""
    return "/".join(part.lstrip("0") for part in sample_id.split("/"))


def _show_suite(suite: Suite, ref: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({**_header(suite), "first": [_as_dict(s) for s in suite.samples[:FIRST]]})
        return
    typer.echo(f"{suite.name} {suite.version}: {len(suite)} samples, digest {suite.digest}\n")
    for sample in suite.samples[:FIRST]:
        typer.echo(f"{sample.id}  {sample.prompt}")
    if len(suite) > FIRST:
        typer.echo(f"... and {len(suite) - FIRST} more: genspace suite export - --suite {ref}")


def _show_sample(sample: Sample, *, as_json: bool) -> None:
    from genspace_core.suite.subdomains import SUB_DOMAINS

    dimension = SUB_DOMAINS[sample.sub_domain]
    if as_json:
        _print_json({**_as_dict(sample), "dimension": dimension})
        return
    parts = zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", sample.objects, strict=False)
    typer.echo(f"id          {sample.id}")
    typer.echo(f"prompt      {sample.prompt}")
    typer.echo(f"objects     {', '.join(f'{letter} = {name}' for letter, name in parts)}")
    typer.echo(f"targets     {', '.join(f'{k} = {v:g}' for k, v in sample.targets.items()) or 'none'}")
    typer.echo(f"template    {sample.template}")
    typer.echo(f"sub-domain  {sample.sub_domain} ({dimension})")
    if sample.source:
        typer.echo(f"source      {sample.source}")


def _as_dict(sample: Sample) -> dict[str, Any]:
    from genspace_core.suite.canonical import canonical_line

    found: dict[str, Any] = json.loads(canonical_line(sample))
    return found


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, justify="right" if name in {"samples", "A", "B", "stand-ins"} else "left")
    return table


def _print(table: Table) -> None:
    from rich.console import Console

    Console().print(table)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
