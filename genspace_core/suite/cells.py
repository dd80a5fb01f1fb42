"""What a cell of a table says, in the several ways in which people write it.

Names and amounts that cannot be read are given back as they are, for the check of the whole row to refuse
them in its words.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast, get_args

from genspace_core.suite.subdomains import TEMPLATE_COUNT
from genspace_core.tables.showing import shown
from genspace_core.types import Task

TEMPLATE_ALLOWED: Final = (
    f'a whole number from 0 to {TEMPLATE_COUNT - 1}, or a text like "t2i/14" or "edit/14"'
)
TASK_ALLOWED: Final = '"t2i" or "edit"'
ID_ALLOWED: Final = 'letters, digits, "/", "-", "_" and "."; no part may be empty, "." or ".."'

_ID: Final = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_MARK: Final = re.compile(r"<([^<>]*)>")
_TEMPLATE: Final = re.compile(r"(?:(t2i|edit)/)?([0-9]{1,2})(?:\.0)?")


def refused(key: str, value: Any, allowed: str) -> str:
    """How the value of a key is refused, in one line."""
    return f'key "{key}" is {shown(value)}; allowed: {allowed}'


def template_of(cell: Any) -> tuple[Task | None, int]:
    """A template's number, and its task where the cell says that too: 14, 14.0, "14", "edit/14".

    Raises:
        ValueError: it is none of these.
    """
    # A column of numbers with a gap somewhere is one of floats: 14.0.
    readable = isinstance(cell, int | float | str) and not isinstance(cell, bool)
    found = _TEMPLATE.fullmatch(str(cell).strip()) if readable else None
    if found is None or int(found[2]) >= TEMPLATE_COUNT:
        raise ValueError(refused("template", cell, TEMPLATE_ALLOWED))
    return cast("Task | None", found[1]), int(found[2])


def task_of(cell: Any, others: Mapping[str, Task | None]) -> Task | None:
    """A row's task, which may be said in several places, but not in two ways.

    Args:
        cell: of the task itself; None where there is none.
        others: what else says it, by what an error calls it.

    Raises:
        ValueError: it is no task, or two places contradict each other.
    """
    if cell is not None and not (isinstance(cell, str) and cell in get_args(Task)):
        raise ValueError(refused("task", cell, TASK_ALLOWED))
    places: dict[str, Any] = {"its task": cell, **others}
    said: list[tuple[str, Task]] = [(place, task) for place, task in places.items() if task is not None]
    for place, task in said[1:]:
        if task != said[0][1]:
            raise ValueError(f'{said[0][0]} says "{said[0][1]}", but {place} says "{task}"')
    return said[0][1] if said else None


def marked_names(text: str) -> list[str]:
    """The names that a text marks, "<dog>", in order."""
    return [name for name in _MARK.findall(text) if name.strip()]


def beside_marks(text: str) -> str:
    """What a text says beside the names that it marks, without what parts them."""
    return _MARK.sub("", text).strip(" \t\r\n,;")


def names_of(cell: Any) -> Any:
    """A list of names: a list, a list as JSON, "<dog> <chair>", "dog; chair", "dog, chair", or one a line."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if text.startswith("["):
        return _list(text)
    if _MARK.search(text):
        return marked_names(text)
    return [name.strip() for name in re.split(r"[,;\r\n]", text)]


def targets_of(cell: Any) -> Any:
    """Amounts by name: an object, or one as JSON text."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    if isinstance(cell, Mapping):  # Parquet gives every row the names of all
        return {name: value for name, value in cell.items() if value is not None}
    return cell


def id_of(cell: Any) -> Any:
    """An id; whole numbers are some."""
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


def is_id(text: str) -> bool:
    """Whether a text can be a sample's id."""
    return _ID.fullmatch(text) is not None and {".", ".."}.isdisjoint(text.split("/"))


def _list(text: str) -> Any:
    """A list as JSON, or as Python writes it (pandas does so in CSV); the text if it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return text
