"""What a template asks for when a table of prompts does not say it."""

from __future__ import annotations

from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.templates import load_templates
from genspace_core.types import Task


def default_targets(task: Task, template: int) -> dict[str, float]:
    """The amounts that the benchmark's own prompts of a template state, metres or a plain ratio."""
    known = load_edit_templates() if task == "edit" else load_templates("t2i")
    return dict(known[template].targets)


def completed(names: list[str], task: Task, template: int) -> list[str]:
    """The names in full: a template that compares two objects of one name may be given it once."""
    twice = task == "t2i" and load_templates("t2i")[template].second == "same"
    return names * 2 if twice and len(names) == 1 else names
