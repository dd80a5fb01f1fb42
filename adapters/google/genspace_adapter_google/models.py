"""Known models: what they take, what they cost, when they end. All of it is data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from genspace_core.types import Task

USUAL_SIZE = "1K"
USUAL_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
"""Those that every model takes."""

_MILLION = 1_000_000


class Model(BaseModel):
    """One row of `models.toml`; see there.

    Attributes:
        pictures: tokens that one picture is, by image size.
        input, text, image: US dollars for a million tokens.
        thoughts, prompt: tokens that `price_most` allows for.
        thinking: levels that may be asked for.
        takes_size: the image size may be sent.
        samples: temperature and seed may be sent.
        ratios: of its pictures' sides, "width:height".
        seconds: that one call usually takes.
        ends: the day on which it is shut down.
        tasks: what it does.
        concurrency: calls in flight at once, if the user says nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pictures: Mapping[str, int]
    input: float
    text: float
    image: float
    thoughts: int = 0
    prompt: int = 4096
    thinking: tuple[str, ...] = ()
    takes_size: bool = False
    samples: bool = True
    ratios: tuple[str, ...] = USUAL_RATIOS
    seconds: float | None = None
    ends: date | None = None
    tasks: tuple[Task, ...] = ("t2i", "edit")
    concurrency: int = 16

    def price(self, size: str) -> float:
        """US dollars for one picture of an image size, the prompt and thoughts aside."""
        return round(self.pictures[size] * self.image / _MILLION, 6)

    def price_most(self, size: str) -> float:
        """The same with a long prompt, a picture to edit, and many thoughts."""
        return round(self.price(size) + self.cost(prompt=self.prompt, text=self.thoughts), 6)

    def cost(self, prompt: int = 0, text: int = 0, image: int = 0) -> float:
        """US dollars for tokens of each kind."""
        return (prompt * self.input + text * self.text + image * self.image) / _MILLION


@cache
def load_models() -> Mapping[str, Model]:
    """The models that the adapter knows, by id."""
    table = tomllib.loads(files("genspace_adapter_google").joinpath("models.toml").read_text("utf-8"))
    return {name: Model.model_validate(row) for name, row in table["models"].items()}
