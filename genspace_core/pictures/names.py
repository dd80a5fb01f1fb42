"""Names of objects as people write them beside a picture, and what a template takes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from genspace_core.errors import InputError
from genspace_core.pictures.folder import read_start
from genspace_core.plugins.wording import one_line, suggest
from genspace_core.suite.asked import misfit
from genspace_core.suite.categories import load_categories
from genspace_core.suite.cells import beside_marks, names_of
from genspace_core.tables.showing import shown
from genspace_core.types import Task

LONGEST_NAMES: Final = 4096  # bytes of a file of names
LONGEST_PROMPT: Final = 65536  # bytes

_FORM: Final = "write the names in order, as <man> <cat>"


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


def parse_names(given: Any) -> tuple[str, ...]:
    """Names in order, written in any way that `names_of` reads; a text must not mix them with other words.

    Blank ones are left out, and those of the benchmark's categories are given as it spells them.

    Raises:
        InputError: there are none, or what stands there cannot be one.
    """
    names = names_of(given)
    marked = isinstance(given, str) and not given.startswith("[") and ("<" in given or ">" in given)
    if marked and beside_marks(given):
        raise InputError(f"{shown(given)} mixes marked and other words; write <man> <cat>")
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{shown(given)} is no list of names; {_FORM}")
    clean = tuple(" ".join(name.split()) for name in names if name.strip())
    if not clean:
        raise InputError(f"names no object; {_FORM}")
    for name in clean:
        if not name.isprintable():
            raise InputError(f"{shown(name)} is no name; {_FORM}")
    return tuple(_spelling().get(name.casefold(), name) for name in clean)


def strangers(names: Iterable[str]) -> list[str]:
    """A line for every name that is none of the benchmark's categories, to be used all the same."""
    known = _spelling()
    return [
        f"{shown(name)} is none of the benchmark's categories, and is looked for as it stands"
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
    if text := misfit(names, task, template):
        are = "is" if len(names) == 1 else "are"
        given = one_line(", ".join(names), 60)
        raise InputError(f"template {task}/{template} {text}, and {len(names)} {are} named ({given})")


@cache
def _spelling() -> dict[str, str]:
    return {category.name.casefold(): category.name for category in load_categories()}
