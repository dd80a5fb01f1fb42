"""A manifest: a table that says which picture answers which question.

A row has `image`, a path, absolute or relative to the manifest, and either the `id` of a suite's sample or
`template` (14, "t2i/14", "edit/14") and `names` (a list, "<man> <cat>", "man, cat"). It may have `task`,
`prompt`, `source` (the picture before an edit), `targets` ({"distance": 1.5}) and `bystanders` (names).
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections import Counter
from collections.abc import Collection as Names
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Final, cast, get_args

from genspace_core.errors import InputError
from genspace_core.pictures.account import Account
from genspace_core.pictures.folder import link_refusal, misnamed, picture_kind, walk
from genspace_core.pictures.found import Collection, Found
from genspace_core.pictures.names import check_fit, clean_names, parse_names, same_names, strangers
from genspace_core.pictures.rows import Row, read_rows
from genspace_core.pictures.sources import suite_source
from genspace_core.plugins.wording import listing, one_line
from genspace_core.suite.subdomains import TEMPLATE_COUNT, sub_domain_of
from genspace_core.suite.templates import load_templates
from genspace_core.types import Sample, Suite, Task

COLUMNS: Final = ("image", "id", "task", "template", "names", "prompt", "source", "targets", "bystanders")

_FILES: Final = ("image", "source")
_ID: Final = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_TEMPLATE: Final = re.compile(r"(?:(t2i|edit)/)?([0-9]{1,2})(?:\.0)?")  # floats where a column has gaps


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
    columns, rows = read_rows(manifest, COLUMNS)
    _check_columns(manifest, columns, suite)
    strange = [name for name in columns if name not in COLUMNS]
    if strange:
        account.note(manifest.name, f"columns that mean nothing here, and are ignored: {listing(strange)}")
    reader = _Reader(account, manifest.name, suite)
    found = [placed for row in rows if (placed := reader.place(row))]
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


class _Reader:
    def __init__(self, account: Account, name: str, suite: Suite | None) -> None:
        self.account, self.name, self.suite = account, name, suite
        self.inside = os.path.realpath(account.root)
        self.samples = {sample.id: sample for sample in suite or ()}
        self.by_names: dict[tuple[Task, int, tuple[str, ...]], list[Sample]] = {}
        for sample in suite or ():
            self.by_names.setdefault(_key(sample.task, sample.template, sample.objects), []).append(sample)
        self.numbers: Counter[tuple[Task, int]] = Counter()
        self.indices: Counter[str] = Counter()

    def place(self, row: Row) -> Found | None:
        """The picture of a row; None, with a remark, where it is left out."""
        place = f"{self.name}:{row.number}"
        try:
            return self._found(row, place)
        except InputError as error:
            self.account.complain(place, str(error))
        for column in _FILES:
            file = self._existing(row.cells.get(column))
            if file is not None:
                self.account.leave(file, f"left out with {place}")
        return None

    def _found(self, row: Row, place: str) -> Found:
        """The picture of a row with its question.

        Raises:
            InputError: it is left out; the text says why.
        """
        if row.fault:
            raise InputError(row.fault)
        cells = row.cells
        # Everything that is asked comes first, so that a sample's number does not hang on its files.
        sample = self._own(cells) if self.suite is None else self._suites(cells)
        image = self._file(cells, "image")
        given = self._file(cells, "source") if sample.task == "edit" and "source" in cells else None
        source: Path | None = None
        if sample.task == "edit":
            source = suite_source(self.suite, sample) if given is None else self._path(given)
        if self.suite is None:
            known = self.samples.setdefault(sample.id, sample)
            if known != sample:
                raise InputError(f"an earlier row asks something else by the id {sample.id}; give it another")
            for text in strangers((*sample.objects, *sample.bystanders)):
                self.account.note(place, text)
        if sample.task == "t2i" and "source" in cells:
            self.account.note(place, "has a source picture, which a t2i question does not use")
        self._use(image)
        if given is not None:
            self._use(given)
        index = self.indices[sample.id]
        self.indices[sample.id] += 1
        return Found(sample=sample, image=self._path(image), image_index=index, source=source)

    # --- the question -------------------------------------------------------------------------------

    def _suites(self, cells: Mapping[str, Any]) -> Sample:
        """The suite's sample that a row means."""
        assert self.suite is not None
        names = _names(cells, "names") if "names" in cells else None
        task, template = _template(cells) if "template" in cells else (None, None)
        if "id" in cells:
            sample = self.samples.get(str(cells["id"]))
            if sample is None:
                raise InputError(f'suite "{self.suite.name}" has no sample {_short(cells["id"])}')
        elif names is None or template is None:
            raise InputError('needs "id", or "template" and "names"')
        else:
            sample = self._matching(task or "t2i", template, names, cells.get("prompt"))
        if names is not None and not same_names(names, sample.objects):
            raise InputError(
                f"names {', '.join(names)}, and {sample.id} of the suite "
                f"asks about {', '.join(sample.objects)}"
            )
        if template not in (None, sample.template) or task not in (None, sample.task):
            raise InputError(
                f"says {task or sample.task}/{template}, and {sample.id} of the suite is of template "
                f"{sample.task}/{sample.template}"
            )
        return sample

    def _matching(self, task: Task, template: int, names: tuple[str, ...], prompt: Any) -> Sample:
        assert self.suite is not None
        samples = self.by_names.get(_key(task, template, names), [])
        if len(samples) > 1 and isinstance(prompt, str):
            samples = [sample for sample in samples if sample.prompt.split() == prompt.split()]
        if len(samples) != 1:
            count = f"{len(samples)} samples" if samples else "no sample"
            raise InputError(
                f'suite "{self.suite.name}" has {count} of {task}/{template} with {", ".join(names)}; '
                f'name the one meant by "id"'
            )
        return samples[0]

    def _own(self, cells: Mapping[str, Any]) -> Sample:
        """The sample that a row itself describes."""
        if "template" not in cells or "names" not in cells:
            raise InputError('needs "template" and "names"')
        task, template = _template(cells)
        task = task or ("edit" if "source" in cells else "t2i")
        number = self.numbers[task, template]
        self.numbers[task, template] += 1
        names = _names(cells, "names")
        check_fit(task, template, names)
        bystanders = _names(cells, "bystanders") if "bystanders" in cells else ()
        both = set(names) & set(bystanders)
        if both:
            raise InputError(f'"{min(both)}" is among its names and its bystanders; keep one')
        prompt = cells.get("prompt", "")
        if not isinstance(prompt, str):
            raise InputError(f'"prompt" is {_short(prompt)}; it takes a text')
        source = cells.get("source") if task == "edit" else None
        return Sample(
            id=_id(cells["id"]) if "id" in cells else f"{task}/{template}/{number:02d}",
            task=task,
            sub_domain=sub_domain_of(template),
            template=template,
            prompt=prompt,
            objects=names,
            targets=_targets(cells.get("targets"), task, template),
            source=source if isinstance(source, str) else None,
            bystanders=bystanders,
        )

    # --- its files ----------------------------------------------------------------------------------

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

    def _file(self, cells: Mapping[str, Any], column: str) -> str:
        """The picture in a cell, as the account calls it.

        Raises:
            InputError: there is none, or it must not be read, or is no picture.
        """
        cell = cells.get(column)
        file = self._existing(cell)
        if not isinstance(cell, str):
            raise InputError(f'"{column}" is {_short(cell)}; it takes the path of a picture')
        if file is None:
            raise InputError(f"{column} {_short(cell)}: no such file; paths start from the manifest's folder")
        try:
            self._check(file)
        except InputError as error:
            self.account.leave(file, str(error))
            raise InputError(f"{column} {_short(cell)}: {error}") from None
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

    def _use(self, file: str) -> None:
        self.account.use(file)
        text = misnamed(file, picture_kind(self._path(file)))
        if text:
            self.account.note(file, text)

    def _path(self, file: str) -> Path:
        return self.account.root / file


# --- cells -------------------------------------------------------------------------------------------


def _template(cells: Mapping[str, Any]) -> tuple[Task | None, int]:
    """The task, where the row tells it, and the template."""
    cell, task = cells["template"], cells.get("task")
    readable = isinstance(cell, int | float | str) and not isinstance(cell, bool)
    match = _TEMPLATE.fullmatch(str(cell)) if readable else None
    if match is None or int(match[2]) >= TEMPLATE_COUNT:
        raise InputError(
            f'"template" is {_short(cell)}; it takes 0 to {TEMPLATE_COUNT - 1}, "t2i/14" or "edit/14"'
        )
    if task is not None and task not in get_args(Task):
        raise InputError(f'"task" is {_short(task)}; it takes "t2i" or "edit"')
    if task is not None and match[1] not in (None, task):
        raise InputError(f'"task" is "{task}" and "template" {_short(cell)}; make them agree')
    return cast("Task | None", task or match[1]), int(match[2])


def _names(cells: Mapping[str, Any], column: str) -> tuple[str, ...]:
    cell = cells[column]
    if isinstance(cell, str) and cell.startswith("["):
        cell = _list(cell)
    if isinstance(cell, str):
        return parse_names(cell)
    if not isinstance(cell, list | tuple) or not all(isinstance(name, str) for name in cell):
        raise InputError(f'"{column}" is {_short(cells[column])}; it takes a list of names, or "<man> <cat>"')
    return clean_names(cell)


def _list(text: str) -> Any:
    """A list as JSON or as Python writes it (pandas does, in CSV); the text itself if it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    raise InputError(f"{_short(text)} is no list of names; write <man> <cat>")


def _id(cell: Any) -> str:
    text = str(cell)
    if not _ID.fullmatch(text) or {".", ".."} & set(text.split("/")):
        raise InputError(f'"id" is {_short(cell)}; it takes letters, digits, "/", "-", "_" and "."')
    return text


def _targets(cell: Any, task: Task, template: int) -> dict[str, float]:
    """The amounts asked for, by name."""
    given = cell
    if isinstance(cell, str):
        try:
            given = json.loads(cell)
        except (ValueError, RecursionError):
            given = None
    amounts = {k: v for k, v in given.items() if v is not None} if isinstance(given, Mapping) else None
    if cell is None or amounts == {}:
        return {}
    if amounts is None or not all(_is_amount(value) for value in amounts.values()):
        raise InputError(f'"targets" is {_short(cell)}; it takes finite numbers by name, {{"distance": 1.5}}')
    if task == "t2i":
        known = load_templates("t2i")[template].targets
        strange = sorted(amounts.keys() - known.keys())
        if strange:
            raise InputError(f'"targets" has "{strange[0]}"; t2i/{template} takes {listing(known)}')
    return {name: float(value) for name, value in amounts.items()}


def _is_amount(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    except OverflowError:  # an integer beyond any float
        return False


def _key(task: Task, template: int, names: tuple[str, ...]) -> tuple[Task, int, tuple[str, ...]]:
    return task, template, tuple(name.casefold() for name in names)


def _short(value: Any) -> str:
    return one_line(json.dumps(value, ensure_ascii=False, default=str), 60)
