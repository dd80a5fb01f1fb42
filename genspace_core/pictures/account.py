"""The account of a folder: no file is passed over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from genspace_core.errors import InputError
from genspace_core.pictures.found import Collection, Found, Layout, Remark
from genspace_core.plugins.wording import one_line
from genspace_core.types import Task


class Account:
    """Keeps which files were seen, which were used, and what there is to say of the others."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: set[str] = set()
        self._used: set[str] = set()
        self._left: dict[str, str] = {}
        self._notes: dict[tuple[str, str], bool] = {}  # (place, text) -> placed; in order, each once

    def see(self, file: str) -> None:
        """Count a file, named by its path relative to the folder."""
        self._seen.add(file)

    def use(self, *files: str) -> None:
        """These played a part. It outweighs `leave`: what serves one sample may be no good to another."""
        self._used.update(files)

    def leave(self, file: str, why: str) -> None:
        """A file is left out. The first reason is the one told."""
        self._left.setdefault(file, why)

    def note(self, file: str, text: str) -> None:
        """Something to know of a file that is used all the same; not told if it is left out in the end."""
        self._notes[file, text] = True

    def complain(self, place: str, text: str) -> None:
        """Something that is left out and is no file itself: a row, a folder."""
        self._notes[place, text] = False

    def close(self, layout: Layout, found: Iterable[Found], rest: str) -> Collection:
        """The account; `rest` is what is said of files that nobody asked for."""
        unused = self._seen - self._used
        remarks = [_remark(file, self._left.get(file, rest), placed=False) for file in unused]
        remarks += [
            _remark(place, text, placed=placed)
            for (place, text), placed in self._notes.items()
            if place not in unused
        ]
        return Collection(
            layout=layout,
            root=self.root,
            found=tuple(sorted(found, key=_order)),
            remarks=tuple(sorted(remarks, key=lambda remark: (natural(remark.path), remark.text))),
            files=len(self._seen),
            used=len(self._used & self._seen),
        )


def _order(found: Found) -> tuple[object, ...]:
    sample = found.sample
    return get_args(Task).index(sample.task), sample.template, natural(sample.id), found.image_index


def _remark(place: str, text: str, *, placed: bool) -> Remark:
    return Remark(path=shown(place), text=shown(one_line(text)), placed=placed)


def natural(text: str) -> tuple[object, ...]:
    """A key that sorts "2" before "10"."""
    parts = re.split(r"([0-9]+)", text)
    return (*(int(part) if at % 2 else part for at, part in enumerate(parts)), text)


def shown(text: str) -> str:
    """A text that fits a line of any terminal: what cannot be printed is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def reason(error: InputError | OSError | ValueError) -> str:
    """An error as the end of a sentence."""
    return str(getattr(error, "strerror", None) or error)
