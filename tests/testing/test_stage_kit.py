"""The kit of the stages lets good ones pass, and fails bad ones in the test that is meant for them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, ClassVar

import numpy as np
import pytest

import tests.testing.stages_under_test as bad
from genspace_core.testing import (
    CameraCalibratorConformance,
    DepthEstimatorConformance,
    DetectorConformance,
    OrientationEstimatorConformance,
    PluginConformance,
    smooth_picture,
)
from genspace_core.testing.checks import same_values

MODULE = "tests.testing.stages_under_test"


class TestGoodDetector(DetectorConformance):
    spec = bad.DETECTOR
    spec_module = MODULE


class TestGoodDepth(DepthEstimatorConformance):
    spec = bad.DEPTH
    spec_module = MODULE


class TestGoodCamera(CameraCalibratorConformance):
    spec = bad.CAMERA
    spec_module = MODULE


class TestGoodReader(CameraCalibratorConformance):
    spec = bad.READER
    spec_module = MODULE

    def test_it_is_given_the_depth(self, plugin: Any) -> None:
        depths = [depth for _, depth in self.items()]
        for picture, depth in zip(self.pictures(), depths, strict=True):
            assert depth.depth.shape == picture.shape[:2]
            assert depth.depth.min() > 0


class TestGoodOrientation(OrientationEstimatorConformance):
    spec = bad.ORIENTATION
    spec_module = MODULE


class TestMadeConfig(DetectorConformance):
    """A configuration that has to be made is made once."""

    spec = bad.DETECTOR
    spec_module = MODULE
    made: ClassVar[list[int]] = []

    def make_config(self) -> dict[str, Any]:
        self.made.append(1)
        return {"threshold": 0.25}

    def test_it_is_made_once(self, plugin: Any) -> None:
        assert self.configured() == bad.Config(threshold=0.25)
        assert self.configured(threshold=0.5) == bad.Config(threshold=0.5)
        assert self.made == [1]


class TestConfigOfAFixture(DetectorConformance):
    """A configuration may come from a fixture."""

    spec = bad.DETECTOR
    spec_module = MODULE

    @pytest.fixture(autouse=True)
    def _threshold(self) -> None:
        type(self).config = {"threshold": 0.125}

    def test_it_is_used(self) -> None:
        assert self.configured() == bad.Config(threshold=0.125)


WELL, INPUT, REPEAT, BATCH, EMPTY, ODD = (
    "test_its_results_are_well_formed",
    "test_it_leaves_its_input_alone",
    "test_it_repeats_itself",
    "test_batches_and_order_change_nothing",
    "test_an_empty_batch_is_empty",
    "test_odd_pictures_are_no_crash",
)
FAULTS_OF_ANY = {
    "paints": (INPUT, "changed in place"),
    "moody": (REPEAT, "the same input gave another result"),
    "batch loses one": (BATCH, "a batch of 2 gave 1 results"),
    "batch shares": (BATCH, "a batch changed a result"),
    "batch fails": (BATCH, "sizes differ"),
    "tuple batch": (BATCH, "a batch gives a list, not a tuple"),
    "empty batch is None": (EMPTY, None),
    "crashes at grey": (ODD, None),
}
DETECTOR_FAULTS = {
    "names of the first": (BATCH, "a batch changed a result"),
    "blind": ("test_it_finds_something", "none of dog, cat was found"),
    "finds unasked": ("test_it_finds_nothing_that_was_not_asked_for", None),
    "other names": (WELL, 'found "cow", and was asked for dog and cat'),
    "percent": (WELL, "confidence is 87.0, not between 0 and 1"),
    "numpy confidence": (WELL, "confidence is float32, not a plain float"),
    "nan": (WELL, "confidence is nan"),
    "box of width and height": (WELL, "x0, y0, x1, y1, in order"),
    "box outside": (WELL, "reaches out of the picture, 128 x 96"),
    "float32 box": (WELL, "a box is float64, not float32"),
    "nan box": (WELL, "not finite"),
    "list box": (WELL, "a box is a numpy array, not list"),
    "mask of numbers": (WELL, "a mask is bool, not float64"),
    "small mask": (WELL, r"height and width, \(96, 128\), not \(48, 64\)"),
    "list mask": (WELL, "a mask is an array, not list"),
    "generator": (WELL, "not a list"),
    "bare boxes": (WELL, "a ndarray, not a Detection"),
}
DEPTH_FAULTS = {
    "mean of the batch": (BATCH, "a batch changed a result"),
    "bare": (WELL, "it returned ndarray, not a DepthMap"),
    "double": (WELL, "depth is float32, not float64"),
    "small": (WELL, r"height and width, \(96, 128\), not \(48, 64\)"),
    "list": (WELL, "depth is an array, not list"),
    "negative": (WELL, "depth is below 0"),
    "unknown": ("test_it_knows_depth", "not known anywhere"),
    "relative K": (WELL, "they are in pixels, above 0"),
    "scaled K": (WELL, "K is not an upper triangle"),
    "normalised K": (WELL, "0.9 and 0.9; they are in pixels"),
    "single K": (WELL, "K is float64, not float32"),
    "negative focal length": (WELL, "focal lengths of K are -128"),
    "flat K": (WELL, r"K has the shape \(3, 3\), not \(2, 3\)"),
    "elsewhere": (WELL, "principal point"),
    "numpy focal": (WELL, "focal is float32, not float"),
    "focal 0": (WELL, "focal is 0"),
    "focal inf": (WELL, "focal is inf"),
}
CAMERA_FAULTS = {
    "tuple": (WELL, "it returned tuple, not a Camera"),
    "yaw": (WELL, "0.6 to the side"),
    "backwards": (WELL, "points backwards"),
    "relative K": (WELL, "they are in pixels, above 0"),
    "outside": (WELL, "principal point"),
    "needs depth": (WELL, None),
}
READER_FAULTS = {"paints depth": (INPUT, "changed in place")}
ORIENTATION_FAULTS = {
    "tuple": (WELL, "it returned tuple, not a list"),
    "loses one": (WELL, "1 orientations of 2 objects"),
    "angles": (WELL, "a float, not an Orientation"),
    "mirrors": (WELL, "it mirrors"),
    "stretches": (WELL, "unit vectors"),
    "flat": (WELL, r"a rotation has the shape \(3, 3\), not \(2, 3\)"),
    "single": (WELL, "a rotation is float64, not float32"),
    "percent": (WELL, "confidence is 50.0"),
    "no note": (WELL, "needs a note"),
    "pixel outside": (WELL, "outside the picture"),
    "pixel of three": (WELL, r"a pixel is \(2,\)"),
    "paints masks": (INPUT, "changed in place"),
    "order": ("test_an_orientation_belongs_to_its_object", "order of the objects changed"),
    "needs objects": ("test_no_objects_no_orientations", None),
    "no speck": ("test_a_speck_is_no_crash", "not finite"),
}
CASES = [
    (kit, plugin, fault, *expected)
    for kit, plugin, faults in (
        (TestGoodDetector, bad.Finds, FAULTS_OF_ANY | DETECTOR_FAULTS),
        (TestGoodDepth, bad.Measures, FAULTS_OF_ANY | DEPTH_FAULTS),
        (TestGoodCamera, bad.Levels, FAULTS_OF_ANY | CAMERA_FAULTS),
        (TestGoodReader, bad.Levels, READER_FAULTS),
        (TestGoodOrientation, bad.Turns, FAULTS_OF_ANY | ORIENTATION_FAULTS),
    )
    for fault, expected in faults.items()
]


@pytest.mark.parametrize(
    ("kit", "plugin", "fault", "test", "told"), CASES, ids=[f"{c[1].__name__}-{c[2]}" for c in CASES]
)
def test_a_fault_is_found(kit: Any, plugin: Any, fault: str, test: str, told: str | None) -> None:
    with pytest.raises((AssertionError, ZeroDivisionError), match=told):
        getattr(kit(), test)(plugin(fault))


def test_a_picture_may_fail_by_itself() -> None:
    TestGoodDepth().test_odd_pictures_are_no_crash(bad.Measures("stops at grey"))


def test_a_calibrator_reads_only_what_there_is() -> None:
    class Kit(TestGoodCamera):
        spec = bad.GREEDY

    with pytest.raises(AssertionError):
        Kit().test_it_declares_what_it_reads()


def test_a_batch_as_large_as_declared_is_tried() -> None:
    class Counts(bad.Measures):
        sizes: ClassVar[list[int]] = []

        def estimate_batch(self, images: Any) -> Any:
            self.sizes.append(len(images))
            return super().estimate_batch(images)

    TestGoodDepth().test_batches_and_order_change_nothing(Counts())
    assert Counts.sizes == [2, 1, 2, 1]


def test_every_test_of_the_kit_has_a_fault_that_it_finds() -> None:
    found = {case[3] for case in CASES} | {"test_it_declares_what_it_reads"}
    plain = {name for name in dir(PluginConformance) if name.startswith("test_")}
    for kit in (
        DetectorConformance,
        DepthEstimatorConformance,
        CameraCalibratorConformance,
        OrientationEstimatorConformance,
    ):
        assert {name for name in dir(kit) if name.startswith("test_")} - plain <= found


def test_the_pictures_differ_in_size_and_are_the_same_every_time() -> None:
    pictures = TestGoodDepth().pictures()
    assert len({picture.shape for picture in pictures}) == len(pictures) == 3
    for one, again in zip(pictures, TestGoodDepth().pictures(), strict=True):
        np.testing.assert_array_equal(one, again)
    assert smooth_picture(40, 50).std() > 20


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (1.0, 1.0009, True),
        (1.0, 1.01, False),
        (float("nan"), float("nan"), True),
        (float("inf"), float("-inf"), False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), False),
        (np.array([1.0, 100.0]), np.array([1.05, 100.0]), True),
        (np.ones(3, bool), np.array([True, True, False]), False),
        (np.ones(3), np.ones(4), False),
        (np.ones(3, np.float32), np.ones(3), False),
        (np.zeros(3), np.zeros(3), True),
        ([1, "a"], [1, "a"], True),
        ([1, "a"], [1, "b"], False),
        ([1], [1, 2], False),
        (None, 0.0, False),
    ],
)
def test_same_values(before: Any, after: Any, same: bool) -> None:
    assert same_values(before, after, 1e-3) is same


def test_the_kit_imports_nothing_heavy() -> None:
    script = (
        "import sys, genspace_core.testing; "
        "print(*{'torch', 'transformers', 'huggingface_hub', 'scipy', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
