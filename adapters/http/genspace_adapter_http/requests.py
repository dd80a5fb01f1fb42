"""What is sent: the tables `[t2i]` and `[edit]` of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from genspace_adapter_http.templates import PLACEHOLDERS, SHAPE, placeholders


class Table(BaseModel):
    """Base of a recipe's tables: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)


class Request(Table):
    """One call that orders a picture.

    Attributes:
        method: of HTTP.
        path: after the base URL; "{model}" stands for the model's id.
        json_body: the body as JSON, with placeholders (key `json`).
        form: the body as multipart form data, with placeholders; "{source_png}" is sent as a file.
    """

    method: Literal["POST", "PUT"] = "POST"
    path: str = Field(pattern="^/")
    json_body: Mapping[str, Any] | None = Field(None, alias="json")
    form: Mapping[str, str | int | float | bool] | None = None

    @field_validator("path", "json_body", "form")
    @classmethod
    def _known_placeholders(cls, told: Any) -> Any:
        for name in placeholders(told):
            if name not in PLACEHOLDERS:
                raise ValueError(f"there is no placeholder {{{name}}}; there are {', '.join(PLACEHOLDERS)}")
        return told

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.json_body is None) == (self.form is None):
            raise ValueError("a request has a body: give json or form, one of the two")
        if "source_png" in placeholders(self.json_body):
            raise ValueError("{source_png} is a file: only form takes it; json takes {source_base64}")
        return self

    @property
    def body(self) -> Mapping[str, Any]:
        """The template, of whichever kind."""
        return (self.json_body if self.json_body is not None else self.form) or {}

    @property
    def says_shape(self) -> bool:
        """Whether it asks for a size."""
        return bool(SHAPE & {*placeholders(self.body), *placeholders(self.path)})
