"""`genspace doctor`: does this installation work? Told in plain words, by really using it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

RIG_MIN_SCORE = 0.99
SIDE_AND_BACK = frozenset({1, 2, 3, 5, 6, 7, 33, 34, 35})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: whether it works, what was seen, and what to do if not."""

    what: str
    works: bool
    seen: str
    fix: str = ""


def doctor(
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check this installation by using it: plugins, suite, and the built-in calibration rig.

    The rig draws scenes whose truth is known, rebuilds them from the pixels and scores them: a model
    that does as asked must score 100, one that always draws the front view must fail side views.
    """
    findings = []
    for check in (_environment, _plugins, _suite, _rig):
        for finding in _guarded(check):
            findings.append(finding)
            if not json_output:
                typer.echo(f"{'ok  ' if finding.works else 'FAIL'}  {finding.what}: {finding.seen}")
                if finding.fix:
                    typer.echo(f"      -> {finding.fix}")
    works = all(finding.works for finding in findings)
    if json_output:
        typer.echo(json.dumps({"works": works, "findings": [asdict(f) for f in findings]}, indent=2))
    elif works:
        typer.echo("Everything works. Next: genspace run -g perfect -g frontal --per-template 2")
    if not works:
        raise typer.Exit(1)


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check that raises is a finding too; the others still run."""
    from genspace_core.errors import GenSpaceError

    try:
        yield from check()
    except GenSpaceError as error:
        yield Finding(check.__name__.strip("_").replace("_", " "), False, str(error))


def _environment() -> Iterator[Finding]:
    import platform

    from genspace_core import __version__
    from genspace_core.run.processes import default_workers

    seen = f"GenSpace {__version__}, Python {platform.python_version()}, {default_workers()} cores"
    yield Finding("installation", True, seen)


def _plugins() -> Iterator[Finding]:
    from genspace_core.plugins.catalogue import check_tables
    from genspace_core.plugins.registry import check_plugins

    rows = check_plugins()
    bad = [row for row in rows if row.status != "ok"]
    yield Finding("plugins", True, f"{len(rows) - len(bad)} of {len(rows)} installed plugins can be used")
    for row in bad:
        yield Finding(f"plugin {row.name} ({row.package})", False, row.cause or row.status, row.fix or "")
    tables = check_tables(rows, None, None)
    ready = [table for table in tables if table.status == "ok"]
    yield Finding(
        "plugins.toml", True, f"{len(ready)} of {len(tables)} named configurations are ready to use"
    )
    for table in tables:
        if table.status == "broken":  # one whose package is not installed is no fault
            where = f"plugins.toml, {table.group}.{table.name}"
            yield Finding(where, False, table.cause or table.status, table.fix or "")


def _suite() -> Iterator[Finding]:
    from genspace_core.suite.io import load_suite

    suite = load_suite("genspace-t2i")
    yield Finding(
        "suite", True, f"{suite.name} {suite.version}, {len(suite)} prompts, digest {suite.digest[:12]}"
    )


def _rig() -> Iterator[Finding]:
    from genspace_core.plugins.registry import list_plugins

    if "blockworld" not in {row.name for row in list_plugins("generators")}:
        yield Finding(
            "calibration rig",
            False,
            "the blockworld adapter is not installed",
            "pip install genspace-adapter-blockworld",
        )
        return
    scores = _rig_scores("perfect")
    mean = sum(scores.values()) / len(scores)
    works = mean >= RIG_MIN_SCORE
    fix = (
        ""
        if works
        else f"templates below 1: {sorted(t for t, v in scores.items() if v < 1)}; please report this"
    )
    seen = (
        f"a model that does as asked scores {100 * mean:.1f} over all {len(scores)} questions (100 expected)"
    )
    yield Finding("calibration rig, perfect", works, seen, fix)
    scores = _rig_scores("frontal", SIDE_AND_BACK)
    mean = sum(scores.values()) / len(scores)
    seen = f"a model that only draws front views scores {100 * mean:.1f} on side and back views (0 expected)"
    yield Finding("calibration rig, frontal", mean <= 1 - RIG_MIN_SCORE, seen)


def _rig_scores(model: str, templates: frozenset[int] | None = None) -> dict[int, float]:
    """Score by template of one blockworld model, one prompt each, through the whole run engine."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from genspace_core.plugins.config import resolve
    from genspace_core.run.engine import Observer, execute
    from genspace_core.run.plan import RunSpec
    from genspace_core.run.reader import StoredRun
    from genspace_core.suite.io import load_suite
    from genspace_core.suite.selection import subset

    with TemporaryDirectory(prefix="genspace-doctor-") as folder:
        spec = RunSpec(
            directory=Path(folder),
            suite=subset(load_suite("genspace-t2i"), per_template=1, templates=templates),
            generator=resolve("generators", "blockworld", overrides={"model": model}),
            reconstructor=resolve("reconstructors", "fiducial"),
            metrics=(resolve("metrics", "spatial"),),
        )
        execute(spec, resolve("executors", "local").build(), Observer())
        results = list(StoredRun(spec.directory))
    return {r.sample.template: r.scores["spatial"].value if r.scores else 0.0 for r in results}
