"""A manifest: a table that says which picture answers which question.

A row has `image`, a path, absolute or relative to the manifest, and either the `id` of a suite's sample or
`template` (14, "t2i/14", "edit/14") and `names` (a list, "<man> <cat>", "man, cat"). It may have `task`,
`prompt`, `source` (the picture before an edit), `targets` ({"distance": 1.5}) and `bystanders` (names).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection as Names
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from genspace_core.errors import InputError
from genspace_core.pictures.account import Account
from genspace_core.pictures.folder import link_refusal, picture_kind, use_picture, walk
from genspace_core.pictures.found import Collection, Found
from genspace_core.pictures.manifest_row import Cells, own_sample, suites_sample
from genspace_core.pictures.names import strangers
from genspace_core.pictures.questions import Questions
from genspace_core.pictures.sources import suite_source
from genspace_core.plugins.wording import listing
from genspace_core.suite.cells import refused
from genspace_core.tables.opening import open_table
from genspace_core.tables.showing import shown
from genspace_core.tables.table import TableRow, each_once
from genspace_core.types import Sample, Suite, Task

COLUMNS: Final = ("image", "id", "task", "template", "names", "prompt", "source", "targets", "bystanders")

_FILES: Final = ("image", "source")


def read_manifest(account: Account, manifest: Path, suite: Suite | None, *, whole: bool) -> Collection:
    """Place the pictures that a manifest names.

    Args:
        account: of the folder that the manifest is in.
        manifest: the file.
        suite: what its ids mean; None where its rows tell the questions themselves.
        whole: also give account of the folder's files that it does not name.

    Raises:
        InputError: it cannot be read, or lacks columns.
        PluginError: it is Parquet, and pyarrow is not installed.
    """
    if whole:
        walk(account)
    account.see(manifest.name)
    account.use(manifest.name)
    table = open_table(manifest)
    columns = {column: column.strip().lower() for column in table.columns}
    known = {column: name for column, name in columns.items() if name in COLUMNS}
    each_once(known.values(), table.label)
    _check_columns(manifest, columns.values(), suite)
    if strange := set(columns.values()) - set(COLUMNS):
        account.note(manifest.name, f"columns that mean nothing here, and are ignored: {listing(strange)}")
    reader = _Reader(account, manifest.name, suite)
    found = [placed for row in table.rows(known) if (placed := reader.place(row, _cells(row, known)))]
    return account.close("manifest", found, f"not named in {manifest.name}, so it is not read")


def _check_columns(manifest: Path, columns: Names[str], suite: Suite | None) -> None:
    told = {"template", "names"} <= set(columns)
    if "image" not in columns or not (told or "id" in columns):
        raise InputError(
            f'{manifest}: needs the columns "image" and "id", or "image", "template" and "names"; '
            f"it has: {', '.join(columns) or 'none'}"
        )
    if suite is None and not told:
        raise InputError(
            f'{manifest}: names its samples by "id" alone, so say of which suite they are: --suite NAME'
        )


def _cells(row: TableRow, known: Mapping[str, str]) -> Cells:
    """What a row says, by the columns' meaning; blank cells are left out."""
    texts = {known[column]: value for column, value in row.cells.items() if column in known}
    cells = {name: cell.strip() if isinstance(cell, str) else cell for name, cell in texts.items()}
    return {name: cell for name, cell in cells.items() if cell not in (None, "", [], {})}


class _Reader:
    def __init__(self, account: Account, name: str, suite: Suite | None) -> None:
        self.account, self.name, self.suite = account, name, suite
        self.inside = os.path.realpath(account.root)
        self.questions = None if suite is None else Questions(suite)
        self.own: dict[str, Sample] = {}
        self.numbers: Counter[tuple[Task, int]] = Counter()
        self.indices: Counter[str] = Counter()

    def place(self, row: TableRow, cells: Cells) -> Found | None:
        """The picture of a row; None, with a remark, where it is left out."""
        place = f"{self.name}:{row.number}"
        if row.fault:
            self.account.complain(place, row.fault)
            return None
        try:
            return self._found(cells, place)
        except (InputError, ValueError) as error:  # ValueError: of a cell that says nothing
            self.account.complain(place, str(error))
        for column in _FILES:
            file = self._existing(cells.get(column))
            if file is not None:
                self.account.leave(file, f"left out with {place}")
        return None

    def _found(self, cells: Cells, place: str) -> Found:
        """The picture of a row with its question.

        Raises:
            InputError, ValueError: it is left out; the text says why.
        """
        # Everything that is asked comes first, so that a sample's number does not hang on its files.
        if self.questions is None:
            sample = own_sample(cells, self.numbers)
        else:
            sample = suites_sample(cells, self.questions)
        image = self._file(cells, "image")
        given = self._file(cells, "source") if sample.task == "edit" and "source" in cells else None
        source: Path | None = None
        if sample.task == "edit":
            source = suite_source(self.suite, sample) if given is None else self._path(given)
        if self.suite is None:
            if self.own.setdefault(sample.id, sample) != sample:
                raise InputError(f"an earlier row asks something else by the id {sample.id}; give it another")
            for text in strangers((*sample.objects, *sample.bystanders)):
                self.account.note(place, text)
        if sample.task == "t2i" and "source" in cells:
            self.account.note(place, "has a source picture, which a t2i question does not use")
        use_picture(self.account, image)
        if given is not None:
            use_picture(self.account, given)
        index = self.indices[sample.id]
        self.indices[sample.id] += 1
        return Found(sample=sample, image=self._path(image), image_index=index, source=source)

    def _existing(self, cell: Any) -> str | None:
        """The file in a cell, as the account calls it; None where there is none."""
        if not isinstance(cell, str):
            return None
        path = os.path.normpath(self.account.root / cell)
        if not os.path.isfile(path):  # noqa: PTH113  (pathlib's own trips over names that are too long)
            return None
        within = Path(path).is_relative_to(self.account.root)
        file = Path(path).relative_to(self.account.root).as_posix() if within else path
        self.account.see(file)
        return file

    def _file(self, cells: Cells, column: str) -> str:
        """The picture in a cell, as the account calls it.

        Raises:
            InputError: there is none, or it must not be read, or is no picture.
        """
        cell = cells.get(column)
        file = self._existing(cell)
        if not isinstance(cell, str):
            raise InputError(refused(column, cell, "the path of a picture"))
        if file is None:
            raise InputError(f"{column} {shown(cell)}: no such file; paths start from the manifest's folder")
        try:
            self._check(file)
        except InputError as error:
            self.account.leave(file, str(error))
            raise InputError(f"{column} {shown(cell)}: {error}") from None
        return file

    def _check(self, file: str) -> None:
        """Make sure that a file may be read, and is a picture.

        Raises:
            InputError: as `_file`; the text does not name the file.
        """
        outside = Path(file).is_absolute()  # then the manifest says so itself, and no link does
        refusal = "" if outside else link_refusal(str(self._path(file)), self.inside)
        if refusal:
            raise InputError(refusal)
        picture_kind(self._path(file))

    def _path(self, file: str) -> Path:
        return self.account.root / file
