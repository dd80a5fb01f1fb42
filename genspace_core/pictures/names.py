"""Names of objects as people write them beside a picture, and what a template takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from genspace_core.errors import InputError
from genspace_core.pictures.folder import read_start
from genspace_core.plugins.wording import one_line, suggest
from genspace_core.suite.categories import load_categories
from genspace_core.suite.templates import load_templates
from genspace_core.types import Task

LONGEST_NAMES: Final = 4096  # bytes of a file of names
LONGEST_PROMPT: Final = 65536  # bytes

INSERTING: Final = range(8, 20)
"""Editing templates that put B into the picture."""
_TURNING: Final = range(32, 36)  # that keep a layout of two or three objects

_MARKED: Final = re.compile(r"<([^<>]*)>")


def read_text(path: Path, most: int) -> str:
    """A small text file.

    Raises:
        InputError: it is unreadable, too long or not UTF-8; the text does not name it.
    """
    data = read_start(path, most + 1)
    if len(data) > most:
        raise InputError(f"longer than {most} bytes; it should hold a line of text")
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text; save it as UTF-8") from None


def read_names(path: Path) -> tuple[str, ...]:
    """The names in a file.

    Raises:
        InputError: as `read_text` and `parse_names`.
    """
    return parse_names(read_text(path, LONGEST_NAMES))


def parse_names(text: str) -> tuple[str, ...]:
    """Names in order from "<man> <cat>", "man, cat", "man; cat" or one a line.

    Those of the benchmark's categories are given as it spells them.

    Raises:
        InputError: there are none, or what stands there cannot be one.
    """
    if "<" in text or ">" in text:
        parts = _MARKED.findall(text)
        if _MARKED.sub("", text).strip(" \t\r\n,;"):
            raise InputError(f'"{_short(text)}" mixes marked and other words; write <man> <cat>')
    else:
        parts = re.split(r"[,;\r\n]", text)
    return clean_names(parts)


def clean_names(parts: Iterable[str]) -> tuple[str, ...]:
    """Names without surplus white space and blank ones, categories as the benchmark spells them.

    Raises:
        InputError: as `parse_names`.
    """
    names = tuple(" ".join(part.split()) for part in parts if part.strip())
    if not names:
        raise InputError("names no object; write the names in order, as <man> <cat>")
    for name in names:
        if not name.isprintable():
            raise InputError(f"{_short(name)!a} is no name; write the names in order, as <man> <cat>")
    return tuple(_spelling().get(name.casefold(), name) for name in names)


def strangers(names: Iterable[str]) -> list[str]:
    """A line for every name that is none of the benchmark's categories, to be used all the same."""
    known = _spelling()
    return [
        f'"{_short(name)}" is none of the benchmark\'s categories, and is looked for as it stands'
        f"{suggest(name, known)}"
        for name in dict.fromkeys(names)
        if name not in known
    ]


def same_names(names: Iterable[str], objects: Iterable[str]) -> bool:
    """Whether both are the same names in the same order; case does not count."""
    return [n.casefold() for n in names] == [o.casefold() for o in objects]


def check_fit(task: Task, template: int, names: tuple[str, ...]) -> None:
    """Make sure that a template takes these names.

    Raises:
        InputError: it does not.
    """
    second = load_templates("t2i")[template].second if task == "t2i" else ""
    allowed: tuple[int, ...] = (2,) if second else (1,)
    if task == "edit":
        allowed = (2, 3) if template in _TURNING else (2,) if template in INSERTING else (1,)
    given = ", ".join(names)
    if len(names) not in allowed:
        counts = " or ".join(map(str, allowed))
        raise InputError(
            f"template {task}/{template} asks about {counts} object{'' if allowed == (1,) else 's'}, "
            f"and {len(names)} {'is' if len(names) == 1 else 'are'} named ({_short(given)})"
        )
    if second == "same" and len(set(names)) > 1:
        raise InputError(
            f"template {task}/{template} compares two objects of one name, and {_short(given)} are two"
        )


@cache
def _spelling() -> dict[str, str]:
    return {category.name.casefold(): category.name for category in load_categories()}


def _short(text: str) -> str:
    return one_line(text, 60)
