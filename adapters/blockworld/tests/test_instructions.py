"""The reader of instructions understands every template, and says what it cannot read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_adapter_blockworld.instructions import read_instruction
from genspace_adapter_blockworld.intent import Fact
from genspace_core.errors import InvalidRequest
from genspace_core.suite.build_edit import build_edit_questions


def _ways(kind, subject, ways):
    return [(Fact(kind, subject, value=way, amount=1.0),) for way in ways]


def _sees(kind, subject, sides):
    return [(Fact(kind, subject), Fact("sees", 0, value=side)) for side in sides]


# What is to change, then what must hold afterwards; of two objects the one added is named first, so it is 0.
MEANINGS = [
    *_sees("orbit", -1, ("front", "left", "right", "back")),
    *_sees("turn", 0, ("front", "left", "right", "back")),
    (Fact("add", 0), Fact("heading", 0, 1, "same"), Fact("bearing", 0, 1, "beside")),
    (Fact("add", 0), Fact("heading", 0, 1, "opposite"), Fact("bearing", 0, 1, "beside")),
    (Fact("add", 0), Fact("bearing", 0, 1, "front"), Fact("bearing", 1, 0, "front")),
    (Fact("add", 0), Fact("bearing", 0, 1, "back"), Fact("bearing", 1, 0, "back")),
    *[(Fact("add", 0), Fact("bearing", 0, 1, side)) for side in ("front", "left", "right", "back")],
    (Fact("add", 0), Fact("nearer", 0, 1)),
    (Fact("add", 0), Fact("left_of", 0, 1)),
    (Fact("add", 0), Fact("left_of", 1, 0)),
    (Fact("add", 0), Fact("nearer", 1, 0)),
    *_ways("move", 0, ("closer", "farther", "left", "right")),
    *_ways("dolly", -1, ("forward", "left", "right", "backward")),
    *[
        (Fact("resize", 0, value=quantity, amount=amount),)
        for quantity, amount in [("volume_ratio", 1.2), ("height", 0.2), ("length", 0.5), ("width", 0.4)]
    ],
    *_sees("orbit", -1, ("front", "back", "left", "right")),
]


def test_means_what_each_of_the_1800_instructions_asks():
    for question in build_edit_questions():
        sample = question.sample
        change = read_instruction(sample.prompt)
        assert (change.action, *change.facts) == MEANINGS[sample.template], sample.id
        if change.action.kind == "add":
            assert change.objects == sample.objects[::-1]
        elif change.action.kind == "dolly":
            assert change.objects == ()
        else:  # of a layout of three, the last is the one whose point of view it takes
            assert change.objects == (sample.objects[-1 if len(sample.objects) == 3 else 0],)


def test_case_spaces_and_articles_do_not_matter():
    change = read_instruction(
        "add  a DOG so that, from the CAMERA's point of view,\n the dog is to the left of the Teddy Bear."
    )
    assert change.objects == ("dog", "teddy bear")
    assert change.facts == (Fact("left_of", 0, 1),)


@pytest.mark.parametrize(
    ("instruction", "named"),
    [
        ("", "empty"),
        ("Make it nicer.", "Make it nicer"),
        ("Leave the camera and the dog as they are.", "no change"),
        (
            "Turn the dog on the spot so that, the front of the dog points straight at the camera. "
            "Make the dog exactly 1.2 times as big, by volume.",
            "several changes",
        ),
        ("Move the dog exactly 1 metre to the left.", "to the left"),  # whose left?
        ("From the camera's point of view, move the dragon exactly 1 metre to the left.", "dragon"),
        ("Add one cat so that the dog sleeps.", "the dog sleeps"),
        (
            "Add one cat so that, from the cat's own point of view, the cat is directly behind the dog.",
            "point of view of the cat",
        ),
    ],
)
def test_says_what_it_cannot_read(instruction, named):
    with pytest.raises(InvalidRequest, match=named):
        read_instruction(instruction)


@given(st.text())
def test_any_other_text_is_an_invalid_request(text):
    with pytest.raises(InvalidRequest):
        read_instruction("Turn the dog on the spot so that it " + text)
