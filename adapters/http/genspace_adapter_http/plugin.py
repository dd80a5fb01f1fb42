"""What the adapter announces; nothing heavy is imported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from genspace_adapter_http.reading import read_recipe
from genspace_adapter_http.recipe import KnownModel, Recipe, Shared
from genspace_core import RemoteConfig, read_key
from genspace_core.interfaces import Capabilities, Generator, PluginSpec
from genspace_core.types import Task

TASKS: tuple[Task, ...] = ("t2i", "edit")


class HttpConfig(RemoteConfig):
    """A model behind an API that a recipe describes.

    `base_url` and `key_variable` are the recipe's if they are not given.
    """

    default_recipe: ClassVar[str] = "bfl"

    recipe: str = Field(
        "bfl",
        description="Name of a shipped recipe, or the path of your own; a relative one starts at the working "
        "directory.",
    )
    model: str = Field(
        "",
        description="Name in the recipe's table of models, or the vendor's id of another one; the first of "
        "the table if empty.",
    )
    width: int | None = Field(
        None, ge=16, description="Pixels; the recipe's if not said. An edit has the size of its source."
    )
    height: int | None = Field(
        None, ge=16, description="Pixels; the recipe's if not said. An edit has the size of its source."
    )
    arguments: dict[str, Any] = Field(
        {},
        description="Further keys of the request's body, e.g. { safety_tolerance = 2 }, which win over those "
        "of the recipe.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_the_recipe(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        name = given.get("recipe", cls.default_recipe)
        if not isinstance(name, str):
            return given
        recipe = read_recipe(name)
        known = {"base_url": recipe.base_url, "key_variable": recipe.key_variable}
        known["model"] = next(iter(recipe.models), "")
        return {**known, **{key: value for key, value in given.items() if value != "" or key not in known}}

    @model_validator(mode="after")
    def _can_be_asked_for(self) -> Self:
        if not self.model:
            raise ValueError(f"recipe {self.recipe} names no models: set model to the vendor's id of one")
        size = self.tables.size
        if (self.width or self.height) and size is None:
            raise ValueError(f"width and height: recipe {self.recipe} has no [size] for this model")
        if size is not None and (problem := size.problem(*self.sides)):
            raise ValueError(f"width and height: {problem}")
        return self

    @cached_property
    def contract(self) -> Recipe:
        """The recipe, as it was when it was first asked for."""
        return read_recipe(self.recipe)

    @property
    def row(self) -> KnownModel:
        """What the recipe knows of the model."""
        return self.contract.model(self.model)

    @property
    def tables(self) -> Shared:
        """The requests and sizes of this model."""
        return self.contract.requests(self.row.variant)

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height of a picture that is made anew."""
        size = self.tables.size
        own = (size.width, size.height) if size else (0, 0)
        return self.width or own[0], self.height or own[1]

    def require(self) -> None:
        """The key has to be in its variable."""
        if self.key_variable:
            read_key(self.key_variable, self.contract.key_page)

    def account(self) -> str:
        """Whose limits the calls share."""
        return f"{self.contract.vendor} {super().account()}"

    def identity(self) -> dict[str, Any]:
        """What is sent, and where the picture is in the answer; not where the recipe lies, or its prices."""
        told = super().identity()
        if self.base_url == self.contract.base_url:
            told.pop("base_url", None)
        return told | {"recipe": self._fingerprint(), "model": self.row.id}

    def _fingerprint(self) -> str:
        recipe, row, tables = self.contract, self.row, self.tables
        # Without defaults, so that a key that recipes get one day makes nothing anew.
        told = tables.model_dump(mode="json", exclude={"recorded"}, by_alias=True, exclude_defaults=True)
        told |= {"base_url": recipe.base_url, "image": recipe.answer.image, "body": dict(row.body)}
        told |= {"seeds": row.seeds}
        return f"sha256:{hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]}"

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Of this model."""
        row, usual = self.row, self.contract.limits
        return replace(
            super().capabilities(declared),
            tasks=frozenset(row.tasks),
            seeds=row.seeds,
            account=self.account(),
            max_concurrency=self.concurrency or row.limits.concurrency or usual.concurrency,
            requests_per_minute=self.requests_per_minute
            or row.limits.requests_per_minute
            or usual.requests_per_minute,
            seconds=row.limits.seconds or usual.seconds,
            price=self._priced(row.price) if self.price is None else self.price,
            price_most=self._priced(row.price_most) if self.price is None else None,
            ends=row.ends,
        )

    def _priced(self, price: float | None) -> float | None:
        """A price of the table, for pictures of this size."""
        if price is None or not self.row.price_pixels:
            return price
        return price * max(1.0, self.sides[0] * self.sides[1] / self.row.price_pixels)


HTTP: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory="genspace_adapter_http.generator:build",
    config=HttpConfig,
    capabilities=Capabilities(tasks=frozenset(TASKS), network=True, price=None),
    summary="Image APIs by recipe: Black Forest Labs, Seedream, Qwen, Stability, Ideogram, fal, Replicate.",
)
