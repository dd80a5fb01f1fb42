"""`genspace score` on pictures that somebody has already: found, accounted for, rebuilt and scored."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from genspace_core.pictures.found import Collection
    from genspace_core.plugins.config import Resolved
    from genspace_core.run.plan import RunSpec

MANIFESTS = (".csv", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """What the command line says of them."""

    suite: str | None
    reconstructor: str | None
    out: Path
    name: str | None
    workers: int | None
    executor: str
    plugins: Path | None
    dry_run: bool
    json_output: bool
    budget: float | None = None
    no_budget: bool = False


def is_manifest(source: Path) -> bool:
    """Whether a file lists pictures, and not scenes: by its suffix, or by its first row."""
    if source.name.lower().endswith(MANIFESTS):
        return True
    from genspace_core.errors import InputError
    from genspace_core.tables.json_lines import read_lines

    try:
        _, line = next(read_lines(source))
        row = json.loads(line)
    except (StopIteration, InputError, ValueError, RecursionError):
        return False
    return isinstance(row, dict) and "image" in row and "points" not in row and "objects" not in row


def score_pictures(source: Path, metric: Resolved, options: PictureOptions) -> None:
    """Find the pictures, say what became of every file, rebuild and score them as a run."""
    from genspace_core.cli.money import budget_for
    from genspace_core.errors import InputError
    from genspace_core.pictures.collect import collect
    from genspace_core.pictures.sources import with_digests
    from genspace_core.plugins.config import named, resolve
    from genspace_core.run.given import given_run
    from genspace_core.suite.io import load_suite

    suite = None if options.suite is None else load_suite(options.suite, options.plugins)
    collection = with_digests(collect(source, suite))
    if options.reconstructor is None:
        there = ", ".join(named("reconstructors", options.plugins))
        raise InputError(
            f"{source} holds pictures; say what rebuilds them: --reconstructor NAME (available: {there})"
        )
    reconstructor = resolve("reconstructors", options.reconstructor, options.plugins)
    _tell_account(collection, len(suite) if suite else None, quiet=options.json_output)
    name = _checked_name(options.name or _name_of(source))
    spec = given_run(
        collection,
        name,
        options.out / name,
        reconstructor,
        (metric,),
        None if suite is None else (suite.name, suite.version),
    )
    if source.is_dir():
        _check_place(spec.directory, source)
    money = budget_for(
        [],
        [metric],
        [spec.directory],
        budget=options.budget,
        price=None,
        no_budget=options.no_budget,
        dry_run=options.dry_run,
    )
    spec = replace(spec, budget=money)
    if options.dry_run:
        _show_plan(spec, collection, as_json=options.json_output)
        return
    troubles = _execute(spec, options)
    _show(spec, collection, as_json=options.json_output)
    if troubles:
        raise typer.Exit(1)


def _name_of(source: Path) -> str:
    return source.resolve().name if source.is_dir() else source.name.partition(".")[0]


def _checked_name(name: str) -> str:
    """A name that results can be stored under, as those of plugins.toml's tables."""
    from genspace_core.errors import InputError
    from genspace_core.plugins.tables import NAME

    if not NAME.fullmatch(name):
        raise InputError(
            f'"{name}" cannot be the name of a run\'s folder; give one of letters, digits, ".", "_" and "-", '
            "with a letter or digit first: --name NAME"
        )
    return name


def _check_place(directory: Path, folder: Path) -> None:
    """The pictures' own folder is only read."""
    from genspace_core.errors import InputError

    if directory.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{directory} is inside the folder of pictures, which is only read; choose another --out"
        )


def _tell_account(collection: Collection, asked: int | None, *, quiet: bool) -> None:
    """Every file that was not simply placed, one line each, and the sum."""
    if quiet:
        return
    for remark in collection.remarks:
        typer.echo(f"{'note' if remark.placed else 'left out'}: {remark.path}: {remark.text}", err=True)
    samples = len({found.sample.id for found in collection.found})
    left_out = sum(not remark.placed for remark in collection.remarks)
    of_suite = "" if asked is None else f" of the suite's {asked}"
    typer.echo(
        f"{collection.layout} layout: {collection.files} files seen, {collection.used} used, "
        f"{left_out} left out; {len(collection.found)} pictures answer {samples}{of_suite} questions",
        err=True,
    )


def _show_plan(spec: RunSpec, collection: Collection, *, as_json: bool) -> None:
    from genspace_core.cli.plans import plan_text
    from genspace_core.run.engine import preview
    from genspace_core.run.given import describe_account

    todo = preview(spec)
    if as_json:
        plan = {"dry_run": True, "directory": str(spec.directory), "account": describe_account(collection)}
        typer.echo(json.dumps(plan | {"run": todo.describe()}, indent=2))
        return
    headline = f"{spec.generator.name}: {len(collection.found)} pictures -> {spec.directory}"
    remote = any(judge.capabilities.network for judge in spec.judges)
    typer.echo(plan_text(headline, spec, todo, remote=remote, making=False))


def _execute(spec: RunSpec, options: PictureOptions) -> int:
    from rich.console import Console

    from genspace_core.cli.run import execute_all
    from genspace_core.cli.starting import choose_executor, require_all, tell_licences

    used = [spec.reconstructor, *spec.metrics]
    require_all(used)
    where = choose_executor(options.executor, options.workers, used, options.plugins)
    tell_licences(used)
    return execute_all([spec], where, Console(stderr=True), quiet=options.json_output)


def _show(spec: RunSpec, collection: Collection, *, as_json: bool) -> None:
    from genspace_core.analysis import build_leaderboard
    from genspace_core.cli.leaderboard import print_board
    from genspace_core.report import render
    from genspace_core.run.given import ACCOUNT_FILE, describe_account, write_account
    from genspace_core.run.reader import open_runs

    write_account(collection, spec.directory)
    board = build_leaderboard(open_runs([spec.directory]))
    if as_json:
        account = {"account": describe_account(collection), "directory": str(spec.directory)}
        typer.echo(json.dumps(account | {"leaderboard": json.loads(render(board, "json"))}, indent=2))
        return
    print_board(board)
    typer.echo(f"account of every file: {os.fspath(spec.directory / ACCOUNT_FILE)}", err=True)
