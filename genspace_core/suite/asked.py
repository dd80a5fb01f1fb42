"""What a template asks for, of either task."""

from __future__ import annotations

from collections.abc import Sequence

from genspace_core.suite.edit_templates import EditTemplate, load_edit_templates
from genspace_core.suite.templates import Template, load_templates
from genspace_core.types import Task


def template_for(task: Task, number: int) -> Template | EditTemplate:
    """The template of this number."""
    return load_edit_templates()[number] if task == "edit" else load_templates("t2i")[number]


def default_targets(task: Task, template: int) -> dict[str, float]:
    """The amounts that the benchmark's own prompts of a template state, metres or a plain ratio."""
    return dict(template_for(task, template).targets)


def of_one_name(task: Task, template: int) -> bool:
    """Whether a template compares two objects of one name."""
    return task == "t2i" and load_templates("t2i")[template].second == "same"


def completed(names: list[str], task: Task, template: int) -> list[str]:
    """The names in full: a template that compares two objects of one name may be given it once."""
    return names * 2 if len(names) == 1 and of_one_name(task, template) else names


def misfit(names: Sequence[str], task: Task, template: int) -> str:
    """What a template asks about, where these names are something else; "" where they fit."""
    counts = template_for(task, template).counts
    if len(names) not in counts:
        return f"asks about {' or '.join(map(str, counts))} object{'s' * (max(counts) > 1)}"
    if of_one_name(task, template) and len(set(names)) > 1:
        return "compares two objects of one name"
    return ""
