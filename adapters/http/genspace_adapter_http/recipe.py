"""A recipe: all that there is to know about a vendor's API, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from genspace_adapter_http.expressions import Expression
from genspace_adapter_http.requests import Request, Table
from genspace_adapter_http.rules import Answer, Facts, Fault, Job, Refusal
from genspace_adapter_http.sizes import Size
from genspace_core.types import Task


class Limits(Table):
    """What an account may usually do; None where it is not known."""

    concurrency: int | None = Field(None, ge=1)
    requests_per_minute: float | None = Field(None, gt=0)
    seconds: float | None = Field(None, gt=0)


class Shared(Table):
    """What a variant may have of its own.

    Attributes:
        t2i, edit: the requests; one that is missing cannot be made.
        size: sizes of pictures.
        edit_size: of edits, where they differ.
        recorded: facts that are kept with each picture: true, false, or an expression of what was sent.
    """

    t2i: Request | None = None
    edit: Request | None = None
    size: Size | None = None
    edit_size: Size | None = None
    recorded: Mapping[str, bool | Expression] = Field(default_factory=dict)


class KnownModel(Table):
    """One row of `[models]`.

    Attributes:
        id: what the vendor calls it.
        tasks: what it does.
        price: US dollars for a picture, None where it is not known.
        price_most: for the dearest (an edit, say).
        price_pixels: width times height up to which these hold; larger ones cost in proportion, at most.
        seeds: it takes one, and gives the same picture for it.
        variant: whose requests it has.
        limits: where they are not the vendor's usual ones.
        ends: the day on which it is shut down.
        body: further keys of the request's body.
    """

    id: str
    tasks: tuple[Task, ...] = ("t2i",)
    price: float | None = Field(None, ge=0)
    price_most: float | None = Field(None, ge=0)
    price_pixels: int | None = Field(None, ge=1)
    seeds: bool = True
    variant: str = ""
    limits: Limits = Limits()
    ends: date | None = None
    body: Mapping[str, Any] = Field(default_factory=dict)


class Recipe(Shared):
    """A recipe's file.

    Attributes:
        vendor: its name.
        read: the day on which all this was read.
        docs: where.
        base_url: of the API.
        hosts: other hosts of the vendor that the key may go to, such as "*.bfl.ai".
        key_variable: environment variable of the key; "" for a server that asks for none.
        key_page: where keys are made.
        headers: of every call to the API; "{key}" stands for the key.
        answer, job, facts: see there.
        message: expressions that find an error's words; the first that finds some counts.
        refusals, errors: what answers mean; the first one that fits counts, refusals first.
        limits: of an account.
        variants: by name, requests of models that differ; its tables stand in place of the recipe's.
        models: known models by their short names.
    """

    vendor: str
    read: date
    docs: str = ""
    base_url: str = Field(pattern="^https?://")
    hosts: tuple[str, ...] = ()
    key_variable: str = ""
    key_page: str = ""
    headers: Mapping[str, str] = Field(default_factory=dict)
    answer: Answer
    job: Job | None = None
    facts: Facts = Facts()
    message: tuple[Expression, ...] = ("error.message", "message", "detail", "error")
    refusals: tuple[Refusal, ...] = ()
    errors: tuple[Fault, ...] = ()
    limits: Limits = Limits()
    variants: Mapping[str, Shared] = Field(default_factory=dict)
    models: Mapping[str, KnownModel] = Field(default_factory=dict)

    @field_validator("headers")
    @classmethod
    def _only_the_key(cls, told: Mapping[str, str]) -> Mapping[str, str]:
        for text in told.values():
            if set(re.findall(r"\{(\w*)\}", text)) - {"key"}:
                raise ValueError("a header has no other placeholder than {key}")
        return told

    @field_validator("hosts")
    @classmethod
    def _a_vendors(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        for host in told:
            if not re.fullmatch(r"(\*\.)?[\w-]+(\.[\w-]+)+", host):
                raise ValueError(f'{host!r} is no host such as "api.vendor.com" or "*.vendor.com"')
        return told

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        in_headers = any("{key}" in text for text in self.headers.values())
        if self.key_variable and not in_headers:
            yield 'key_variable: no header holds the key; write one such as Authorization = "Bearer {key}"'
        if in_headers and not self.key_variable:
            yield "headers: {key} needs key_variable, the environment variable that holds it"
        if self.job and "{id}" in self.job.path and not self.facts.vendor_id:
            yield "[job] path: {id} needs vendor_id in [facts]"
        if not any(shared.t2i or shared.edit for shared in (self, *self.variants.values())):
            yield "there is no request: write a table [t2i], [edit], or both"
        for name, model in self.models.items():
            if model.variant and model.variant not in self.variants:
                yield f"[models.{name}] variant: there is no [variants.{model.variant}]"
            elif missing := set(model.tasks) - self.tasks(model.variant):
                yield f"[models.{name}] tasks: there is no [{min(missing)}] to make it with"

    def requests(self, variant: str = "") -> Shared:
        """The tables of a variant, over those of the recipe."""
        if not variant:
            return Shared.model_construct(**{name: getattr(self, name) for name in Shared.model_fields})
        own = self.variants[variant]
        tables = {
            name: getattr(own if name in own.model_fields_set else self, name) for name in Shared.model_fields
        }
        return Shared.model_construct(**tables)

    def tasks(self, variant: str = "") -> set[Task]:
        """What there are requests for."""
        shared = self.requests(variant)
        tables: dict[Task, Request | None] = {"t2i": shared.t2i, "edit": shared.edit}
        return {task for task, request in tables.items() if request}

    def model(self, name: str) -> KnownModel:
        """A model by its short name or the vendor's id; one that is not in the table is taken as it is."""
        if name in self.models:
            return self.models[name]
        known = (model for model in self.models.values() if model.id == name)
        return next(known, None) or KnownModel(id=name, tasks=tuple(sorted(self.tasks(), reverse=True)))
