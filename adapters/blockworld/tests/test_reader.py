"""The reader understands every template, and says what it cannot read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_adapter_blockworld import reader
from genspace_adapter_blockworld.clauses import load_phrases
from genspace_adapter_blockworld.intent import Fact
from genspace_adapter_blockworld.reader import read
from genspace_core import load_categories
from genspace_core.errors import InvalidRequest

BESIDE = Fact("bearing", 1, 0, "beside")
SAME = Fact("heading", 1, 0, "same")


def _both(side):
    return (SAME, BESIDE, Fact("sees", 0, value=side), Fact("sees", 1, value=side))


MEANINGS = {
    **{n: (Fact("sees", 0, value=s),) for n, s in enumerate(["front", "back", "left", "right"] * 2)},
    8: (SAME, BESIDE),
    9: (Fact("heading", 1, 0, "opposite"), BESIDE),
    10: (Fact("bearing", 1, 0, "front"), Fact("bearing", 0, 1, "front")),
    11: (Fact("bearing", 1, 0, "back"), Fact("bearing", 0, 1, "back")),
    **{12 + n: (Fact("bearing", 1, 0, s),) for n, s in enumerate(["front", "back", "left", "right"])},
    16: (Fact("nearer", 0, 1),),
    17: (Fact("nearer", 1, 0),),
    18: (Fact("left_of", 0, 1),),
    19: (Fact("left_of", 1, 0),),
    **{20 + n: (Fact("apart", 0, 1, amount=d),) for n, d in enumerate([0.5, 1.0, 1.5, 2.0])},
    **{24 + n: (Fact("range", 0, amount=d),) for n, d in enumerate([1.0, 2.0, 3.0, 4.0])},
    **{
        28 + n: (Fact("left_of", 0, 1), Fact("resized", 0, 1, quantity, amount))
        for n, (quantity, amount) in enumerate(
            [("volume_ratio", 1.2), ("height", 0.2), ("length", 0.5), ("width", 0.3)]
        )
    },
    32: _both("front"),
    33: _both("left"),
    34: _both("right"),
    35: _both("back"),
}


@pytest.mark.parametrize("template", range(36))
@pytest.mark.parametrize(
    "names", [("dog", "car"), ("teddy bear", "bear"), ("bear", "teddy bear"), ("tv", "traffic cone")]
)
def test_means_what_the_template_asks(template, names, prompt_of):
    intent = read(prompt_of(template, *names, "in a car park"))
    assert intent.facts == MEANINGS[template]
    assert intent.setting == "in a car park"
    assert intent.objects[0] == names[0]


def test_knows_every_category(prompt_of):
    for category in load_categories():
        for template in (0, 14, 28):
            assert read(prompt_of(template, category.name, "vase", "on a lawn")).objects[0] == category.name


def test_reads_three_objects_seen_by_the_last():
    intent = read(
        "A photo of one motorcycle, one pig and one woman on a snowy field. "
        "From the woman's own point of view, the motorcycle is directly to the right of the woman. "
        "There is wide empty space on all sides of the pig."
    )
    assert intent.objects == ("motorcycle", "pig", "woman")
    assert intent.setting == "on a snowy field"
    assert intent.facts == (Fact("bearing", 0, 2, "right"), Fact("roomy", 1))


def test_case_spaces_and_articles_do_not_matter():
    intent = read(
        "a  photo of a DOG and a cat on a lawn.\n From the Dog's own point of view, "
        "the cat is directly behind the dog."
    )
    assert intent.objects == ("dog", "cat")
    assert intent.facts == (Fact("bearing", 1, 0, "back"),)


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("", "empty"),
        ("Paint me a dog.", "Paint me a dog"),
        ("A photo of one dragon on a lawn.", "dragon"),
        ("A photo of one dog on a lawn. The dog is asleep.", "The dog is asleep"),
        (
            "A photo of one dog on a lawn. "
            "The distance from the camera to the centre of the cat is exactly 1 metre.",
            "the photo has no cat",
        ),
        ("A photo of one dog and one cat on a lawn. The cat is directly behind the dog.", "directly behind"),
        (
            "A photo of one dog and one cat on a lawn. "
            "From the cat's own point of view, the cat is directly behind the dog.",
            "point of view of the cat",
        ),
    ],
)
def test_says_what_it_cannot_read(prompt, named):
    with pytest.raises(InvalidRequest, match=named):
        read(prompt)


def test_a_mistake_in_the_phrase_table_is_no_fault_of_the_prompt(monkeypatch):
    """A subject that is no word of the table must show as such, and not as an unreadable prompt."""
    phrases = load_phrases(reader.PHRASES)
    wrong = tuple(
        replace(c, says=tuple({**fact, "subject": "Z"} for fact in c.says)) for c in phrases.clauses
    )
    monkeypatch.setattr(reader, "load_phrases", lambda _: replace(phrases, clauses=wrong))
    with pytest.raises(ValueError, match="'Z'"):
        read("A photo of one dog on a lawn. The picture shows the front of the dog.")


@given(st.text())
def test_any_other_text_is_an_invalid_request(text):
    with pytest.raises(InvalidRequest):
        read("A photo of one dog on a lawn. It " + text)
