"""The tables of templates: data files that name measures and fade shapes, and nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Literal, NamedTuple, cast

from genspace_core.errors import InputError
from genspace_core.types import Sample, Task
from genspace_metrics.shapes import Above, Band, Below, LogBand, Shape

ROLES = ("A", "B", "C")

Frame = Literal["gravity", "camera"]

_CALL = re.compile(r"(\w+)\((.*)\)")


class Measure(NamedTuple):
    """A measuring function, `function(view, *words)` -> number, and the unit of what it returns."""

    function: Callable[..., float]
    unit: str


class Asked(NamedTuple):
    """The amount asked for: `Sample.targets[key]` if the sample has it, else `default`."""

    key: str
    default: float


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that must hold.

    Attributes:
        measure: the measuring function.
        of: the words it is measured on.
        shape: what satisfies it and how the rest fades.
        asked: the amount asked for; None where only a bound or an order is.
        text: as the table writes it, e.g. "angle(A.front, A->camera)".
    """

    measure: Measure
    of: tuple[str, ...]
    shape: Shape
    asked: Asked | None
    text: str

    def at(self, anchor: str, other: str) -> Constraint:
        """The same with the roles "anchor" and "other" filled in, wherever they occur."""
        of = tuple(word.replace("anchor", anchor).replace("other", other) for word in self.of)
        return replace(self, of=of, text=self.text.replace("anchor", anchor).replace("other", other))


Aspect = Literal["place", "heading", "size", "length", "width", "height", "proportions"]


def anchor_of(count: int) -> int:
    """Which of an edit's objects, from 0, the instruction is about: the last of three, else the first."""
    return count - 1 if count == len(ROLES) else 0


@dataclass(frozen=True, slots=True)
class Keeps:
    """What an edit must leave as it was.

    Attributes:
        seen_from: what places and headings are compared to: "camera" (which must stay), "anchor" (place
            and heading of the anchor: the camera goes round it) or "anchor_place" (the camera moves
            without turning).
        main: what of the object that the instruction names (the anchor of a layout) must stay.
        added: roles that are not in the source yet.
    """

    seen_from: Literal["camera", "anchor", "anchor_place"]
    main: tuple[Aspect, ...]
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One of the benchmark's questions.

    Attributes:
        task: "t2i" or "edit".
        number: 0-35.
        asks: what is asked, in words.
        constraints: as the table writes them.
        by_count: for each allowed number of objects, the constraints with the roles filled in: the
            anchor of a layout is A of two objects and the last of three, "other" each of the rest.
        compares: needs the scene before the edit.
        keeps: what an edit must leave as it was; None where that is not judged.
    """

    task: Task
    number: int
    asks: str
    constraints: tuple[Constraint, ...]
    by_count: Mapping[int, tuple[Constraint, ...]]
    compares: bool
    keeps: Keeps | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """All templates of one metric.

    Attributes:
        name: of the metric.
        version: of the table; a change of any number in it is a new one.
        rotation_frame: the frame rotations are used in. Positions are in the gravity frame always;
            "camera" for rotations is a fault of the published protocol.
        templates: of both tasks.
        aspects: of what must stay, how far it may stray; empty where that is not judged.
        twins_may_swap: two objects of one name are told apart from left to right, which the other side of
            them turns round; whether an edit is judged by the better of the ways to take them.
    """

    name: str
    version: str
    rotation_frame: Frame
    templates: Sequence[Template]
    aspects: Mapping[Aspect, Shape] = field(default_factory=dict)
    twins_may_swap: bool = False
    _index: dict[tuple[str, int], Template] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index = {(template.task, template.number): template for template in self.templates}
        assert len(index) == len(self.templates), f"{self.name}: two templates with one number"
        object.__setattr__(self, "_index", index)

    def find(self, sample: Sample) -> Template:
        """The sample's template.

        Raises:
            InputError: no such template, or the sample names a wrong number of objects.
        """
        template = self._index.get((sample.task, sample.template))
        if template is None:
            raise InputError(
                f"unknown template {sample.task}/{sample.template}; use t2i/0 to t2i/35 or edit/0 to edit/35"
            )
        if len(sample.objects) not in template.by_count:
            wanted = " or ".join(map(str, template.by_count))
            raise InputError(
                f"template {sample.task}/{sample.template} takes {wanted} object"
                f"{'' if wanted == '1' else 's'}, not {len(sample.objects)}; give them in order A, B, C"
            )
        return template


def _width(value: str | float) -> float:
    """Tables write 1/3 as a fraction, because no decimal is it."""
    return float(Fraction(str(value)))


def _shape(row: dict[str, Any]) -> Shape:
    """Take a constraint's shape out of its row."""
    if "below" in row or "above" in row:
        kind, bound = (Below, row.pop("below")) if "below" in row else (Above, row.pop("above"))
        zero = row.pop("zero", None)
        return kind(float(bound), None if zero is None else float(zero), row.pop("punished", False))
    beyond = float(row.pop("beyond", 0))
    if "log_band" in row:
        return LogBand(_width(row.pop("log_band")), beyond)
    return Band(_width(row.pop("band")), beyond, row.pop("never", False))


def _constraint(row: dict[str, Any], measures: Mapping[str, Measure]) -> Constraint:
    text = row.pop("measure")
    call = _CALL.fullmatch(text)
    assert call, f"not a measure: {text}"
    shape = _shape(row)
    asked = row.pop("asked", None)
    assert not row, f"{text}: what is {', '.join(row)}?"
    target = next(Asked(key, float(amount)) for key, amount in asked.items()) if asked else None
    return Constraint(measures[call[1]], tuple(call[2].split(", ")), shape, target, text)


def _filled(constraints: tuple[Constraint, ...], count: int) -> tuple[Constraint, ...]:
    anchor = ROLES[anchor_of(count)]
    others = [role for role in ROLES[:count] if role != anchor]
    return tuple(
        constraint.at(anchor, other)
        for constraint in constraints
        for other in (others if "other" in constraint.text else [""])
    )


def _template(task: Task, row: dict[str, Any], measures: Mapping[str, Measure]) -> Template:
    constraints = tuple(_constraint(dict(each), measures) for each in row["constraints"])
    by_count = {count: _filled(constraints, count) for count in row["objects"]}
    keeps = row.get("keeps")
    return Template(
        task,
        row["number"],
        row["asks"],
        constraints,
        by_count,
        row.get("compares", False),
        Keeps(keeps["seen_from"], tuple(keeps["main"]), tuple(keeps.get("added", ()))) if keeps else None,
    )


@cache
def load_table(name: Literal["paper", "spatial"]) -> Table:
    """Read data/NAME.toml and tie its measures to their functions."""
    content = tomllib.loads(files("genspace_metrics").joinpath(f"data/{name}.toml").read_text("utf-8"))
    module = import_module("genspace_metrics.published" if name == "paper" else "genspace_metrics.measures")
    tasks = cast("tuple[Task, ...]", ("t2i", "edit"))
    templates = [_template(task, row, module.MEASURES) for task in tasks for row in content[task]]
    aspects = {aspect: _shape(dict(row)) for aspect, row in content.get("preservation", {}).items()}
    return Table(
        name,
        content["version"],
        content["rotation_frame"],
        templates,
        aspects,
        content.get("twins_may_swap", False),
    )
