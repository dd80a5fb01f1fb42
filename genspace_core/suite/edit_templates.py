"""The benchmark's 36 editing questions, read from data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from genspace_core.suite.categories import Category
from genspace_core.suite.templates import one_of

Objects = Literal["A", "A+B", "layout"]
EditRule = Literal["any", "moved", "resized"]

ROLES = ("A", "B", "C")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTemplate:
    """One of the 36 editing questions.

    Attributes:
        number: 0-35.
        sub_domain: one of the nine.
        openings: first sentences of a source's prompt, by how many objects it shows.
        source: the rest of the source's prompt, with {A}, {X} (the bystander) or {anchor} to fill in.
        text: the instruction, its ending included.
        moves_camera: the camera is what moves, and every object stays.
        objects: "A" (one object, beside a bystander), "A+B" (B is added) or "layout" (two or three).
        sides: of a layout: where the anchor sees each of the others.
        front: which of "A" and "B" must have a front.
        rule: the physical rule of docs/suite.md that the objects must meet.
        distance: metres from the camera to A in the source, and after the edit ("aside" for a step to
            a side); empty where it is left open.
        room: where a source must leave room, as the table says.
        targets: the amounts asked for, metres or a plain ratio.
    """

    number: int
    sub_domain: str
    openings: Mapping[int, str]
    source: str
    text: str
    moves_camera: bool
    objects: Objects
    sides: tuple[str, ...]
    front: tuple[str, ...]
    rule: EditRule
    distance: tuple[float | str, ...]
    room: tuple[str, ...]
    targets: Mapping[str, float]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many objects its instruction may be about."""
        return {"A": (1,), "A+B": (2,), "layout": (2, 3)}[self.objects]

    def instruction(self, objects: Sequence[Category]) -> str:
        """What the editing model is told; `objects` plays A, B, C."""
        return self.text.format(**_names(objects, None))

    def source_prompt(self, objects: Sequence[Category], bystander: Category | None, setting: str) -> str:
        """What a model is told that makes the source picture.

        Args:
            objects: A, B, C as the sample names them.
            bystander: a further object of the source; None where there is none.
            setting: place phrase, e.g. "on a lawn".
        """
        names = _names(objects, bystander)
        shown = [c.name for c in objects[: 1 if self.objects == "A+B" else None]]
        shown += [bystander.name] if bystander else []
        opening = self.openings[len(shown)].format(**dict(zip(ROLES, shown, strict=False)), setting=setting)
        anchor = names["anchor"]
        others = (c.name for c in objects if c.name != anchor)
        places = [
            f"From the {anchor}'s own point of view, the {other} is directly {side} the {anchor}."
            for other, side in zip(others, self.sides, strict=False)
        ]
        return " ".join([opening, self.source.format(**names), *places])


def _names(objects: Sequence[Category], bystander: Category | None) -> dict[str, str]:
    """What the holes of a text are filled with. The anchor of three is the last, as in the protocol."""
    names = {role: category.name for role, category in zip(ROLES, objects, strict=False)}
    anchor = objects[-1 if len(objects) == len(ROLES) else 0]
    return names | {"anchor": anchor.name, "X": bystander.name if bystander else ""}


@cache
def load_edit_templates() -> tuple[EditTemplate, ...]:
    """The 36 templates, by number.

    Raises:
        ValueError: the table is not right.
    """
    path = files("genspace_core.suite").joinpath("data/templates_edit.toml")
    table = tomllib.loads(path.read_text("utf-8"))
    openings = {int(count): text for count, text in table["opening"].items()}
    return tuple(
        EditTemplate(
            number=row["number"],
            sub_domain=row["sub_domain"],
            openings=openings,
            source=row["source"],
            text=f"{row['text']} {table['ending'][row['ends']]}",
            moves_camera=row["ends"] == "camera",
            objects=one_of(row, "objects", Objects),
            sides=tuple(row.get("sides", ())),
            front=tuple(row.get("front", ())),
            rule=one_of(row, "rule", EditRule, "any"),
            distance=tuple(row.get("distance", ())),
            room=tuple(row.get("room", ())),
            targets=row.get("targets", {}),
        )
        for row in table["template"]
    )
