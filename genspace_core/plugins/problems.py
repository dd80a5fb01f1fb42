"""Pydantic's findings in the user's terms: place, key, what is wrong, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from genspace_core.plugins.wording import SECRET, choices, closest, one_line, toml_key, toml_value


def explain(
    error: ValidationError,
    model: type[BaseModel],
    values: Mapping[str, Any],
    place: str,
    places: Mapping[str, str],
) -> str:
    """One line for all problems of a configuration.

    Args:
        error: what pydantic found.
        model: the configuration's class.
        values: what was given.
        place: file and table, e.g. `plugins.toml: [generators.flux]`.
        places: where each top-level key was set, when that is elsewhere (`extends`).
    """
    by_key: dict[tuple[str, str], list[str]] = {}
    for detail in error.errors(include_url=False):
        loc = _real(detail, values)
        at = places.get(str(loc[0]), place) if loc else place
        lead, text = _problem(detail, loc, model)
        texts = by_key.setdefault((at, lead), [])
        if text not in texts:
            texts.append(text)
    by_place: dict[str, list[str]] = {}
    for (at, lead), texts in by_key.items():
        # Several texts for one key are the branches of a union: any one of them would do.
        by_place.setdefault(at, []).append(f"{lead} {', or '.join(texts)}".strip())
    return "; ".join(f"{at} {'; '.join(problems)}" for at, problems in by_place.items())


def _problem(detail: ErrorDetails, loc: Sequence[int | str], model: type[BaseModel]) -> tuple[str, str]:
    key = _dotted(loc)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return "", _unknown_key(loc, model)
    if kind == "missing":
        return "", f"lacks the required key {key}"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if not loc:
        return "", one_line(message)
    given = detail["input"]
    lead = f"{key} = {'(hidden)' if SECRET.search(str(loc[-1])) else toml_value(given)}"
    if kind in {"literal_error", "enum"}:
        expected = str(detail.get("ctx", {}).get("expected", ""))
        options = re.findall(r"'((?:[^'\\]|\\.)*)'", expected)
        quoted = [toml_value(option) for option in options] or [expected]
        near = closest(given, options) if isinstance(given, str) else None
        hint = f"did you mean {toml_value(near)}? " if near else ""
        return lead, f"is not allowed ({hint}allowed: {', '.join(quoted)})"
    return lead, f"is wrong: {one_line(message[:1].lower() + message[1:])}"


def _unknown_key(loc: Sequence[int | str], model: type[BaseModel]) -> str:
    name = str(loc[-1])
    holder = _model_at(model, loc[:-1])
    fields = list(holder.model_fields) if holder is not None else []
    text = f"unknown key {_dotted(loc)} {choices(name, fields, 'allowed')}"
    if SECRET.search(name):
        text += ", and secrets do not belong here: the adapter reads them from the environment"
    return text


def _real(detail: ErrorDetails, values: Mapping[str, Any]) -> list[int | str]:
    """The location without the union branches and validator names that pydantic puts into it."""
    real: list[int | str] = []
    here: Any = values
    for part in detail["loc"]:
        if isinstance(here, Mapping) and part in here:
            here = here[str(part)]
        elif isinstance(here, (list, tuple)) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif not (detail["type"] == "missing" and part == detail["loc"][-1]):
            continue
        real.append(part)
    return real


def _model_at(model: type[BaseModel], loc: Sequence[int | str]) -> type[BaseModel] | None:
    """The nested model a location leads to, as far as annotations tell."""
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        found = _models_in(field.annotation) if field is not None else []
        if len(found) != 1:
            return None
        model = found[0]
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _dotted(loc: Sequence[int | str]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{toml_key(part)}" if text else toml_key(part)
    return text
