"""Sizes that a model makes, and the one that an edit is asked for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request says of the picture's size.

    Attributes:
        width: pixels.
        height: pixels.
        written: the same as the vendor writes it.
        aspect_ratio: such as "16:9", of those that the vendor has; None where it has none.
    """

    width: int
    height: int
    written: str
    aspect_ratio: str | None = None


class Size(BaseModel):
    """Table `[size]` of a recipe.

    Attributes:
        width: pixels of a picture that is made anew.
        height: pixels, likewise.
        multiple_of: sides are multiples of it.
        least_pixels: width times height, at least.
        most_pixels: width times height, at most.
        choices: the only sizes that there are, such as "1024x768".
        aspect_ratios: the only ones that there are, such as "16:9".
        written: how `{size}` is written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int = Field(1024, ge=16)
    height: int = Field(1024, ge=16)
    multiple_of: int = Field(1, ge=1)
    least_pixels: int = Field(1, ge=1)
    most_pixels: int = Field(100_000_000, ge=256)
    choices: tuple[str, ...] = ()
    aspect_ratios: tuple[str, ...] = ()
    written: str = "{width}x{height}"

    @field_validator("choices", "aspect_ratios")
    @classmethod
    def _pairs(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        for text in told:
            if not re.fullmatch(r"[1-9]\d*[x:][1-9]\d*", text):
                raise ValueError(f'{text!r} is not two numbers such as "1024x768" or "4:3"')
        return told

    @model_validator(mode="after")
    def _own_size_fits(self) -> Self:
        if problem := self.problem(self.width, self.height):
            raise ValueError(problem)
        return self

    def problem(self, width: int, height: int) -> str:
        """What is wrong with a size; "" if it can be asked for."""
        named = f"{width} x {height}"
        if self.choices and (width, height) not in map(_pair, self.choices):
            return f"{named} is none of its sizes: {', '.join(self.choices)}"
        if width % self.multiple_of or height % self.multiple_of:
            return f"{named}: sides are multiples of {self.multiple_of}"
        if not self.least_pixels <= width * height <= self.most_pixels:
            return f"{named}: a picture has {self.least_pixels} to {self.most_pixels} pixels"
        return ""

    def shape(self, width: int, height: int) -> Shape:
        """Of a size that can be asked for."""
        ratio = min(self.aspect_ratios, key=lambda text: _apart(_pair(text), (width, height)), default=None)
        written = self.written.format(width=width, height=height)
        return Shape(width=width, height=height, written=written, aspect_ratio=ratio)

    def nearest(self, width: int, height: int) -> Shape:
        """The shape for an edit of a source of this size: nearest to its aspect, and then to its area."""
        source = (width, height)
        if self.choices:
            pairs = map(_pair, self.choices)
            return self.shape(*min(pairs, key=lambda pair: (_apart(pair, source), _area_apart(pair, source))))
        ratios = map(_pair, self.aspect_ratios)
        across, down = min(ratios, key=lambda pair: _apart(pair, source), default=source)
        area = min(max(width * height, self.least_pixels), self.most_pixels)
        return self.shape(*self._sides(math.sqrt(area * across / down), math.sqrt(area * down / across)))

    def _sides(self, width: float, height: float) -> tuple[int, int]:
        """Multiples near these sides, within the limits."""
        step = self.multiple_of
        sides = (max(1, round(width / step)) * step, max(1, round(height / step)) * step)
        if sides[0] * sides[1] > self.most_pixels:
            return max(1, int(width / step)) * step, max(1, int(height / step)) * step
        if sides[0] * sides[1] < self.least_pixels:
            return math.ceil(width / step) * step, math.ceil(height / step) * step
        return sides


def _pair(text: str) -> tuple[int, int]:
    across, down = re.split("[x:]", text)
    return int(across), int(down)


def _apart(a: tuple[int, int], b: tuple[int, int]) -> float:
    """How far two aspects differ, in log ratio; rounded, so that 1:1 and 2:2 are as good."""
    return round(abs(math.log(a[0] * b[1] / (a[1] * b[0]))), 6)


def _area_apart(a: tuple[int, int], b: tuple[int, int]) -> float:
    return abs(math.log(a[0] * a[1] / (b[0] * b[1])))
