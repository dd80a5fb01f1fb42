"""The samples of a suite, found by what somebody says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genspace_core.errors import InputError
from genspace_core.tables.showing import shown
from genspace_core.types import Sample, Suite, Task

_Names = tuple[Task, int, tuple[str, ...]]


class Questions:
    """What a suite asks. Every method raises `InputError` where no sample, or more than one, is meant."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.all_edits = all(sample.task == "edit" for sample in suite)
        self._by_id = {sample.id: sample for sample in suite}
        self._by_prompt: dict[str, list[Sample]] = {}
        self._by_names: dict[_Names, list[Sample]] = {}
        for sample in suite:
            self._by_prompt.setdefault(_even(sample.prompt), []).append(sample)
            key = _key(sample.task, sample.template, sample.objects)
            self._by_names.setdefault(key, []).append(sample)

    def by_id(self, id_: Any) -> Sample:
        """The sample of an id."""
        sample = self._by_id.get(str(id_))
        if sample is None:
            raise InputError(f'suite "{self.suite.name}" has no sample {shown(id_)}')
        return sample

    def by_prompt(self, prompt: str) -> Sample:
        """The sample of a prompt; white space does not count."""
        return self._only(self._by_prompt.get(_even(prompt), []), f"the prompt {shown(prompt)}")

    def by_names(self, task: Task, template: int, names: tuple[str, ...], prompt: Any) -> Sample:
        """The sample of a template and these objects, and of this prompt if there are several."""
        samples = self._by_names.get(_key(task, template, names), [])
        if len(samples) > 1 and isinstance(prompt, str):
            samples = [sample for sample in samples if _even(sample.prompt) == _even(prompt)]
        return self._only(samples, f"{task}/{template} with {', '.join(names)}")

    def _only(self, samples: Sequence[Sample], meant: str) -> Sample:
        if len(samples) != 1:
            count = f"{len(samples)} samples" if samples else "no sample"
            raise InputError(f'suite "{self.suite.name}" has {count} of {meant}; name the one meant by "id"')
        return samples[0]


def _even(prompt: str) -> str:
    return " ".join(prompt.split())


def _key(task: Task, template: int, names: tuple[str, ...]) -> _Names:
    return task, template, tuple(name.casefold() for name in names)
