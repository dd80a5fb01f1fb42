"""Complaints that several of the kit's classes make, in words an adapter's author can act on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
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


def same_values(before: Any, after: Any, tolerance: float) -> bool:
    """Whether two results are the same: dataclasses, lists and arrays are gone through.

    Args:
        before: of any type.
        after: of the same type, or the answer is no.
        tolerance: numbers may differ by this share of the largest of their array, and this share of an
            array's truth values may differ. Not a number equals itself.
    """
    if type(before) is not type(after):
        return False
    if is_dataclass(before) and not isinstance(before, type):
        names = [field.name for field in fields(before)]
        return all(same_values(getattr(before, name), getattr(after, name), tolerance) for name in names)
    if isinstance(before, Sequence) and not isinstance(before, str | bytes):
        return len(before) == len(after) and all(
            same_values(a, b, tolerance) for a, b in zip(before, after, strict=True)
        )
    if isinstance(before, float | np.ndarray):
        return _same_numbers(np.asarray(before), np.asarray(after), tolerance)
    return bool(before == after)


def _same_numbers(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any], tolerance: float) -> bool:
    if before.shape != after.shape or before.dtype != after.dtype:
        return False
    if before.dtype == np.bool_:
        return before.size == 0 or float(np.mean(before != after)) <= tolerance
    known = np.isfinite(before)
    if not np.array_equal(before[~known], after[~known], equal_nan=True):
        return False
    a, b = before[known].astype(np.float64), after[known].astype(np.float64)
    return bool(np.abs(a - b).max(initial=0.0) <= tolerance * np.abs(a).max(initial=0.0))


def share_complaints(value: Any, name: str) -> Iterator[str]:
    """Why a value is not a confidence: a plain number from 0 to 1."""
    if not is_plain(value, float, int):
        yield f"{name} is {type(value).__name__}, not a plain float"
    elif not 0 <= value <= 1:
        yield f"{name} is {value}, not between 0 and 1"


def box_complaints(box: Any, shape: Sequence[int]) -> Iterator[str]:
    """Why an array is not x0, y0, x1, y1 inside a picture of this shape."""
    yield from _array_complaints(box, (4,), "a box")
    if isinstance(box, np.ndarray) and box.shape == (4,):
        x0, y0, x1, y1 = box
        if not (x0 < x1 and y0 < y1):
            yield f"a box is x0, y0, x1, y1, in order; this one is {box}"
        elif min(x0, y0) < -0.5 or x1 > shape[1] or y1 > shape[0]:
            yield f"the box {box} reaches out of the picture, {shape[1]} x {shape[0]}"


def intrinsics_complaints(K: Any, shape: Sequence[int]) -> Iterator[str]:
    """Why an array is not the intrinsics, in pixels, of a picture of this shape."""
    yield from _array_complaints(K, (3, 3), "K")
    if not isinstance(K, np.ndarray) or K.shape != (3, 3):
        return
    if min(K[0, 0], K[1, 1]) < max(shape[:2]) / 20:  # a field of view of 168 degrees
        yield f"the focal lengths of K are {K[0, 0]} and {K[1, 1]}; they are in pixels, above 0"
    if K[1, 0] != 0 or not np.array_equal(K[2], (0, 0, 1)):
        yield f"K is not an upper triangle over 0, 0, 1: {K.tolist()}"
    if not (0 <= K[0, 2] <= shape[1] and 0 <= K[1, 2] <= shape[0]):
        yield f"K's principal point is {K[0, 2]}, {K[1, 2]}, outside of {shape[1]} x {shape[0]} pixels"


def rotation_complaints(rotation: Any) -> Iterator[str]:
    """Why an array is not a proper rotation."""
    yield from _array_complaints(rotation, (3, 3), "a rotation")
    if isinstance(rotation, np.ndarray) and rotation.shape == (3, 3):
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-4):
            yield f"a rotation's columns are unit vectors at right angles: {rotation.tolist()}"
        elif np.linalg.det(rotation) < 0:
            yield f"it mirrors instead of turning: {rotation.tolist()}"


def _array_complaints(value: Any, shape: tuple[int, ...], name: str) -> Iterator[str]:
    if not isinstance(value, np.ndarray):
        yield f"{name} is a numpy array, not {type(value).__name__}"
    elif value.shape != shape:
        yield f"{name} has the shape {shape}, not {value.shape}"
    elif value.dtype != np.float64:
        yield f"{name} is float64, not {value.dtype}"
    elif not np.isfinite(value).all():
        yield f"{name} holds numbers that are not finite: {value.tolist()}"
