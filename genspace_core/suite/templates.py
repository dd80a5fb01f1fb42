"""The benchmark's 36 questions, read from data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from genspace_core.suite.categories import Category

Second = Literal["", "other", "same"]
Rule = Literal["any", "apart", "framed", "resized"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One of the 36 questions.

    Attributes:
        number: 0-35.
        sub_domain: one of the nine.
        opening: the first sentence, with {A} or {As}, {B} and {setting} to fill in.
        text: the rest of the prompt, with {A} and {B}.
        second: "" (one object), "other" (B of another category) or "same" (two of one category).
        front: which of "A" and "B" must have a front.
        rule: the physical rule of docs/suite.md that the objects must meet.
        targets: the amounts asked for, metres or a plain ratio.
    """

    number: int
    sub_domain: str
    opening: str
    text: str
    second: Second
    front: tuple[str, ...]
    rule: Rule
    targets: Mapping[str, float]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many objects its prompt may be about."""
        return (2,) if self.second else (1,)

    def prompt(self, a: Category, b: Category | None, setting: str) -> str:
        """The whole prompt for these objects and this place phrase ("on a lawn")."""
        names = {"A": a.name, "As": a.plural, "B": b.name if b else "", "setting": setting}
        return f"{self.opening.format(**names)} {self.text.format(**names)}"

    def names(self, a: Category, b: Category | None) -> tuple[str, ...]:
        """A sample's object names, in order."""
        if self.second == "same":
            return (a.name, a.name)
        return (a.name, b.name) if b else (a.name,)


@cache
def load_templates(task: str = "t2i") -> tuple[Template, ...]:
    """The 36 templates of a task, by number.

    Raises:
        ValueError: there is no table of this task, or the table is not right.
    """
    path = files("genspace_core.suite").joinpath(f"data/templates_{task}.toml")
    if not path.is_file():
        raise ValueError(f"there are no templates for task {task!r}")
    table = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        Template(
            number=row["number"],
            sub_domain=row["sub_domain"],
            opening=table["opening"][row.get("second", "")],
            text=row["text"],
            second=one_of(row, "second", Second, ""),
            front=tuple(row.get("front", ())),
            rule=one_of(row, "rule", Rule, "any"),
            targets=row.get("targets", {}),
        )
        for row in table["template"]
    )


def one_of(row: Mapping[str, Any], key: str, allowed: Any, default: str = "") -> Any:
    """A template's value that must be one of a `Literal`.

    Raises:
        ValueError: it is another.
    """
    value = row.get(key, default)
    if value not in get_args(allowed):
        raise ValueError(f"template {row['number']}: unknown {key} {value!r}")
    return value
