"""What the editing suite promises: complete, the same everywhere, and possible in its source picture.

Sizes are read from the data file and the conditions written out again from docs/editing.md, so that a
fault in the builder's own rules does not hide here.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.resources import files
from math import hypot, radians, tan

import pytest

from genspace_core.suite.build_edit import build_edit, build_edit_questions
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.io import dump_suite, parse_suite
from genspace_core.suite.selection import subset
from genspace_core.suite.stats import count_templates
from genspace_core.suite.subdomains import sub_domain_of

# Changes with any change of any sample. If the change is meant: raise VERSION in
# genspace_core/suite/build_edit.py, note it in CHANGELOG.md, and put the new digest here.
DIGEST = "07cd62ce9b351b783222d0a405d581803b2dc5f14eab664667a7c95ff5f3ccc8"
SOURCES_DIGEST = "f200146e46f5daad53aa009c14a453671bc290ee51fe332ba615c7ba758706bf"

SUITE = build_edit()
QUESTIONS = build_edit_questions()
TEMPLATES = load_edit_templates()
ROWS = tomllib.loads(files("genspace_core.suite").joinpath("data/categories.toml").read_text("utf-8"))
SIZES = {row["name"]: row["size"] for row in ROWS["category"]}
FRONTS = {row["name"]: row["front"] for row in ROWS["category"]}
PLACES = {row["name"]: set(row["places"]) for row in ROWS["category"]}
PLACE_OF = {phrase: place for place, phrases in ROWS["settings"].items() for phrase in phrases}
CONFUSABLE = {frozenset(pair) for pair in ROWS["confusable"]}

INSERTING, LAYOUTS, MOVING = range(8, 20), range(32, 36), range(20, 28)


def everything(question):
    """Every name that has a part in an edit."""
    return [*question.sample.objects, *question.sample.bystanders]


def anchor(sample):
    return sample.objects[-1] if len(sample.objects) == 3 else sample.objects[0]


def test_digests_are_pinned():
    from genspace_core.suite.canonical import digest_of

    assert SUITE.digest == DIGEST
    assert digest_of(q.source for q in QUESTIONS) == SOURCES_DIGEST
    assert (SUITE.name, SUITE.version) == ("genspace-edit", "1")


def test_another_process_builds_the_same():
    code = "from genspace_core.suite.build_edit import build_edit; print(build_edit().digest)"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert made.stdout.strip() == DIGEST


def test_counts():
    assert len(SUITE) == 1800
    assert [s.id for s in SUITE] == [f"edit/{t}/{slot:02d}" for t in range(36) for slot in range(50)]
    for sample in SUITE:
        assert sample.sub_domain == sub_domain_of(sample.template)
        assert sample.source == f"sources/{sample.template}/{sample.id[-2:]}.png"


def test_objects_and_bystanders():
    """One object beside a bystander, an object and what is added, or a layout of two or three in turn."""
    for sample in SUITE:
        names = [*sample.objects, *sample.bystanders]
        assert len(set(names)) == len(names), sample.id
        if sample.template in LAYOUTS:
            assert len(sample.objects) == 2 + int(sample.id[-2:]) % 2
            assert sample.bystanders == ()
        elif sample.template in INSERTING:
            assert (len(sample.objects), len(sample.bystanders)) == (2, 0)
        else:
            assert (len(sample.objects), len(sample.bystanders)) == (1, 1)


def test_a_source_shows_all_but_what_is_added():
    for q in QUESTIONS:
        shown = q.sample.objects[:1] if q.sample.template in INSERTING else everything(q)
        assert set(q.source.objects) == set(shown), q.sample.id
        assert q.source.id == q.sample.id
        assert q.source.task == "t2i"
        opening = q.source.prompt.partition(".")[0]
        assert all(f"one {name}" in opening for name in shown), opening
        if q.sample.template in INSERTING:
            assert not re.search(rf"\b{q.sample.objects[1]}\b", q.source.prompt), q.source.prompt


def test_targets_are_the_amounts_asked():
    wanted = {
        **{number: {"move": 1.0} for number in MOVING},
        28: {"volume_ratio": 1.2},
        29: {"height": 0.2},
        30: {"length": 0.5},
        31: {"width": 0.4},
    }
    for sample in SUITE:
        assert sample.targets == wanted.get(sample.template, {})


def test_no_two_edits_are_alike():
    assert len({(q.sample.prompt, q.source.prompt) for q in QUESTIONS}) == 1800


@pytest.mark.parametrize("template", range(36))
def test_as_many_partners_as_possible(template):
    """No partner is used much more often than another; stand-ins spread out."""
    samples = [s for s in SUITE if s.template == template]
    firsts = Counter(anchor(s) for s in samples)
    able = len(firsts)
    assert max(firsts.values()) <= 1 + -(-(50 - able) // able)
    partners = Counter(n for s in samples for n in [*s.objects, *s.bystanders] if n != anchor(s))
    assert len(partners) >= 9


def test_places_suit_everybody():
    for q in QUESTIONS:
        opening = q.source.prompt.split(".")[0]
        found = [phrase for phrase in PLACE_OF if opening.endswith(phrase)]
        assert found, opening
        assert all(PLACE_OF[found[0]] in PLACES[name] for name in everything(q)), q.sample.id


def test_no_pair_that_detectors_confuse():
    for q in QUESTIONS:
        names = everything(q)
        assert not any(frozenset((a, b)) in CONFUSABLE for a in names for b in names)


def test_who_must_have_a_front_has_one():
    for sample in SUITE:
        if sample.template in {*range(16), *range(28, 36)}:
            assert FRONTS[anchor(sample)], sample.id
        if sample.template in range(8, 12):
            assert FRONTS[sample.objects[1]], sample.id


def test_company_is_of_like_size():
    for q in QUESTIONS:
        largest = [max(SIZES[name]) for name in everything(q)]
        assert max(largest) <= 2 * min(largest), q.sample.id


def whole(name, distance):
    """Whether one side of it fits a 60 degree lens, its near face seen from this far from its centre."""
    length, width, height = SIZES[name]
    share = 2 * tan(radians(30))
    return any(
        max(across, height) <= share * (distance - depth / 2)
        for depth, across in ((length, width), (width, length))
    )


@pytest.mark.parametrize("template", MOVING)
def test_what_moves_is_seen_before_and_after(template):
    near = {20: (4, 3), 21: (3, 4), 24: (4, 3), 27: (3, 4)}.get(template)
    distances = near or (4, hypot(4, 1))
    for q in QUESTIONS:
        if q.sample.template != template:
            continue
        assert f"exactly {distances[0]} metres" in q.source.prompt
        for name in everything(q):
            for distance in distances:
                assert whole(name, distance), (q.sample.id, name)
                assert distance / 15 <= max(SIZES[name]) <= 0.9 * distance
            if near is None:  # a step aside of what stands in the middle
                length, width, _ = SIZES[name]
                share = tan(radians(30))
                assert any(
                    1 + across / 2 <= share * (4 - depth / 2)
                    for depth, across in ((length, width), (width, length))
                ), (q.sample.id, name)


@pytest.mark.parametrize(("template", "which", "change"), [(29, 2, 0.2), (30, 0, 0.5), (31, 1, 0.4)])
def test_growth_is_plausible_and_plain(template, which, change):
    for sample in SUITE:
        if sample.template == template:
            assert 0.05 <= change / SIZES[sample.objects[0]][which] <= 0.4, sample.id


DIRECTION = re.compile(
    r"\b(in front of|behind|left|right|front|back|beside|closer|farther|forward|backward)\b"
)
VIEWPOINT = re.compile(
    r"from the ([a-z ]+'s own|camera's) point of view|the [a-z ]+'s own (left|right) side",
    re.IGNORECASE,
)


def test_every_direction_has_a_point_of_view():
    """In instructions and source prompts, no direction word stands in a sentence without one."""
    for q in QUESTIONS:
        for text in (q.sample.prompt, q.source.prompt):
            for sentence in re.split(r"(?<=\.) ", text):
                measured = "measured from its" in sentence  # the object's own extent
                if DIRECTION.search(sentence) and not measured:
                    assert VIEWPOINT.search(sentence), sentence


def test_instructions_say_what_must_stay():
    for q in QUESTIONS:
        assert q.sample.prompt.split(". ")[-1].startswith("Leave "), q.sample.prompt


def test_instructions_state_their_amounts():
    words = {
        "move": "exactly 1 metre",
        "volume_ratio": "exactly 1.2 times",
        "height": "exactly 20 centimetres",
        "length": "exactly 50 centimetres",
        "width": "exactly 40 centimetres",
    }
    for sample in SUITE:
        for target in sample.targets:
            assert words[target] in sample.prompt


def test_the_suite_survives_a_file():
    assert parse_suite(dump_suite(SUITE), "x", default_name="x") == SUITE


def test_a_part_keeps_its_root(tmp_path):
    from dataclasses import replace

    rooted = replace(SUITE, root=tmp_path)
    assert subset(rooted, per_template=2).root == tmp_path
    assert len(subset(rooted, per_template=2)) == 72


def test_stats_count_stand_ins():
    counts = count_templates(SUITE)
    by_number = {c.template: c for c in counts}
    assert by_number[16].stand_ins == 1  # the train alone has no company of like size
    assert by_number[0].stand_ins == 7
    assert all(c.stand_ins is not None for c in counts)


def test_every_template_is_described_completely():
    assert [t.number for t in TEMPLATES] == list(range(36))
    for template in TEMPLATES:
        assert (template.rule == "moved") == (template.number in MOVING) == bool(template.distance)
        assert (template.objects == "layout") == bool(template.sides)
