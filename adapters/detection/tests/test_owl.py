from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image

from adapters.detection.tests.comparing import assert_same, assert_well_formed
from adapters.detection.tests.conftest import ALL
from genspace_adapter_detection.config import Owlv2Config
from genspace_adapter_detection.factories import owlv2
from genspace_core.errors import ReconstructionError
from genspace_core.testing.pictures import smooth_picture

PICTURES = [smooth_picture(96, 128), smooth_picture(112, 80, seed=1), smooth_picture(64, 64, seed=2)]


@pytest.fixture(scope="module")
def build(folders):
    def built(**options):
        return owlv2(Owlv2Config(checkpoint=folders.owlv2, **{**ALL, "segmenter": "boxes", **options}))

    return built


@pytest.fixture(scope="module")
def detector(build):
    return build()


@pytest.mark.parametrize("picture", PICTURES)
def test_candidates_are_those_of_the_library(detector, folders, picture):
    """Its image processor pads to a square, so that boxes are in shares of the longer side."""
    pixels = hf.AutoImageProcessor.from_pretrained(folders.owlv2, backend="pil")
    processor = hf.Owlv2Processor(pixels, hf.AutoTokenizer.from_pretrained(folders.owlv2))
    model = hf.Owlv2ForObjectDetection.from_pretrained(folders.owlv2).eval()
    inputs = processor(
        images=Image.fromarray(picture), text=[["a photo of a teddy bear"]], return_tensors="pt"
    )
    with torch.inference_mode():
        outputs = model(**inputs)
        found = detector.finder.find([picture], [["teddy bear"]])[0]
    height, width = picture.shape[:2]
    want = processor.post_process_grounded_object_detection(
        outputs, threshold=0.0, target_sizes=[(height, width)]
    )[0]
    np.testing.assert_allclose(found.scores, want["scores"].numpy(), atol=1e-5)
    boxes = np.clip(want["boxes"].numpy(), 0, [width, height, width, height])
    np.testing.assert_allclose(found.boxes, boxes, atol=1e-3)


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_alone_and_in_a_batch_with_other_sizes_and_names(build, batch_size):
    detector = build(batch_size=batch_size)
    names = [("dog", "teddy bear"), ("cat",), ("teddy bear", "red car", "dog")]
    for picture, each, found in zip(PICTURES, names, detector.detect_batch(PICTURES, names), strict=True):
        assert_well_formed(found, picture, each)
        assert_same(found, detector.detect(picture, each))


def test_names_in_another_order(detector):
    names = ("dog", "teddy bear", "cat")
    assert_same(detector.detect(PICTURES[0], names), detector.detect(PICTURES[0], names[::-1]))


def test_sixteen_bits(build):
    found = build(dtype="bfloat16").detect(PICTURES[0], ("dog", "cat"))
    assert_well_formed(found, PICTURES[0], ("dog", "cat"))


def test_a_name_too_long_is_that_pictures_error_alone(detector):
    long = "very big old teddy bear of mine"
    with pytest.raises(ReconstructionError, match=f'the name "{long}" is longer than the 16 tokens'):
        detector.detect(PICTURES[0], (long,))
    failed, found = detector.detect_batch(PICTURES[:2], [("dog", long), ("dog",)])
    assert isinstance(failed, ReconstructionError)
    assert_same(found, detector.detect(PICTURES[1], ("dog",)))
