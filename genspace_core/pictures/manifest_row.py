"""What a manifest's row asks: a question of a suite, or one that the row tells itself.

The cells are those of one row by column, the blank ones left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import isfinite
from typing import Any

from genspace_core.errors import InputError
from genspace_core.pictures.names import check_fit, parse_names, same_names
from genspace_core.pictures.questions import Questions
from genspace_core.plugins.wording import listing
from genspace_core.suite.asked import default_targets
from genspace_core.suite.cells import ID_ALLOWED, id_of, is_id, refused, targets_of, task_of, template_of
from genspace_core.suite.subdomains import sub_domain_of
from genspace_core.tables.showing import shown
from genspace_core.types import Sample, Task

Cells = Mapping[str, Any]


def suites_sample(cells: Cells, questions: Questions) -> Sample:
    """The suite's sample that a row means.

    Raises:
        InputError, ValueError: it means none, or contradicts the one it means.
    """
    names = parse_names(cells["names"]) if "names" in cells else None
    task, template = _asked(cells) if "template" in cells else (None, None)
    if "id" in cells:
        sample = questions.by_id(cells["id"])
    elif names is None or template is None:
        raise InputError('needs "id", or "template" and "names"')
    else:
        usual: Task = "edit" if "source" in cells or questions.all_edits else "t2i"
        sample = questions.by_names(task or usual, template, names, cells.get("prompt"))
    if names is not None and not same_names(names, sample.objects):
        raise InputError(
            f"names {', '.join(names)}, and {sample.id} of the suite asks about {', '.join(sample.objects)}"
        )
    if template not in (None, sample.template) or task not in (None, sample.task):
        raise InputError(
            f"says {task or sample.task}/{template}, and {sample.id} of the suite is of template "
            f"{sample.task}/{sample.template}"
        )
    return sample


def own_sample(cells: Cells, numbers: Counter[tuple[Task, int]]) -> Sample:
    """The sample that a row itself describes.

    Args:
        cells: the row's.
        numbers: how many rows there were of each template; it counts this one.

    Raises:
        InputError, ValueError: it describes none.
    """
    if "template" not in cells or "names" not in cells:
        raise InputError('needs "template" and "names"')
    said, template = _asked(cells)
    task: Task = said or ("edit" if "source" in cells else "t2i")
    id_ = id_of(cells.get("id", f"{task}/{template}/{numbers[task, template]:02d}"))
    numbers[task, template] += 1
    names = parse_names(cells["names"])
    check_fit(task, template, names)
    bystanders = parse_names(cells["bystanders"]) if "bystanders" in cells else ()
    if both := set(names) & set(bystanders):
        raise InputError(f'"{min(both)}" is among its names and its bystanders; keep one')
    prompt = cells.get("prompt", "")
    if not isinstance(prompt, str):
        raise InputError(refused("prompt", prompt, "a text"))
    if not isinstance(id_, str) or not is_id(id_):
        raise InputError(refused("id", id_, ID_ALLOWED))
    source = cells.get("source") if task == "edit" else None
    return Sample(
        id=id_,
        task=task,
        sub_domain=sub_domain_of(template),
        template=template,
        prompt=prompt,
        objects=names,
        targets=_targets(cells.get("targets"), task, template),
        source=source if isinstance(source, str) else None,
        bystanders=bystanders,
    )


def _asked(cells: Cells) -> tuple[Task | None, int]:
    """The task, where the row says it, and the template."""
    stated, template = template_of(cells["template"])
    return task_of(cells.get("task"), {"its template": stated}), template


def _targets(cell: Any, task: Task, template: int) -> dict[str, float]:
    """The amounts asked for, by name."""
    amounts = {} if cell is None else targets_of(cell)
    if not isinstance(amounts, Mapping) or not all(map(_is_amount, amounts.values())):
        raise InputError(refused("targets", cell, 'finite numbers by name, e.g. {"distance": 1.5}'))
    known = default_targets(task, template)
    if strange := sorted(amounts.keys() - known.keys()):
        raise InputError(f'key "targets" names {shown(strange[0])}; {task}/{template} takes {listing(known)}')
    return {name: float(value) for name, value in amounts.items()}


def _is_amount(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    except OverflowError:  # an integer beyond any float
        return False
