"""One row of a table of prompts -> a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genspace_core.errors import InputError
from genspace_core.images import check_image, image_digest, image_suffix, read_bytes
from genspace_core.suite.asked import completed, default_targets
from genspace_core.suite.cells import (
    id_of,
    marked_names,
    names_of,
    refused,
    targets_of,
    task_of,
    template_of,
)
from genspace_core.suite.exchange.folder import Pictures
from genspace_core.suite.exchange.mapping import Mapped
from genspace_core.suite.io import SOURCES
from genspace_core.suite.subdomains import sub_domain_of
from genspace_core.tables.showing import shown
from genspace_core.tables.table import Table, TableRow
from genspace_core.types import Sample, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user says about a table.

    Attributes:
        columns: column by key, as `parse_map` gives it.
        task: of the rows that do not say their own.
        name: of the suite; None for the table's own, or that of its file.
        version: of the suite; None for the table's own, or "1".
    """

    columns: Mapped = field(default_factory=dict)
    task: Task | None = None
    name: str | None = None
    version: str | None = None


class RowReader:
    """Rows of a table -> samples."""

    def __init__(self, table: Table, bound: Mapped, wanted: Wanted, pictures: Pictures | None) -> None:
        self._table, self._bound, self._wanted, self._pictures = table, bound, wanted, pictures
        self._counts: Counter[tuple[Task, int]] = Counter()
        self._stated: dict[str, str] = {}
        # An exported suite says of every picture whether its sha256 is known: nothing to add to that.
        self._frozen = bool(table.header) or "source_sha256" in bound

    def stated(self, key: str) -> str | None:
        """The suite's name or version as the table has it."""
        return self._table.header.get(key) or self._stated.get(key)

    def sample(self, row: TableRow) -> Sample:
        """The sample in a row.

        Raises:
            ValueError: what is wrong with it.
            InputError: what is wrong with all of them.
        """
        if row.fault:
            raise ValueError(row.fault)
        cells = {key: row.cells.get(column) for key, column in self._bound.items()}
        for key in ("suite", "version"):
            self._note(key, cells.pop(key, None))
        stated, template = template_of(cells["template"])
        said = task_of(cells.get("task"), {"its template": stated, "--task": self._wanted.task})
        task: Task = said or ("edit" if "image" in self._bound else "t2i")
        count = self._counts[task, template]
        self._counts[task, template] += 1
        given = {
            "id": cells.get("id"),
            "task": task,
            "template": template,
            "sub_domain": cells.get("sub_domain"),
            "prompt": cells["prompt"],
            "objects": self._objects(cells, task, template),
            "targets": targets_of(cells.get("targets")),
            "bystanders": names_of(cells.get("bystanders")),
            "source": cells.get("source"),
            "source_sha256": cells.get("source_sha256"),
        }
        defaults = {
            "id": f"{task}/{template}/{count:02d}",
            "sub_domain": sub_domain_of(template),
            "targets": default_targets(task, template),
            "bystanders": [],
        }
        given |= {key: value for key, value in defaults.items() if given[key] is None}
        given["id"] = id_of(given["id"])
        if task == "t2i":
            return _checked(given)
        return self._with_picture(given, cells.get("image"), f"{SOURCES}/{template}/{count:02d}")

    def _note(self, key: str, value: Any) -> None:
        """Remember the name or version that a row states, and that all state the same."""
        option = {"suite": "name", "version": "version"}[key]
        if value is None or getattr(self._wanted, option) is not None or self._table.header:
            return
        text = str(value)
        if self._stated.setdefault(key, text) != text:
            raise InputError(
                f'{self._table.label}: column "{self._bound[key]}" holds {shown(self._stated[key])} and '
                f"{shown(text)}, so it is not the suite's {option}; give that with --{option}"
            )

    def _objects(self, cells: Mapping[str, Any], task: Task, template: int) -> Any:
        prompt = cells["prompt"]
        if self._bound["objects"] != self._bound["prompt"]:
            names = names_of(cells["objects"])
        else:  # each once, however often the prompt says it
            names = list(dict.fromkeys(marked_names(prompt))) if isinstance(prompt, str) else []
            if not names and isinstance(prompt, str):
                raise ValueError(f"the prompt {shown(prompt)} marks no object; mark them like <dog>")
        return completed(names, task, template) if isinstance(names, list) else names

    def _with_picture(self, given: dict[str, Any], image: Any, default: str) -> Sample:
        """An edit's sample; its source picture is checked and written."""
        data = self._picture(image, given["source"])
        if data is None or self._pictures is None:
            return _checked(given)
        digest = image_digest(data)
        if given["source"] is None:
            given["source"] = self._pictures.place_for(digest, default + image_suffix(data))
        if given["source_sha256"] is None and not self._frozen:
            given["source_sha256"] = digest
        sample = _checked(given)
        if sample.source_sha256 not in (None, digest):
            raise ValueError(
                f'key "source_sha256" is {shown(sample.source_sha256)}; its picture has {digest}'
            )
        try:
            self._pictures.add(data, digest, str(sample.source))
        except ValueError as error:
            raise ValueError(f'key "source" is {shown(sample.source)}; {error}') from None
        return sample

    def _picture(self, image: Any, source: Any) -> bytes | None:
        """The picture's bytes: out of the table, or out of the file that it names."""
        if "image" in self._bound:
            if self._pictures is None:
                raise InputError(
                    f'{self._table.label} has source pictures (column "{self._bound["image"]}"), which need '
                    f"a folder: --out FOLDER; or leave them out: --map image="
                )
            data = image.get("bytes") if isinstance(image, Mapping) else image
            path = image.get("path") if isinstance(image, Mapping) and data is None else data
            if isinstance(data, bytes):
                return _whole(data, 'key "image"')
            if not isinstance(path, str) or not path:
                allowed = "a picture's bytes, {bytes, path}, or the path of one"
                raise ValueError(refused("image", image, allowed))
            return self._file("image", path)
        if self._pictures is None or not isinstance(source, str):
            return None
        return self._file("source", source)

    def _file(self, key: str, path: str) -> bytes:
        where = f'key "{key}" is {shown(path)}'
        try:
            data = read_bytes(self._table.path.parent / path)
        except (InputError, ValueError) as error:  # ValueError: a NUL in the name
            raise ValueError(f"{where}; {error}; paths start from the table's folder") from None
        return _whole(data, where)


def _checked(given: Mapping[str, Any]) -> Sample:
    """The sample, held to the rules of a suite file.

    Raises:
        ValueError: the first that it breaks.
    """
    # Only here: validation brings pydantic.
    from pydantic import ValidationError

    from genspace_core.suite.rows import Row, explain

    try:
        return Row.model_validate(given).sample()
    except ValidationError as error:
        raise ValueError(explain(error, given, Row)) from None


def _whole(data: bytes, where: str) -> bytes:
    """The same bytes, if they are a picture that can be read; `where` begins the error.

    Raises:
        ValueError: they are not.
    """
    try:
        check_image(data, where)
    except InputError as error:
        raise ValueError(str(error)) from None
    return data
