"""What is known of judges behind an API: their prices, and how they are asked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any, Literal

from genspace_adapter_judge.question import PACKAGE

Vendor = Literal["openai", "google"]

TEXT_TOKENS, TEXT_TOKENS_MOST = 600, 1500
"""Of what a judge is told, beside the pictures: usually, and at most."""

PICTURES_MOST = 2
"""An edit comes with its source."""

_PER_TOKEN = 1e-6  # prices are for a million


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Prices from another day on."""

    start: date
    input: float
    output: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeModel:
    """A row of models.toml, where the fields are explained."""

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    later: Later | None = None
    effort: str | None = None
    sampling: bool = True
    output_tokens: int
    image_tokens: int | None = None
    patch: int | None = None
    image_most: float = 1.0
    ends: date | None = None

    def rates(self, day: date | None = None) -> tuple[float, float]:
        """US dollars for a million tokens of input and output, today or on another day."""
        today = day or datetime.now(UTC).date()
        if self.later is not None and today >= self.later.start:
            return self.later.input, self.later.output
        return self.input, self.output

    def price(self, longest: int, day: date | None = None) -> float:
        """US dollars for one vote about one square picture of this side, about."""
        tokens = TEXT_TOKENS + self._picture(longest)
        return self._cost(tokens, self.output_tokens, day)

    def price_most(self, longest: int, max_tokens: int, day: date | None = None) -> float:
        """US dollars that one vote can cost at most: two pictures, and the longest answer."""
        dearest = max(1.0, (self.cache_write or 0.0) / self.input)
        tokens = TEXT_TOKENS_MOST + PICTURES_MOST * self.image_most * self._picture(longest)
        return self._cost(tokens * dearest, max_tokens, day)

    def cost(
        self, prompt: int, answer: int, *, cached: int = 0, written: int = 0, day: date | None = None
    ) -> float:
        """US dollars for these tokens.

        Args:
            prompt: all that went in, including those of the next two.
            answer: all that came out, thoughts included.
            cached: read from the vendor's cache.
            written: written to it.
            day: whose prices.
        """
        paid_in, _ = self.rates(day)
        plain = max(0, prompt - cached - written)
        read = cached * (paid_in if self.cached is None else self.cached)
        write = written * (paid_in if self.cache_write is None else self.cache_write)
        return self._cost(plain, answer, day) + (read + write) * _PER_TOKEN

    def _cost(self, prompt: float, answer: float, day: date | None) -> float:
        paid_in, paid_out = self.rates(day)
        return (prompt * paid_in + answer * paid_out) * _PER_TOKEN

    def _picture(self, longest: int) -> int:
        if self.patch is not None:
            return ceil(longest / self.patch) ** 2
        return self.image_tokens or 0


@cache
def load_models(vendor: Vendor) -> dict[str, JudgeModel]:
    """The known models of a vendor, by the id that it knows them by."""
    table = tomllib.loads(files(PACKAGE).joinpath("models.toml").read_text("utf-8"))
    return {name: _model(row) for name, row in table[vendor].items()}


def _model(row: dict[str, Any]) -> JudgeModel:
    later = row.get("later")
    told = row if later is None else row | {"later": Later(start=later["from"], **_without(later, "from"))}
    return JudgeModel(**told)


def _without(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}
