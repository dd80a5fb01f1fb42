"""What a judge is asked: everything the sample says, and nothing that was measured."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib.resources import files

import pytest

from genspace_adapter_judge.models import TEXT_TOKENS_MOST
from genspace_adapter_judge.plugin import VERSION
from genspace_adapter_judge.question import DATA, PACKAGE, question_for, what_has_to_hold
from genspace_core.suite.asked import template_for
from genspace_core.suite.io import load_suite
from genspace_core.types import Sample

DIGESTS = {"1": "4af903ac7b0277be"}


def _samples() -> list[Sample]:
    """One of each template; edits are made from pictures, so theirs are put together here."""
    made = list({sample.template: sample for sample in load_suite("genspace-t2i")}.values())
    for number in range(36):
        template = template_for("edit", number)
        names = ("dog", "cat", "sheep")[: max(template.counts)]
        made.append(
            Sample(
                id=f"edit/{number}",
                task="edit",
                sub_domain=template.sub_domain,
                template=number,
                prompt="Do as you are told.",
                objects=names,
                targets=template.targets,
            )
        )
    return made


SAMPLES = _samples()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.task}{s.template}")
def test_every_template_has_its_question(sample: Sample) -> None:
    """It names the objects and states the amount, also where the sample does not."""
    question = what_has_to_hold(sample)
    named = set(sample.objects)
    if sample.task == "edit" and sample.template >= 32:  # the anchor alone: of three it is the last
        named = {sample.objects[-1 if len(sample.objects) == 3 else 0]}
    elif sample.task == "edit" and sample.sub_domain == "camera_distance":  # only the camera moves
        named = set()
    assert all(name in question for name in named), question
    assert "$" not in question
    assert what_has_to_hold(replace(sample, targets={})) == question
    for value in sample.targets.values():
        assert f"{value:g}" in question
        changed = dict.fromkeys(sample.targets, 7.25)
        assert "7.25" in what_has_to_hold(replace(sample, targets=changed))


@pytest.mark.parametrize("task", ["t2i", "edit"])
def test_no_two_questions_are_the_same(task: str) -> None:
    asked = [what_has_to_hold(sample) for sample in SAMPLES if sample.task == task]
    same = {question for question in asked if asked.count(question) > 1}
    assert len(asked) == 36
    assert same == set()


# What the question must say for its template; sides are easily mistaken for each other.
SAYS = {
    ("t2i", 2): "own left side",
    ("t2i", 13): "behind",
    ("t2i", 14): "to the left of the",
    ("t2i", 15): "to the right of the",
    ("t2i", 16): "closer to the camera",
    ("t2i", 19): "to the right of the",
    ("t2i", 33): "own left side",
    ("edit", 0): "front",
    ("edit", 3): "back",
    ("edit", 5): "own left side",
    ("edit", 7): "back",
    ("edit", 13): "to the left of the",
    ("edit", 15): "behind",
    ("edit", 19): "farther from the camera",
    ("edit", 21): "farther from the camera",
    ("edit", 27): "backward",
    ("edit", 33): "its back",
    ("edit", 34): "own left side",
}


@pytest.mark.parametrize(("template", "words"), SAYS.items(), ids=str)
def test_the_question_is_the_one_of_its_template(template: tuple[str, int], words: str) -> None:
    (sample,) = [sample for sample in SAMPLES if (sample.task, sample.template) == template]
    assert words in what_has_to_hold(sample)


def test_the_whole_of_it(sample: Sample) -> None:
    told = question_for(sample)
    assert sample.prompt in told.text
    assert "It should show: dog, cat." in told.text
    assert (
        "What has to be true: From the dog's own point of view, the cat is straight to the left" in told.text
    )
    assert "from 0 to 1" in told.text
    assert "JSON" not in told.text
    assert "JSON" in question_for(sample, form=True).text
    assert "judge pictures" in told.system


def test_an_edit_names_what_was_there_before(edit: Sample) -> None:
    told = question_for(edit).text
    assert "It should show: dog. Beside them: cat, as before." in told
    assert "The dog has moved 1 metre closer" in told
    assert "Beside" not in question_for(replace(edit, bystanders=())).text


def test_dollars_and_braces_in_a_prompt_are_left_alone(sample: Sample) -> None:
    odd = 'A "$B" costs {5} $objects.'
    assert odd in question_for(replace(sample, prompt=odd)).text


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.task}{s.template}")
def test_it_is_no_longer_than_the_price_supposes(sample: Sample) -> None:
    """Three characters to a token is more than English has."""
    told = question_for(sample, form=True)
    assert len(told.system + told.text) / 3 < TEXT_TOKENS_MOST


def test_other_words_are_another_judge() -> None:
    """Whoever changes what is asked raises the version, and writes the new digest down here."""
    text = "".join(files(PACKAGE).joinpath(name).read_text("utf-8") for name in DATA)
    assert DIGESTS[VERSION] == hashlib.sha256(text.encode()).hexdigest()[:16]
