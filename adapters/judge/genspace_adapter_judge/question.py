"""What a judge is asked about a sample: words from data, filled in with what the sample says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from genspace_core.types import Sample

PACKAGE = "genspace_adapter_judge"
DATA = ("prompts.toml", "questions.toml")
"""The files that make up what is asked."""

_ROLES = ("A", "B", "C")
_RATIO = "volume_ratio"


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge is told: the rules of all questions, and this one."""

    system: str
    text: str


def question_for(sample: Sample, *, form: bool = False) -> Question:
    """The question about a sample.

    Args:
        sample: whose prompt, names and targets it holds.
        form: also say in which form to answer, for models without structured output.
    """
    words = _data("prompts.toml")
    names = {"names": ", ".join(sample.bystanders)}
    text = Template(words[sample.task]).substitute(
        prompt=" ".join(sample.prompt.split()),
        objects=", ".join(sample.objects),
        bystanders=Template(words["bystanders"]).substitute(names) if sample.bystanders else "",
        question=what_has_to_hold(sample),
        scale=words["scale"].strip(),
    )
    parts = [text.strip(), words["form"].strip()] if form else [text.strip()]
    return Question(words["system"].strip(), "\n\n".join(parts))


def what_has_to_hold(sample: Sample) -> str:
    """The one sentence that the judge is to find true or not."""
    told = _data("questions.toml")
    anchor = sample.objects[-1 if len(sample.objects) == len(_ROLES) else 0]  # of three it is the last
    holes = dict(zip(_ROLES, sample.objects, strict=False)) | {"anchor": anchor}
    amount = told["amounts"][sample.task].get(str(sample.template))
    if amount is not None:
        value = sample.targets.get(amount["target"], amount["usually"])
        holes["amount"] = _amount(value, amount["target"])
    return Template(told[sample.task][sample.template]).substitute(holes)


def _amount(value: float, target: str) -> str:
    if target == _RATIO:
        return f"{value:g} times"
    return f"{value:g} metre{'s' * (value != 1)}"


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files(PACKAGE).joinpath(name).read_text("utf-8"))
