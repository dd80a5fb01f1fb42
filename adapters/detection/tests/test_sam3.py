from __future__ import annotations

import numpy as np
import pytest
import torch

from adapters.detection.tests.comparing import assert_same, assert_well_formed
from adapters.detection.tests.conftest import ALL
from genspace_adapter_detection.config import Sam3Config
from genspace_adapter_detection.factories import sam3
from genspace_core.errors import ReconstructionError
from genspace_core.testing.pictures import smooth_picture

NAMES = ("dog", "teddy bear")
PICTURES = [smooth_picture(96, 128), smooth_picture(112, 80, seed=1)]


@pytest.fixture
def build(folders, stand_in):
    return lambda **options: sam3(Sam3Config(**{"checkpoint": folders.sam3, **ALL, **options}))


@pytest.fixture
def detector(build):
    return build()


def test_what_it_finds_is_well_formed(detector):
    assert_well_formed(detector.detect(PICTURES[0], NAMES), PICTURES[0], NAMES)


def test_candidates_and_masks_by_the_models_own_words(detector):
    """Scores are the query's times the presence of the name; boxes come as corners."""
    finder, picture = detector.finder, PICTURES[0]
    model, processor = finder.loaded.model, finder.processor
    from PIL import Image

    inputs = processor(images=Image.fromarray(picture), text="dog", return_tensors="pt")
    with torch.inference_mode():
        outputs = model(**{k: inputs[k] for k in ("pixel_values", "input_ids", "attention_mask")})
        found = finder.find([picture], [["dog"]])[0]
        masks = finder.masks(picture, found, np.arange(len(found)))
        scores = outputs.pred_logits.sigmoid() * outputs.presence_logits.sigmoid()
        large = torch.nn.functional.interpolate(
            outputs.pred_masks.sigmoid(), (96, 128), mode="bilinear", align_corners=False
        )
    np.testing.assert_allclose(found.scores, scores[0].numpy(), atol=1e-5)
    boxes = np.clip(outputs.pred_boxes[0].numpy() * [128, 96, 128, 96], 0, [128, 96, 128, 96])
    np.testing.assert_allclose(found.boxes, boxes, atol=1e-3)
    assert np.mean(masks != (large[0] > 0.5).numpy()) < 1e-3
    assert 0 < masks.mean() < 1


def test_alone_and_in_a_batch_with_other_sizes_and_names(detector):
    names = [NAMES, ("cat",)]
    for picture, each, found in zip(PICTURES, names, detector.detect_batch(PICTURES, names), strict=True):
        assert_well_formed(found, picture, each)
        assert_same(found, detector.detect(picture, each))


def test_names_in_another_order(detector):
    assert_same(detector.detect(PICTURES[0], NAMES), detector.detect(PICTURES[0], NAMES[::-1]))


def test_the_picture_is_looked_at_once(detector):
    looks = []
    detector.finder.loaded.model.vision_encoder.register_forward_hook(lambda *_: looks.append(1))
    detector.detect(PICTURES[0], NAMES)
    assert len(looks) == 1


def test_nothing_over_the_threshold(build):
    assert build(box_threshold=1.0).detect(PICTURES[0], NAMES) == []


def test_sixteen_bits(build):
    assert_well_formed(build(dtype="bfloat16").detect(PICTURES[0], NAMES), PICTURES[0], NAMES)


def test_a_name_too_long_is_an_error(detector):
    with pytest.raises(ReconstructionError, match="is longer than the 32 tokens that SAM 3 reads"):
        detector.detect(PICTURES[0], ("dog " * 40,))


def test_sam_3_as_it_is_published_with_the_video_model(detector, build, folders):
    """Only the part for pictures is read; nothing of it is missing."""
    published = build(checkpoint=folders.sam3_video)
    assert_same(published.detect(PICTURES[0], NAMES), detector.detect(PICTURES[0], NAMES))
