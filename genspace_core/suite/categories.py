"""The benchmark's object categories and their typical sizes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of object.

    Attributes:
        name: singular, as used in prompts and as the detector's query, e.g. "teddy bear".
        plural: e.g. "teddy bears".
        kind: person, animal, vehicle, furniture, appliance or item.
        size: (length front to back, width left to right, height), metres, of a typical one.
        front: whether people agree on where its front is.
        places: where a photo of it is plausible.
    """

    name: str
    plural: str
    kind: str
    size: tuple[float, float, float]
    front: bool
    places: tuple[str, ...]


@cache
def _table() -> dict[str, object]:
    return tomllib.loads(files("genspace_core.suite").joinpath("data/categories.toml").read_text("utf-8"))


@cache
def load_categories() -> tuple[Category, ...]:
    """The 50 categories in their fixed order."""
    rows = _table()["category"]
    assert isinstance(rows, list)
    return tuple(
        Category(
            name=row["name"],
            plural=row["plural"],
            kind=row["kind"],
            size=(row["size"][0], row["size"][1], row["size"][2]),
            front=row["front"],
            places=tuple(row["places"]),
        )
        for row in rows
    )


@cache
def load_settings() -> dict[str, tuple[str, ...]]:
    """Phrases that finish "A photo of one dog ...", by place."""
    settings = _table()["settings"]
    assert isinstance(settings, dict)
    return {place: tuple(phrases) for place, phrases in settings.items()}


@cache
def load_confusable() -> frozenset[frozenset[str]]:
    """Pairs of names that a detector cannot keep apart."""
    pairs = _table()["confusable"]
    assert isinstance(pairs, list)
    return frozenset(frozenset(pair) for pair in pairs)
