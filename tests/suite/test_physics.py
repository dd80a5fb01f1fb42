"""Every sample asks for something that can be photographed.

The sizes are read from the data file and the conditions are written out again from docs/suite.md,
so that a fault in the builder's own rules does not hide here.
"""

import tomllib
from importlib.resources import files
from math import atan, degrees, hypot, isclose

import pytest

from genspace_core.suite.build import build_t2i

ROWS = tomllib.loads(files("genspace_core.suite").joinpath("data/categories.toml").read_text("utf-8"))
SIZES = {row["name"]: row["size"] for row in ROWS["category"]}
FRONTS = {row["name"]: row["front"] for row in ROWS["category"]}
PLACES = {row["name"]: set(row["places"]) for row in ROWS["category"]}
PLACE_OF = {phrase: place for place, phrases in ROWS["settings"].items() for phrase in phrases}
CONFUSABLE = {frozenset(pair) for pair in ROWS["confusable"]}
SUITE = build_t2i()

FACES_A = {*range(16), *range(28, 36)}  # templates about the front, back or sides of A
FACES_B = {*range(8, 12), *range(32, 36)}


def samples(first, last):
    return [s for s in SUITE if first <= s.template <= last]


def test_sizes_are_sane():
    for name, (length, width, height) in SIZES.items():
        assert min(length, width, height) >= 0.1, name
        assert max(length, width, height) <= 20, name


def test_who_must_have_a_front_has_one():
    for sample in SUITE:
        if sample.template in FACES_A:
            assert FRONTS[sample.objects[0]], sample.id
        if sample.template in FACES_B:
            assert FRONTS[sample.objects[1]], sample.id


def test_places_suit_all_objects():
    for sample in SUITE:
        opening = sample.prompt.split(".")[0]
        found = [phrase for phrase in PLACE_OF if f" {phrase}" in opening]
        assert len(found) == 1, sample.prompt
        assert all(PLACE_OF[found[0]] in PLACES[name] for name in sample.objects), sample.prompt


def test_the_pairs_a_detector_confuses_are_named():
    assert all(len(pair) == 2 and pair <= set(SIZES) for pair in CONFUSABLE)
    assert len(CONFUSABLE) == len(ROWS["confusable"])
    for one, other in (
        ("bear", "teddy bear"),
        ("van", "bus"),
        ("van", "car"),
        ("car", "truck"),
        ("microwave", "oven"),
        ("couch", "armchair"),
        ("stool", "chair"),
        ("bus", "train"),
        ("motor scooter", "motorcycle"),
    ):
        assert {one, other} in CONFUSABLE


def test_no_pair_is_one_a_detector_confuses():
    assert not [s.id for s in SUITE if frozenset(s.objects) in CONFUSABLE]


def test_places_are_plausible():
    """Hand-picked: what has one kind of place only."""
    for name in ("couch", "armchair", "bed", "desk", "laptop", "toilet", "wardrobe"):
        assert PLACES[name] == {"room"}, name
    assert PLACES["train"] == {"station"}
    assert PLACES["boat"] == {"shore"}
    assert all(len(phrases) == 6 for phrases in ROWS["settings"].values())
    assert len(PLACE_OF) == 6 * len(ROWS["settings"])  # no phrase twice
    for sample in SUITE:
        if {"couch", "armchair", "bed"} & set(sample.objects):
            assert not any(word in sample.prompt for word in ("lawn", "runway", "street", "meadow")), (
                sample.id
            )


def test_nobody_is_asked_about_a_front_that_people_disagree_on():
    fronts = {name for name, has in FRONTS.items() if not has}
    assert fronts == {"bed", "desk", "stool", "barrel", "vase", "traffic cone"}


def test_pairs_fit_in_one_picture():
    for sample in SUITE:
        if len(set(sample.objects)) == 2:
            small, large = sorted(max(SIZES[name]) for name in sample.objects)
            assert large / small <= 4 + 1e-9, sample.id


@pytest.mark.parametrize("template", [20, 21, 22, 23])
def test_objects_can_stand_as_far_apart_as_asked(template):
    for sample in samples(template, template):
        (l1, w1, h1), (l2, w2, h2) = (SIZES[name] for name in sample.objects)
        asked = sample.targets["distance"]
        # Put them slimmest side to slimmest side, so that 10 % of the level distance is left free:
        # even so, their centres must not be farther apart than asked.
        level = (min(l1, w1) + min(l2, w2)) / 2 / 0.9
        assert hypot(level, (h1 - h2) / 2) <= asked + 1e-9, sample.id
        assert asked <= 8 * max(l1, w1, h1, l2, w2, h2), sample.id


def narrowest_lens(size, distance):
    """Field of view, degrees, that holds the face towards the camera, from the better of two sides."""
    length, width, height = size
    views = []
    for depth, across in ((length, width), (width, length)):
        near = distance - depth / 2
        assert near > 0
        views.append(2 * degrees(atan(max(across, height) / 2 / near)))
    return min(views)


@pytest.mark.parametrize("template", [24, 25, 26, 27])
def test_the_camera_sees_the_whole_object_well(template):
    for sample in samples(template, template):
        size, distance = SIZES[sample.objects[0]], sample.targets["distance"]
        assert 1 / 15 <= max(size) / distance <= 0.9, sample.id
        assert narrowest_lens(size, distance) <= 60 + 1e-9, sample.id


@pytest.mark.parametrize(
    ("template", "quantity", "axis"), [(29, "height", 2), (30, "length", 0), (31, "width", 1)]
)
def test_changes_are_plain_and_plausible(template, quantity, axis):
    for sample in samples(template, template):
        share = sample.targets[quantity] / SIZES[sample.objects[0]][axis]
        assert 0.05 <= share <= 0.40, sample.id


def test_the_examples_of_the_docs_are_never_asked():
    asked = {(s.template, name) for s in SUITE for name in s.objects}
    assert (20, "airplane") not in asked
    assert (24, "bus") not in asked
    assert (30, "clock") not in asked
    assert not [s for s in samples(20, 20) if set(s.objects) == {"man", "cat"}]


def test_a_category_that_meets_the_rule_keeps_its_slot():
    # The camera rule again, the other way round: nobody is replaced without need.
    for k, distance in enumerate((1, 2, 3, 4)):
        for sample, (name, size) in zip(samples(24 + k, 24 + k), SIZES.items(), strict=True):
            large = max(size) >= distance / 15 or isclose(max(size), distance / 15)
            fits = large and max(size) <= 0.9 * distance and narrowest_lens(size, distance) <= 60
            assert (sample.objects == (name,)) == fits, sample.id
