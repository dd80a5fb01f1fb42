"""Scenes as rows of a JSON lines file, and their scores as rows of another.

A row holds `task` ("t2i/TEMPLATE" or "edit/TEMPLATE"), `objects` (in order A, B, C: `points`, n x 3,
metres; `rotation`, 3 x 3, object axes as columns, or null when unknown) and, where the template
compares with what was before, `before` (the same objects before the edit). Everything is in one
frame, x right, y down along gravity, z forward, with the camera at the origin. Other keys are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Final, cast

import numpy as np

from genspace_core.errors import InputError
from genspace_core.suite.subdomains import TEMPLATE_COUNT, sub_domain_of
from genspace_core.tables.showing import shown
from genspace_core.types import Camera, Evidence, Measurement, Sample, Scene, SceneObject, Score, Task

NAMES: Final = ("A", "B", "C")
COMPARING: Final = range(20, TEMPLATE_COUNT)
"""Editing templates that compare with the scene before."""

_CAMERA: Final = Camera(np.eye(3))


@dataclass(frozen=True, slots=True)
class Row:
    """One row, read and checked: what is asked (the objects are named A, B, C) and the scenes."""

    sample: Sample
    evidence: Evidence


def parse_row(line: bytes) -> Row:
    """Read one row.

    Raises:
        InputError: what is wrong with it, and the fix.
    """
    content = _json_object(line)
    task, template = _task(content)
    objects = _scene(content, "objects")
    names = NAMES[: len(objects.objects)]
    before = None
    if task == "edit" and template in COMPARING:
        if "before" not in content:
            raise InputError(
                f'key "before" is missing; edit/{template} compares with the same objects before the edit'
            )
        before = _scene(content, "before")
        if len(before.objects) != len(names):
            raise InputError(
                f'"before" has {len(before.objects)} objects and "objects" {len(names)}; '
                "give the same ones in the same order"
            )
    sample = Sample(
        id=f"{task}/{template}",
        task=task,
        sub_domain=sub_domain_of(template),
        template=template,
        prompt="",
        objects=names,
    )
    return Row(sample, Evidence(scene=objects, scene_before=before))


def task_of(line: bytes) -> str | None:
    """The `task` of a row that may be wrong in any other way, else None."""
    try:
        task = _json_object(line).get("task")
    except InputError:
        return None
    return task if isinstance(task, str) else None


def score_row(task: str, score: Score) -> dict[str, Any]:
    """A score as a JSON-able row; a measurement that is not a number becomes null."""
    row = {
        "task": task,
        "value": score.value,
        "passed": score.passed,
        "undecidable": score.undecidable,
        "reason": score.reason,
        "measurements": [_measurement_row(each) for each in score.measurements],
    }
    if score.preservation is not None:
        row |= {
            "preservation": score.preservation,
            "kept": [_measurement_row(each) for each in score.kept],
        }
    return row


def _measurement_row(each: Measurement) -> dict[str, Any]:
    return asdict(each) | {"value": each.value if isfinite(each.value) else None}


def _json_object(line: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(line)
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg} at column {error.colno}); give one object a line") from None
    except (RecursionError, ValueError):  # nested too deep; a number of thousands of digits
        raise InputError("not JSON that can be read; give one object a line") from None
    if not isinstance(content, dict):
        raise InputError('not a JSON object; give {"task": ..., "objects": [...]}')
    return content


def _get(content: Mapping[str, Any], key: str, where: str, fix: str) -> Any:
    if key not in content:
        raise InputError(f'key "{key}" is missing{where}; {fix}')
    return content[key]


def _task(content: Mapping[str, Any]) -> tuple[Task, int]:
    text = _get(content, "task", "", 'give "t2i/0" to "t2i/35" or "edit/0" to "edit/35"')
    task, _, number = text.partition("/") if isinstance(text, str) else ("", "", "")
    if task not in ("t2i", "edit"):
        raise InputError(f'unknown task {shown(text)}; give "t2i/0" to "t2i/35" or "edit/0" to "edit/35"')
    if not (number.isascii() and number.isdecimal()) or len(number) > 2 or int(number) >= TEMPLATE_COUNT:
        raise InputError(f"unknown template {shown(text)}; templates are 0 to {TEMPLATE_COUNT - 1}")
    return cast("Task", task), int(number)


def _scene(content: Mapping[str, Any], key: str) -> Scene:
    fix = "give the objects in order A, B, C"
    rows = _get(content, key, "", fix)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'"{key}" is not a list of objects; {fix}, each with "points" and "rotation"')
    if not 1 <= len(rows) <= len(NAMES):
        raise InputError(f'"{key}" holds {len(rows)} objects; {fix}, one to three of them')
    prefix = "" if key == "objects" else "before: "
    return Scene(_CAMERA, tuple(_object(row, name, prefix) for name, row in zip(NAMES, rows, strict=False)))


def _object(row: Mapping[str, Any], name: str, prefix: str) -> SceneObject:
    where = f" in {prefix}{name}"
    points = _numbers(
        _get(row, "points", where, "give n x 3 numbers, in metres"), f"{prefix}points of {name}"
    )
    rotation = _get(row, "rotation", where, "give 3 x 3 numbers, or null when it is unknown")
    if rotation is not None:
        rotation = _numbers(rotation, f"{prefix}rotation of {name}")
    try:
        return SceneObject(
            name=name,
            points=points,
            rotation=rotation,
            rotation_note=None if rotation is not None else "the row gives none",
        )
    except InputError as error:
        raise InputError(f"{prefix}{error}") from None


def _numbers(value: Any, what: str) -> Any:
    """An array whose numbers are numbers, not texts or truth values that numpy would convert."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"{what} are not an even table of numbers; give every row the same length") from None
    if not array.size:
        raise InputError(f"{what} are empty; an object needs at least one point, and all of its rotation")
    if array.dtype.kind not in "iuf":
        raise InputError(f"{what} hold something that is not a number; give plain JSON numbers")
    return array
