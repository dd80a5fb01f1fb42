from __future__ import annotations

import numpy as np
import pytest
import torch

from adapters.detection.tests.candidates import found_of
from genspace_adapter_detection.config import GroundingDinoConfig
from genspace_adapter_detection.detector import TextDetector
from genspace_adapter_detection.segmenters import BoxSegmenter
from genspace_core.errors import PluginError, ReconstructionError

PICTURE = np.zeros((40, 60, 3), np.uint8)
BROKEN = np.full((40, 60, 3), 7, np.uint8)
DOGS = [("dog", 0.7, (30, 0, 50, 20)), ("dog", 0.9, (0, 0, 20, 30)), ("cat", 0.3, (30, 20, 52, 40))]


class Finder:
    """Finds the same in every picture, but for one that it fails on."""

    def __init__(self, *rows, error=None):
        self.rows, self.error, self.asked = rows, error, []

    def find(self, images, names):
        self.asked.append(names)
        if self.error and any(image[0, 0, 0] == 7 for image in images):
            raise self.error
        return [found_of(*(row for row in self.rows if row[0] in each)) for each in names]


def detector_of(*rows, error=None, **options):
    config = GroundingDinoConfig(segmenter="boxes", **options)
    return TextDetector(torch, Finder(*rows, error=error), BoxSegmenter(), config)


def test_both_dogs_are_returned_under_their_name_the_largest_first():
    found = detector_of(*DOGS).detect(PICTURE, ("dog", "cat"))
    assert [(each.name, each.confidence) for each in found] == [("dog", 0.9), ("cat", 0.3), ("dog", 0.7)]
    assert [int(each.mask.sum()) for each in found] == [600, 440, 400]
    np.testing.assert_array_equal(found[0].box, [0, 0, 20, 30])


def test_the_published_rules_are_a_configuration():
    """Class-agnostic suppression, no rules about groups and parts, the small overlap taken out."""
    paper = {
        "box_threshold": 0.25,
        "text_threshold": 0.2,
        "nms_iou": 0.5,
        "nms_iou_names": 0.5,
        "group_cover": 1.0,
        "part_score": 0.0,
        "carve_outer": 0.05,
        "carve_inner": 0.05,
    }
    rider, horse = ("man", 0.9, (0, 0, 20, 30)), ("horse", 0.8, (0, 6, 20, 36))
    pair = (("dog", 0.5, (30, 0, 40, 10)), ("dog", 0.5, (40, 0, 50, 10)), ("dog", 0.4, (30, 0, 50, 10)))
    names = ("man", "horse", "dog")
    published = detector_of(rider, horse, *pair, **paper).detect(PICTURE, names)
    assert sorted(each.name for each in published) == ["dog", "dog", "dog", "man"]
    assert sorted(each.name for each in detector_of(rider, horse, *pair).detect(PICTURE, names)) == [
        "dog",
        "dog",
        "horse",
        "man",
    ]


def test_no_more_of_a_name_than_asked_for():
    found = detector_of(*DOGS, max_per_name=1).detect(PICTURE, ("dog", "cat"))
    assert sorted((each.name, each.confidence) for each in found) == [("cat", 0.3), ("dog", 0.9)]


def test_a_name_given_twice_is_asked_once():
    detector = detector_of(*DOGS)
    assert len(detector.detect(PICTURE, ("dog", "dog"))) == 2
    assert detector.finder.asked == [[["dog"]]]


def test_no_names_ask_nothing():
    detector = detector_of(*DOGS)
    assert detector.detect(PICTURE, ()) == []
    assert detector.detect_batch([], []) == []
    assert detector.finder.asked == []


def test_one_failure_spares_the_others():
    detector = detector_of(*DOGS, error=RuntimeError("window\ntoo large"))
    results = detector.detect_batch([PICTURE, BROKEN, PICTURE], [("dog",), ("dog",), ("cat",)])
    assert [each.name for each in results[0]] == ["dog", "dog"]
    assert isinstance(results[1], ReconstructionError)
    assert "(RuntimeError: window too large)" in str(results[1])
    assert [each.name for each in results[2]] == ["cat"]


def test_a_full_gpu_is_no_fault_of_the_picture():
    detector = detector_of(*DOGS, error=torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(PluginError, match="lower batch_size"):
        detector.detect(BROKEN, ("dog",))


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((40, 60), np.uint8),
        np.zeros((40, 60, 4), np.uint8),
        np.zeros((40, 60, 3), np.float32),
        np.zeros((0, 60, 3), np.uint8),
    ],
)
def test_what_is_no_picture(picture):
    with pytest.raises(ReconstructionError, match=r"a picture is \(H, W, 3\) of uint8, not"):
        detector_of(*DOGS).detect(picture, ("dog",))


def test_what_is_no_picture_spares_the_others():
    results = detector_of(*DOGS).detect_batch([PICTURE[..., 0], PICTURE], [("dog",), ("dog",)])
    assert isinstance(results[0], ReconstructionError)
    assert len(results[1]) == 2


def test_results_do_not_share_memory():
    found = detector_of(*DOGS).detect(PICTURE, ("dog",))
    assert all(each.mask.base is None and each.box.base is None for each in found)
