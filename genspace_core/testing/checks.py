"""Complaints that several of the kit's classes make, in words an adapter's author can act on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np


def json_complaints(value: Any, name: str) -> Iterator[str]:
    """Why a value would not come back from JSON as it went in; nothing when it would."""
    if isinstance(value, np.generic | np.ndarray):
        made = "tolist()" if isinstance(value, np.ndarray) else "item()"
        yield f"{name} is {type(value).__module__}.{type(value).__name__}; keep a plain value, {name}.{made}"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if type(key) is not str:
                yield f"{name} has the key {key!r}; JSON's keys are texts"
            yield from json_complaints(inner, f"{name}[{key!r}]")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from json_complaints(inner, f"{name}[{index}]")
    elif isinstance(value, float):
        if not isfinite(value):
            yield f"{name} is {value}, which JSON does not have; leave it out or give None"
    elif not (value is None or isinstance(value, str | int)):
        hint = "; JSON gives a list back, keep a list" if isinstance(value, tuple) else ""
        yield f"{name} is {type(value).__name__}, which JSON does not have{hint}"


def is_plain(value: object, *kinds: type) -> bool:
    """Whether it is one of Python's own types: numpy's look-alikes do not go into JSON or SQLite."""
    return type(value) in kinds


def same_imports(**variables: str) -> dict[str, str]:
    """An environment in which a new interpreter finds what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p or "." for p in sys.path), **variables}
