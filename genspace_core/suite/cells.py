"""What a cell of a table says, in the several ways in which people write it.

What cannot be read is given back as it is, for the check of the whole sample to refuse it in its words.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast, get_args

from genspace_core.suite.subdomains import TEMPLATE_COUNT
from genspace_core.types import Task

_MARK: Final = re.compile(r"<([^<>]+)>")
_TEMPLATE: Final = re.compile(r"(?:(t2i|edit)/)?([0-9]{1,2})(?:\.0)?")

TEMPLATE_ALLOWED: Final = (
    f'a whole number from 0 to {TEMPLATE_COUNT - 1}, or a text like "t2i/14" or "edit/14"'
)


def template_of(cell: Any) -> tuple[Task | None, int]:
    """A template's number, and its task where the cell says that too: 14, 14.0, "14", "edit/14".

    Raises:
        ValueError: it is none of these.
    """
    # A column of numbers with a gap somewhere is one of floats: 14.0.
    readable = isinstance(cell, int | float | str) and not isinstance(cell, bool)
    found = _TEMPLATE.fullmatch(str(cell).strip()) if readable else None
    if found is None or int(found[2]) >= TEMPLATE_COUNT:
        raise ValueError(TEMPLATE_ALLOWED)
    return cast("Task | None", found[1]), int(found[2])


def marked_names(prompt: Any) -> list[str]:
    """The names that a prompt marks, "<dog>", each once, in order of appearance."""
    return list(dict.fromkeys(_MARK.findall(prompt))) if isinstance(prompt, str) else []


def names_of(cell: Any) -> Any:
    """A list of names: a list, a list as JSON, "<dog> <chair>", "dog; chair" or "dog, chair"."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if text.startswith("["):
        return _list(text)
    if _MARK.search(text):
        return _MARK.findall(text)
    separator = ";" if ";" in text else ","
    return [name.strip() for name in text.split(separator)]


def targets_of(cell: Any) -> Any:
    """Amounts by name: an object, or one as JSON text."""
    if isinstance(cell, str):
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    if isinstance(cell, Mapping):  # Parquet gives every row the names of all
        return {name: value for name, value in cell.items() if value is not None}
    return cell


def id_of(cell: Any) -> Any:
    """An id; whole numbers are some."""
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


def is_task(cell: Any) -> bool:
    """Whether a cell is the name of a task."""
    return isinstance(cell, str) and cell in get_args(Task)


def _list(text: str) -> Any:
    """A list as JSON, or as Python writes it (pandas does so in CSV)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
