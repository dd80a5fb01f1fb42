"""Which names people see a front on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from genspace_core import load_categories

EVERY: Final = "*"
"""In an override: every name that is not overridden itself."""


@cache
def known_fronts() -> dict[str, bool]:
    """Names in lower case, of the suite and of other common things: whether there is an agreed front."""
    table = tomllib.loads(files(__package__).joinpath("data/fronts.toml").read_text("utf-8"))
    others = dict.fromkeys(table["without"], False) | dict.fromkeys(table["with"], True)
    return others | {category.name.casefold(): category.front for category in load_categories()}


def has_front(name: str, overrides: Mapping[str, bool]) -> bool:
    """Whether an object of this name has a front that people agree on; of an unknown one, yes.

    Args:
        name: e.g. "red ball".
        overrides: by name in any case; "*" is for all that are not named.
    """
    words = " ".join(name.split()).casefold()
    told = {" ".join(key.split()).casefold(): front for key, front in overrides.items()}
    if words in told:
        return told[words]
    if EVERY in told:
        return told[EVERY]
    known = known_fronts()
    return known.get(words, known.get(words.rpartition(" ")[2], True))
