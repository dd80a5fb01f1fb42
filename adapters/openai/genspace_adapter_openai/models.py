"""What is known of the models: what they take, what they cost, when they are shut down. All of it is data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from genspace_core.types import Task

PACKAGE = "genspace_adapter_openai"
OPENAI_URL = "https://api.openai.com/v1"
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MILLION = 1_000_000


class TokenPrices(BaseModel):
    """US dollars for a million tokens of each kind; text that comes out costs as pictures do if not said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_in: float = Field(ge=0)
    image_in: float = Field(ge=0)
    image_out: float = Field(ge=0)
    text_out: float | None = Field(None, ge=0)

    def cost(self, usage: Mapping[str, Any], *, edit: bool) -> float | None:
        """What an answer's `usage` comes to in US dollars; None where it does not say.

        Args:
            usage: input_tokens and output_tokens, with or without details.
            edit: tokens whose kind is not said are those of the source, not of the prompt.
        """
        put_in = _kinds(usage, "input", "image_tokens" if edit else "text_tokens")
        came_out = _kinds(usage, "output", "image_tokens")
        if put_in is None or came_out is None:
            return None
        text_out = self.image_out if self.text_out is None else self.text_out
        millionths = (
            put_in[0] * self.text_in
            + put_in[1] * self.image_in
            + came_out[0] * text_out
            + came_out[1] * self.image_out
        )
        return millionths / _MILLION


def _kinds(usage: Mapping[str, Any], side: str, otherwise: str) -> tuple[float, float] | None:
    """Tokens of text and of pictures on one side; None where there are no numbers."""
    details = usage.get(f"{side}_tokens_details")
    if not isinstance(details, Mapping):
        details = {otherwise: usage.get(f"{side}_tokens")}
    text, image = details.get("text_tokens") or 0, details.get("image_tokens") or 0
    known = details.get("text_tokens") is not None or details.get("image_tokens") is not None
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (text, image))
    return (text, image) if known and numbers else None


class Input(BaseModel):
    """Tokens of a call's prompt and source, at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: int = 0
    image: int = 0


class Model(BaseModel):
    """One row of models.toml.

    Attributes:
        tasks: what it does.
        ends: its last day, where that is known.
        tokens: prices by tokens.
        prices: US dollars for one picture by quality and size, without what is put in.
        price: US dollars for one picture, where that is all there is to it.
        input: tokens that may be put in, for a bound.
        qualities: those that it takes; any if empty.
        sizes: those that it takes; any that `sizes.py` finds right if empty.
        input_fidelity: values that it takes; none if empty.
        seconds: that a call usually takes, where known.
        config: keys of the plugin's configuration that belong to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: tuple[Task, ...] = ("t2i", "edit")
    ends: date | None = None
    tokens: TokenPrices | None = None
    prices: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)
    price: float | None = None
    input: Input = Input()
    qualities: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    input_fidelity: tuple[str, ...] = ()
    seconds: float | None = None
    config: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """The server that its prices are those of."""
        return str(self.config.get("base_url", OPENAI_URL))

    def usual_price(self, quality: str, size: str) -> float | None:
        """US dollars for one picture; of "auto" the dearest."""
        if self.price is not None:
            return self.price
        qualities = [quality] if quality in self.prices else list(self.prices) if quality == "auto" else []
        found = [_by_size(self.prices[each], size) for each in qualities]
        return max(found, default=None)

    def most_price(self, quality: str, size: str) -> float | None:
        """The same, with all that may be put in."""
        usual = self.usual_price(quality, size)
        if usual is None or self.tokens is None:
            return usual
        put_in = self.input.text * self.tokens.text_in
        if "edit" in self.tasks:
            put_in += self.input.image * self.tokens.image_in
        return usual + put_in / _MILLION


def _by_size(prices: Mapping[str, float], size: str) -> float:
    """A size's price; of one that is not listed by its pixels, from the dearest for each pixel."""
    if size in prices:
        return prices[size]
    if size == "auto":
        return max(prices.values())
    return pixels_of(size) * max(price / pixels_of(known) for known, price in prices.items())


def pixels_of(size: str) -> int:
    """How many pixels "1024x1536" has."""
    width, height = size.split("x")
    return int(width) * int(height)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files(PACKAGE).joinpath("models.toml").read_text("utf-8"))


@cache
def load_models() -> Mapping[str, Model]:
    """The models that are known, by name."""
    return {name: Model.model_validate(row) for name, row in _table()["models"].items()}


def find_model(name: str) -> Model | None:
    """The row of a model, or of a dated snapshot of it; None where it is not in the table."""
    models = load_models()
    return models.get(name) or models.get(_SNAPSHOT.sub("", name))


def retired_on(name: str) -> date | None:
    """The last day of a model that is there no more."""
    found: date | None = _table()["retired"].get(name)
    return found
