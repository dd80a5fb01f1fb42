"""The conformance kit lets good plugins pass, and fails bad ones in the test that is meant for them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from _pytest.outcomes import Skipped

import tests.testing.plugins_under_test as bad
from genspace_core.errors import GenSpaceError
from genspace_core.testing import (
    EditorConformance,
    GeneratorConformance,
    MetricConformance,
    PluginConformance,
    ReconstructorConformance,
)

MODULE = "tests.testing.plugins_under_test"


class TestGoodGenerator(GeneratorConformance):
    spec = bad.GENERATOR
    spec_module = MODULE
    config: ClassVar = {"words": ["one", "two", "three", "four", "five", "six", "seven", "eight"]}
    prompts = ("a", "bb", "ccc")


class TestGoodEditor(EditorConformance):
    spec = bad.EDITOR
    spec_module = MODULE
    prompts = ("a", "bb", "ccc")


class TestGoodReconstructor(ReconstructorConformance):
    spec = bad.RECONSTRUCTOR
    spec_module = MODULE

    def picture(self) -> Any:
        return np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


class TestGoodMetric(MetricConformance):
    spec = bad.METRIC
    spec_module = MODULE


def names_of_tests(kit: type[PluginConformance]) -> list[str]:
    return sorted(name for name in dir(kit) if name.startswith("test_"))


GENERATOR_FAULTS = {
    "seed ignored": ("test_another_seed_gives_another_picture", "seeds 0 and 1 gave one picture"),
    "counts calls": ("test_a_seed_belongs_to_a_picture", "the same seed gave another picture"),
    "batch shares a picture": ("test_batches_and_order_change_nothing", "a batch changed a picture"),
    "batch loses one": ("test_batches_and_order_change_nothing", "answers each request"),
    "numpy info": ("test_its_facts_are_json", r"info\['seen'\]\['nsfw'\] is numpy.float32; keep a plain"),
    "numpy float64 info": ("test_its_facts_are_json", "numpy.float64"),
    "tuple info": ("test_its_facts_are_json", r"info\['size'\] is tuple.*keep a list"),
    "nan info": ("test_its_facts_are_json", "is nan, which JSON does not have"),
    "keys of info": ("test_its_facts_are_json", "JSON's keys are texts"),
    "numpy cost": ("test_its_cost_is_an_amount", "cost is float32"),
    "negative cost": ("test_its_cost_is_an_amount", "cost is -1"),
    "bytearray": ("test_it_makes_a_picture", "data is bytearray, not bytes"),
    "bare bytes": ("test_it_makes_a_picture", "returned bytes, not a GeneratedImage"),
}
EDITOR_FAULTS = {
    "paints on the source": ("test_it_leaves_its_source_alone", "changed in place"),
}
RECONSTRUCTOR_FAULTS = {
    "blind": ("test_it_finds_only_what_was_asked_for", "none of dog, cat was found"),
    "no scene": ("test_it_finds_only_what_was_asked_for", "returned list, not a Scene"),
    "behind": ("test_it_finds_only_what_was_asked_for", None),
    "other names": ("test_it_finds_only_what_was_asked_for", None),
    "writes": ("test_it_leaves_the_picture_alone", None),
    "sees in grey": ("test_an_empty_picture_is_no_crash", None),
    "list": ("test_its_objects_are_well_formed", "objects are a list, not a tuple"),
    "percent": ("test_its_objects_are_well_formed", "orientation_confidence"),
    "mask of numbers": ("test_its_objects_are_well_formed", "a mask is bool, not float64"),
    "small mask": ("test_its_objects_are_well_formed", "height and width"),
    "box of width and height": ("test_its_objects_are_well_formed", "x0, y0, x1, y1"),
    "no note": ("test_its_objects_are_well_formed", "rotation_note"),
    "text box": ("test_its_scene_can_be_stored", None),
}
METRIC_FAULTS = {
    "number": ("test_scores_are_of_plain_types", "returned float, not a Score"),
    "numpy measurement": ("test_scores_are_of_plain_types", "satisfied is bool_?, not bool"),
    "numpy value": ("test_scores_are_of_plain_types", "value is float32, not float"),
    "numpy reason": ("test_scores_are_of_plain_types", "reason is str_, not str"),
    "list": ("test_scores_are_of_plain_types", "measurements are a tuple"),
    "nan": ("test_scores_are_in_range", None),
    "passes a miss": ("test_scores_are_in_range", None),
    "moody": ("test_it_repeats_itself", None),
    "no reason": ("test_a_missing_object_scores_nothing", None),
    "crash": ("test_an_unknown_orientation_is_no_crash", "rotation"),
    "needs": ("test_it_declares_what_it_needs", "scenery"),
}
CASES = [
    (kit, plugin, fault, *expected)
    for kit, plugin, faults in (
        (TestGoodGenerator, bad.Draws, GENERATOR_FAULTS),
        (TestGoodEditor, bad.Draws, EDITOR_FAULTS),
        (TestGoodReconstructor, bad.Sees, RECONSTRUCTOR_FAULTS),
        (TestGoodMetric, bad.Judges, METRIC_FAULTS),
    )
    for fault, expected in faults.items()
]


@pytest.mark.parametrize(("kit", "plugin", "fault", "test", "told"), CASES, ids=[case[2] for case in CASES])
def test_a_fault_is_found(kit: Any, plugin: Any, fault: str, test: str, told: str | None) -> None:
    with pytest.raises((AssertionError, GenSpaceError, KeyError, ValueError, TypeError), match=told):
        getattr(kit(), test)(plugin(fault))


@pytest.mark.parametrize(
    ("spec", "test", "told"),
    [
        (bad.HASH_ORDER, "test_the_identity_is_the_same_in_every_process", "words"),
        (bad.UNDESCRIBED, "test_every_option_is_described", "steps"),
        (bad.BARE_MARK, "test_every_mark_has_an_effect", "device"),
        (bad.SILENT, "test_it_says_what_it_is", None),
    ],
)
def test_a_fault_of_the_announcement_is_found(spec: Any, test: str, told: str | None) -> None:
    class Kit(TestGoodGenerator):
        pass

    Kit.spec = spec
    if spec is not bad.HASH_ORDER:
        Kit.config = {}
    with pytest.raises(AssertionError, match=told):
        getattr(Kit(), test)()


def test_a_spec_that_is_not_in_its_module_is_told() -> None:
    class Kit(TestGoodGenerator):
        spec_module = "json"

    with pytest.raises(AssertionError, match="json does not hold this spec"):
        Kit().test_the_identity_is_the_same_in_every_process()


def test_a_heavy_spec_is_told() -> None:
    class Kit(TestGoodGenerator):
        spec_module = "cv2"

    with pytest.raises(AssertionError, match="cv2 imports cv2 too early"):
        Kit().test_the_spec_is_light()


def test_a_reconstructor_needs_a_picture() -> None:
    with pytest.raises(NotImplementedError, match="Kit needs a picture"):
        type("Kit", (ReconstructorConformance,), {})().picture()


def test_a_deterministic_model_says_so() -> None:
    class Kit(TestGoodGenerator):
        varies_with_seed = False

    with pytest.raises(Skipped):
        Kit().test_another_seed_gives_another_picture(bad.Draws("seed ignored"))


def test_a_model_without_seeds_is_not_asked_for_them() -> None:
    class Kit(TestGoodGenerator):
        spec = bad.SEEDLESS

    with pytest.raises(Skipped):
        Kit().test_another_seed_gives_another_picture(bad.Draws("counts calls"))


def test_every_test_of_the_kit_has_a_fault_that_it_finds() -> None:
    found = {case[3] for case in CASES}
    for kit in (EditorConformance, ReconstructorConformance, MetricConformance):
        own = set(names_of_tests(kit)) - set(names_of_tests(PluginConformance))
        assert own - found <= {"test_it_declares_its_tasks", "test_it_repeats_itself"}
