"""One line of a suite file -> Sample, with an error that says what is wrong and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    ValidationError,
)
from pydantic import model_validator as check
from pydantic_core import ErrorDetails, PydanticCustomError

from genspace_core.plugins.wording import choices
from genspace_core.suite.asked import default_targets, misfit
from genspace_core.suite.cells import ID_ALLOWED, TASK_ALLOWED, is_id, refused
from genspace_core.suite.subdomains import SUB_DOMAINS, TEMPLATE_COUNT, sub_domain_of
from genspace_core.tables.showing import shown
from genspace_core.types import Sample, Task

_Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Row(BaseModel):
    """The keys of a sample as a suite file has them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    task: Task
    sub_domain: str
    template: Annotated[int, Field(ge=0, lt=TEMPLATE_COUNT)]
    prompt: _Text
    objects: Annotated[list[_Text], Field(min_length=1)]
    targets: dict[str, FiniteFloat] = {}
    source: _Text | None = None
    source_sha256: _Sha256 | None = None
    bystanders: list[_Text] = []

    @check(mode="after")
    def _fits_its_template(self) -> Self:
        faults = _faults(self)
        if faults:
            raise PydanticCustomError("unfit", "{fault}", {"fault": faults[0]})
        return self

    def sample(self) -> Sample:
        """The sample these keys describe."""
        return Sample(
            id=self.id,
            task=self.task,
            sub_domain=self.sub_domain,
            template=self.template,
            prompt=self.prompt,
            objects=tuple(self.objects),
            targets=self.targets,
            source=self.source,
            source_sha256=self.source_sha256,
            bystanders=tuple(self.bystanders),
        )


class Header(BaseModel):
    """The optional first line of a suite file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    suite: _Text
    version: _Text = "1"
    digest: _Sha256 | None = None


def is_header(first: Mapping[str, Any]) -> bool:
    """Whether a table's first line is a header, and no row of a column called "suite"."""
    texts = all(isinstance(value, str) for value in first.values())
    return texts and "suite" in first and first.keys() <= Header.model_fields.keys()


_ALLOWED: Final = {
    "id": ID_ALLOWED,
    "task": TASK_ALLOWED,
    "sub_domain": ", ".join(SUB_DOMAINS),
    "template": f"a whole number from 0 to {TEMPLATE_COUNT - 1}",
    "prompt": "a text that is not blank",
    "objects": 'a list of names that are not blank, e.g. ["dog", "chair"]',
    "targets": 'finite numbers by name, e.g. {"distance": 1.5}',
    "source": 'the path of a picture, relative to the suite, or null where the task is "t2i"',
    "source_sha256": "64 hexadecimal digits in lower case, or leave it out",
    "bystanders": 'a list of names that are not blank and not in "objects", e.g. ["chair"]',
    "suite": "a name that is not blank",
    "version": "a text that is not blank",
    "digest": "64 hexadecimal digits in lower case, or leave it out",
}


def explain(error: ValidationError, given: Mapping[str, Any], model: type[BaseModel]) -> str:
    """The first fault of a row in one line: key, value, what is allowed."""
    # An unknown key first: it is often the missing one, misspelt.
    faults = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    fault: ErrorDetails = faults[0]
    if fault["type"] == "unfit":
        return str(fault["msg"])
    key = str(fault["loc"][0])
    if fault["type"] == "missing":
        return f'key "{key}" is missing; it takes {_ALLOWED[key]}'
    if fault["type"] == "extra_forbidden":
        keys = list(model.model_fields)
        return f"unknown key {shown(key)} {choices(key, keys, 'allowed')}"
    return refused(key, given[key], _ALLOWED[key])


def _faults(row: Row) -> list[str]:
    """What single keys cannot tell: where they contradict each other, or the template."""
    found: list[str] = []

    def fault(key: str, text: str) -> None:
        found.append(f'key "{key}" is {shown(getattr(row, key))}; {text}')

    if not is_id(row.id):
        fault("id", f"allowed: {_ALLOWED['id']}")
    home = sub_domain_of(row.template)
    if row.sub_domain not in SUB_DOMAINS:
        fault("sub_domain", f"unknown {choices(row.sub_domain, list(SUB_DOMAINS), 'allowed')}")
    elif row.sub_domain != home:
        fault("sub_domain", f"template {row.template} belongs to {home}")
    if row.task == "edit":
        if row.source is None:
            fault("source", 'an "edit" sample needs the path of its source picture')
        elif PurePosixPath(row.source).is_absolute() or ".." in PurePosixPath(row.source).parts:
            fault("source", f"allowed: {_ALLOWED['source']}")
        if len(set(row.bystanders) - set(row.objects)) < len(row.bystanders):
            fault("bystanders", f"allowed: {_ALLOWED['bystanders']}, each once")
    else:
        for key in ("source", "source_sha256", "bystanders"):
            if getattr(row, key):
                fault(key, 'a "t2i" sample has no source picture')
    if text := misfit(row.objects, row.task, row.template):
        fault("objects", f"template {row.template} {text}")
    targets = default_targets(row.task, row.template)
    if set(row.targets) != set(targets):
        fault("targets", f"template {row.template} takes exactly these names, e.g. {json.dumps(targets)}")
    return found
