"""One line of a suite file -> Sample, with an error that says what is wrong and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
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

from genspace_core.plugins.wording import choices, one_line
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.subdomains import SUB_DOMAINS, TEMPLATE_COUNT, sub_domain_of
from genspace_core.suite.templates import load_templates
from genspace_core.types import Sample, Task

_Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Row(BaseModel):
    """The keys of a sample as a suite file has them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]+$")]
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


_ALLOWED: Final = {
    "id": 'letters, digits, "/", "-", "_" and "."; no part may be empty, "." or ".."',
    "task": '"t2i" or "edit"',
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


def parse_object(line: bytes) -> dict[str, Any]:
    """A line's JSON object; stricter than `json`: no NaN, no key twice.

    Raises:
        ValueError: it is not one; the text says why.
    """
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError("is not a sample (brackets nested too deep)") from None
    if not isinstance(value, dict):
        raise ValueError('must be a JSON object like {"id": ..., "prompt": ...}')  # noqa: TRY004 (bad text)
    return value


def explain(error: ValidationError, given: dict[str, Any], model: type[BaseModel]) -> str:
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
        return f"unknown key {_shown(key)} {choices(key, keys, 'allowed')}"
    return f'key "{key}" is {_shown(given[key])}; allowed: {_ALLOWED[key]}'


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"has the key {_shown(key)} twice")
        found[key] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"holds {name}; numbers must be finite")


def _shown(value: Any) -> str:
    return one_line(json.dumps(value, ensure_ascii=True, default=str), 60)


def _faults(row: Row) -> list[str]:
    """What single keys cannot tell: where they contradict each other, or the template."""
    found: list[str] = []

    def fault(key: str, text: str) -> None:
        found.append(f'key "{key}" is {_shown(getattr(row, key))}; {text}')

    if any(part in ("", ".", "..") for part in row.id.split("/")):
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
        edit = load_edit_templates()[row.template]
        _compare_with_template(row, edit.counts, edit.targets, fault)
        return found
    for key in ("source", "source_sha256", "bystanders"):
        if getattr(row, key):
            fault(key, 'a "t2i" sample has no source picture')
    template = load_templates("t2i")[row.template]
    _compare_with_template(row, (2,) if template.second else (1,), template.targets, fault)
    if template.second == "same" and len(set(row.objects)) > 1:
        fault("objects", f"template {row.template} compares two objects of one name")
    return found


def _compare_with_template(
    row: Row, counts: Sequence[int], targets: Mapping[str, float], fault: Callable[[str, str], None]
) -> None:
    if len(row.objects) not in counts:
        wanted = " or ".join(map(str, counts))
        fault("objects", f"template {row.template} asks about {wanted} object{'s' * (max(counts) > 1)}")
    if set(row.targets) != set(targets):
        needs = json.dumps(dict(targets)) if targets else "{}"
        fault("targets", f"template {row.template} takes exactly these names, e.g. {needs}")
