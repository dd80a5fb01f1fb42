"""Which names have a front."""

from __future__ import annotations

import pytest

from genspace_adapter_orientation.fronts import has_front, known_fronts
from genspace_core import load_categories


@pytest.mark.parametrize("category", load_categories(), ids=lambda category: category.name)
def test_the_suites_categories_say_it_themselves(category):
    assert has_front(category.name, {}) is category.front


@pytest.mark.parametrize(
    "name", ["ball", "Bottle", " wine  glass ", "red ball", "hot dog", "dining table", "mug", "old oak tree"]
)
def test_common_things_without(name):
    assert not has_front(name, {})


@pytest.mark.parametrize(
    "name", ["dog", "teddy bear", "dragon", "hot dog stand", "telephone box", "office chair", "ballerina", ""]
)
def test_the_rest_has_one(name):
    assert has_front(name, {})


def test_overrides_come_first():
    assert has_front("ball", {"Ball": True})
    assert not has_front("dog", {"dog": False})
    assert has_front("ball", {"*": True})
    assert not has_front("ball", {"*": True, "ball": False})
    assert has_front("red ball", {"red ball": True})
    assert not has_front("blue ball", {"red ball": True})


def test_every_known_name_is_in_lower_case():
    assert [name for name in known_fronts() if name != " ".join(name.split()).casefold()] == []
