"""What the built suite promises: the same everywhere, complete, without repeats, plain English."""

import re
import subprocess
import sys
from collections import Counter

import pytest

from genspace_core.suite.build import build_t2i, feasible
from genspace_core.suite.categories import load_categories
from genspace_core.suite.subdomains import DIMENSIONS, SUB_DOMAINS, TEMPLATE_NUMBERS, sub_domain_of
from genspace_core.suite.templates import load_templates

# Changes with any change of any sample. If this test fails and the change is meant, raise VERSION in
# genspace_core/suite/build.py, note the change in CHANGELOG.md, and put the new digest here: results of
# the two versions must not be compared, and the digest is how a leaderboard knows.
DIGEST = "c75e633543dc4f1692c836209b679f30397f47beefd53167e77019a8dda30301"

SUITE = build_t2i()
CATEGORIES = load_categories()
TEMPLATES = load_templates("t2i")
BY_TEMPLATE = {t.number: [s for s in SUITE if s.template == t.number] for t in TEMPLATES}
PLAIN = {c.name: c for c in CATEGORIES}

DIRECTION = re.compile(
    r"\b(left|right|front|back|behind|beside|closer|farther|side|face|faces|turned|ahead)\b"
)


def test_digest_is_pinned():
    assert SUITE.digest == DIGEST
    assert (SUITE.name, SUITE.version) == ("genspace-t2i", "1")


def test_other_processes_with_other_hash_seeds_build_the_same():
    code = "from genspace_core.suite.build import build_t2i; print(build_t2i().digest)"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert made.stdout.strip() == DIGEST


def test_counts():
    assert len(CATEGORIES) == 50
    assert len({c.name for c in CATEGORIES}) == 50
    assert [t.number for t in TEMPLATES] == list(range(36))
    assert len(SUITE) == 1800
    assert {number: len(samples) for number, samples in BY_TEMPLATE.items()} == dict.fromkeys(range(36), 50)


def test_ids_say_template_and_slot():
    assert [s.id for s in SUITE] == [f"t2i/{t}/{slot:02d}" for t in range(36) for slot in range(50)]


def test_sub_domains_follow_the_benchmark_table():
    assert len(SUB_DOMAINS) == 9
    assert set(SUB_DOMAINS.values()) == set(DIMENSIONS)
    assert sorted(n for numbers in TEMPLATE_NUMBERS.values() for n in numbers) == list(range(36))
    for sample in SUITE:
        assert sample.sub_domain == sub_domain_of(sample.template)
        assert sample.template in TEMPLATE_NUMBERS[sample.sub_domain]
    with pytest.raises(ValueError, match="0-35"):
        sub_domain_of(36)


def test_prompts_are_all_different():
    assert len({s.prompt for s in SUITE}) == 1800


def test_targets_are_the_templates_own():
    for template in TEMPLATES:
        for sample in BY_TEMPLATE[template.number]:
            assert sample.targets == template.targets
    assert {t.number: dict(t.targets) for t in TEMPLATES if t.targets} == {
        **{20 + k: {"distance": (k + 1) / 2} for k in range(4)},
        **{24 + k: {"distance": k + 1.0} for k in range(4)},
        **{28: {"volume_ratio": 1.2}, 29: {"height": 0.2}, 30: {"length": 0.5}, 31: {"width": 0.3}},
    }


def test_prompts_state_their_amounts():
    units = {"distance": (1, "metre"), **dict.fromkeys(("height", "length", "width"), (100, "centimetre"))}
    for sample in SUITE:
        for name, amount in sample.targets.items():
            if name == "volume_ratio":
                assert f"exactly {amount:g} times as big as" in sample.prompt
                assert sample.prompt.endswith(", by volume.")
                assert "proportions" not in sample.prompt  # nothing scores them
            else:
                scale, unit = units[name]
                assert re.search(rf"exactly {amount * scale:g} {unit}s?\b", sample.prompt), sample.id


def test_every_direction_word_comes_with_a_point_of_view():
    for sample in SUITE:
        if DIRECTION.search(sample.prompt):
            views = re.findall(r"[Ff]rom the ([a-z ]+?)'s (own )?point of view", sample.prompt)
            assert views, sample.prompt
            # A camera's view is not its "own"; an object's always is, and is one of the sample's.
            assert all((who == "camera") if not own else who in sample.objects for who, own in views)
    without = {s.template for s in SUITE if not DIRECTION.search(s.prompt)}
    assert without == set(range(20, 28))  # distances look the same from anywhere


def test_prompts_are_tidy():
    for sample in SUITE:
        assert not re.search(r"[{}]|\s\s|\ba [aeiou]|\.\.|\s\.", sample.prompt), sample.prompt
        assert sample.prompt.startswith("A photo of ")
        assert sample.prompt.endswith(".")
        for name in sample.objects:
            assert name in sample.prompt


def test_nobody_is_called_it():
    people = {c.name for c in CATEGORIES if c.kind == "person"}
    for sample in SUITE:
        if people & set(sample.objects):
            assert not re.search(r"\b(it|its)\b", sample.prompt), sample.prompt


def test_no_pronoun_could_be_either_of_two():
    for sample in SUITE:
        if len(set(sample.objects)) == 2:
            assert not re.search(r"\b(it|its)\b", sample.prompt), sample.prompt


def test_opening_counts_the_objects():
    for sample in SUITE:
        first = sample.prompt.split(".")[0]
        if len(sample.objects) == 1:
            assert first.startswith(f"A photo of one {sample.objects[0]} ")
        elif len(set(sample.objects)) == 1:
            assert first.startswith(f"A photo of two {PLAIN[sample.objects[0]].plural} ")
        else:
            assert first.startswith(f"A photo of one {sample.objects[0]} and one {sample.objects[1]} ")


def test_slots_belong_to_their_category_or_hold_a_stand_in():
    for template in TEMPLATES:
        able = feasible(template, CATEGORIES)
        for slot, sample in enumerate(BY_TEMPLATE[template.number]):
            own = sample.objects[0] == CATEGORIES[slot].name
            assert own == (slot in able), sample.id


def test_first_objects_are_spread_evenly_over_what_is_possible():
    for template in TEMPLATES:
        counts = Counter(s.objects[0] for s in BY_TEMPLATE[template.number])
        assert set(counts) == {CATEGORIES[i].name for i in feasible(template, CATEGORIES)}
        assert max(counts.values()) - min(counts.values()) <= 1


def test_second_objects_are_spread_evenly_over_what_is_possible():
    for template in TEMPLATES:
        if template.second == "other":
            possible = {CATEGORIES[j].name for js in feasible(template, CATEGORIES).values() for j in js}
            counts = Counter(s.objects[1] for s in BY_TEMPLATE[template.number])
            assert set(counts) == possible
            assert max(counts.values()) - min(counts.values()) <= 1


def test_pairs_repeat_only_where_an_object_has_hardly_any_partner():
    pairs = Counter((s.template, s.objects) for s in SUITE if len(set(s.objects)) == 2)
    assert {template for (template, _), count in pairs.items() if count > 1} == {20}
    assert max(pairs.values()) <= 2


def test_same_templates_ask_for_two_of_one_name():
    for sample in SUITE:
        if 28 <= sample.template <= 31:
            assert len(sample.objects) == 2
            assert len(set(sample.objects)) == 1


def test_unknown_task_has_no_templates():
    with pytest.raises(ValueError, match="video"):
        load_templates("video")
