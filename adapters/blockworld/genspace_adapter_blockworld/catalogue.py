"""The assets: every category in every size variant, each with a marker number of its own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from genspace_core import load_categories
from genspace_core.errors import InvalidRequest

VARIANTS_PER_CATEGORY: Final = 20
"""Marker numbers set aside for each category: 50 categories fill the dictionary's 1,000."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A cuboid one can put in a scene.

    Attributes:
        marker: number of its ArUco marker (DICT_5X5_1000).
        name: category name, e.g. "teddy bear".
        variant: name of the size variant, e.g. "taller".
        size: (length front to back, width left to right, height), metres.
    """

    marker: int
    name: str
    variant: str
    size: tuple[float, float, float]

    @property
    def half(self) -> tuple[float, float, float]:
        """Half extents along the object axes (front, up, right), metres."""
        return (self.size[0] / 2, self.size[2] / 2, self.size[1] / 2)


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to differ from the typical size, and the request it answers."""

    name: str
    scale: float = 1.0
    add: tuple[float, float, float] = (0.0, 0.0, 0.0)
    quantity: str = ""
    amount: float = 0.0

    def applied(self, size: tuple[float, float, float]) -> tuple[float, float, float]:
        """`size` (length, width, height), metres, changed."""
        length, width, height = (extent * self.scale + a for extent, a in zip(size, self.add, strict=True))
        return (length, width, height)


@cache
def load_variants() -> tuple[Variant, ...]:
    """The shipped variants, in marker order; the first is the typical size."""
    text = files("genspace_adapter_blockworld").joinpath("data/variants.toml").read_text("utf-8")
    return tuple(Variant(**row) for row in tomllib.loads(text)["variant"])


@cache
def load_assets() -> dict[int, Asset]:
    """Every asset by marker number."""
    assets = {}
    for c, category in enumerate(load_categories()):
        for v, variant in enumerate(load_variants()):
            marker = c * VARIANTS_PER_CATEGORY + v
            assets[marker] = Asset(marker, category.name, variant.name, variant.applied(category.size))
    return assets


@cache
def _by_name() -> dict[str, tuple[Asset, ...]]:
    by_name: dict[str, tuple[Asset, ...]] = {}
    for asset in load_assets().values():
        by_name[asset.name] = (*by_name.get(asset.name, ()), asset)
    return by_name


def variants_of(name: str) -> tuple[Asset, ...]:
    """All assets of a category, the typical one first."""
    return _by_name()[name]


def resized(name: str, quantity: str, amount: float) -> Asset:
    """The asset of a category that differs from the typical one by `amount` in `quantity`.

    Raises:
        InvalidRequest: the catalogue has no such variant.
    """
    for asset, variant in zip(variants_of(name), load_variants(), strict=True):
        if variant.quantity == quantity and abs(variant.amount - amount) < 1e-9:
            return asset
    known = ", ".join(f"{v.quantity} {v.amount:g}" for v in load_variants() if v.quantity)
    raise InvalidRequest(f"blockworld has no {name} with {quantity} {amount:g}; it has {known}")
