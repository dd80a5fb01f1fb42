"""Recipes from the package and from a user's files."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from genspace_adapter_http.recipe import Recipe

FOLDER = files("genspace_adapter_http") / "recipes"


class RecipeError(ValueError):
    """A recipe is wrong or missing; one line with file, table and key."""


@cache
def shipped_recipes() -> tuple[str, ...]:
    """Names of the recipes that come with the package."""
    return tuple(
        sorted(file.name.removesuffix(".toml") for file in FOLDER.iterdir() if file.name.endswith(".toml"))
    )


def read_recipe(name: str) -> Recipe:
    """A recipe by its shipped name, or by its path; a relative one starts at the working directory.

    Raises:
        RecipeError: there is none, or it is wrong.
    """
    if name in shipped_recipes():
        return _parsed(f"{name}.toml", FOLDER.joinpath(f"{name}.toml").read_bytes())
    path = Path(name).expanduser()
    if not path.is_file():
        raise RecipeError(
            f"recipe {name}: there is no such file in {path.parent.absolute()}; recipes that come with the "
            f"package: {', '.join(shipped_recipes())}"
        )
    try:
        return _parsed(str(path), path.read_bytes())
    except OSError as error:
        raise RecipeError(f"recipe {name}: cannot be read ({error.strerror})") from None


@cache
def _parsed(file: str, text: bytes) -> Recipe:
    try:
        return Recipe.model_validate(tomllib.loads(text.decode("utf-8")))
    except ValidationError as error:
        raise RecipeError(f"{file}: {_first_problem(error)}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file}: is not TOML ({error})") from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    loc, kind = first["loc"], first["type"]
    place, key = _place(loc[:-1]), str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        allowed = _keys_at(Recipe, loc[:-1])
        return f"{place}unknown key {key} (allowed: {', '.join(allowed)})"
    if kind == "missing":
        return f"{place}lacks {key}"
    said = " ".join(first["msg"].removeprefix("Value error, ").split())
    if kind == "value_error" and isinstance(first["input"], dict):  # of the table itself
        return f"{_place(loc)}{said}"
    return f"{place}{key}: {said}"


def _place(loc: Sequence[int | str]) -> str:
    """Like "[t2i.json] ", "[[refusals]] 2: "; empty for the file's first lines."""
    if not loc:
        return ""
    if isinstance(loc[-1], int):
        return f"[[{'.'.join(map(str, loc[:-1]))}]] {loc[-1] + 1}: "
    return f"[{'.'.join(map(str, loc))}] "


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Keys of the table that a location leads to."""
    for part in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            model = next(iter(_models_in(fields[str(part)].annotation)), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
