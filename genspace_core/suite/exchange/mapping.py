"""Which column of a table holds which key of a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Final

from genspace_core.errors import InputError
from genspace_core.plugins.wording import choices, closest, suggest
from genspace_core.tables.table import Table, TableError

SAMPLE_KEYS: Final = (
    "id",
    "task",
    "sub_domain",
    "template",
    "prompt",
    "objects",
    "targets",
    "source",
    "source_sha256",
    "bystanders",
)
KEYS: Final = (*SAMPLE_KEYS, "image", "suite", "version")
"""A sample's keys; the picture itself; and the suite's name and version, which all rows share."""

REQUIRED: Final = ("prompt", "objects", "template")

Mapped = Mapping[str, str]
"""Column by key; a key without a column is not in it. An empty name means "no column"."""


def parse_map(pairs: Iterable[str]) -> dict[str, str]:
    """What `--map KEY=COLUMN ...` says, column by key; `KEY=` gives an empty name.

    Raises:
        InputError: no "=", an unknown key, or a key twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, column = pair.partition("=")
        if not equals:
            raise InputError(f'--map {pair} is not KEY=COLUMN; e.g. --map prompt="{pair}"')
        if key not in KEYS:
            raise InputError(f'--map {pair}: unknown key "{key}" {choices(key, KEYS, "allowed")}')
        if key in found:
            raise InputError(f'--map gives two columns for "{key}"; give one')
        found[key] = column
    return found


def bind(table: Table, wanted: Mapped) -> dict[str, str]:
    """The column of each key: the one asked for, else the one of its name, if there is one.

    Args:
        table: whose columns they are.
        wanted: of `parse_map`.

    Raises:
        TableError: a column is not there, or a key that every sample needs has none; its details show
            the columns.
    """
    columns = dict.fromkeys(table.columns)
    if wanted.get("objects") == "prompt" not in columns:  # the names that the prompts mark
        wanted = {**wanted, "objects": wanted.get("prompt", "prompt")}
    for key, column in wanted.items():
        if column and column not in columns:
            raise TableError(
                f'{table.label} has no column "{column}" (--map {key}={column}){suggest(column, columns)}',
                _help(table, wanted),
            )
    bound = dict(wanted)
    for key in KEYS:
        # `--map image=source` says that the column "source" holds no paths.
        if key in REQUIRED or key not in wanted.values():
            bound.setdefault(key, key)
    bound = {key: column for key, column in bound.items() if column and column in columns}
    missing = [key for key in REQUIRED if key not in bound]
    if missing:
        keys = " or ".join(f'"{key}"' for key in missing)
        options = " ".join(f"--map {key}=COLUMN" for key in missing)
        marks = " (or objects=prompt, where prompts mark <names>)" if "objects" in missing else ""
        raise TableError(
            f"{table.label} has no column {keys}; say which to take: {options}{marks}",
            _help(table, wanted),
        )
    return bound


def _help(table: Table, wanted: Mapped) -> list[str]:
    """What is there, and a command that may do."""
    columns = table.describe()
    width = max((len(column.name) for column in columns), default=0)
    wide = max((len(column.type) for column in columns), default=0)
    rows = "" if table.count is None else f" ({table.count} rows)"
    return [
        f"columns of {table.label}{rows}:",
        *(f"  {c.name:<{width}}  {c.type:<{wide}}  {c.example}".rstrip() for c in columns),
        f"example: {_example(table, wanted)}",
    ]


def _example(table: Table, wanted: Mapped) -> str:
    """The command with a column for every key that needs one, guessed where a name comes close."""
    picture = [key for key in ("image",) if key in wanted]
    options = []
    for key in (*REQUIRED, *picture):
        asked = wanted.get(key, key)
        if asked in table.columns and key not in wanted:
            continue
        guess = asked if asked in table.columns else closest(asked, table.columns) or "COLUMN"
        options.append(f"--map {key}={quote(guess)}")
    return " ".join(["genspace suite import", quote(table.label), "--out OUT", *options])
