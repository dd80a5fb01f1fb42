from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image

from adapters.detection.tests.candidates import found_of
from adapters.detection.tests.conftest import ALL
from genspace_adapter_detection.boxes import masks_of
from genspace_adapter_detection.config import GroundingDinoConfig
from genspace_adapter_detection.segmenters import BoxSegmenter, build_segmenter
from genspace_core.testing.pictures import smooth_picture

PICTURE = smooth_picture(80, 120)
FOUND = found_of(
    *[
        ("dog", 0.9, (x, y, x + 37.5, y + 30.25))
        for x, y in ((0, 0), (10.5, 3), (40, 20), (60, 41.5), (82, 49.75))
    ]
)
KEPT = np.array([4, 1, 2, 0])
SEGMENTERS = ("sam", "sam-hq", "sam2")


@pytest.fixture(scope="module")
def folder_of(folders):
    return {"sam": folders.sam, "sam-hq": folders.sam_hq, "sam2": folders.sam2}


@pytest.fixture
def build(folder_of, stand_in):
    def built(name, **options):
        folder = options.pop("folder", folder_of.get(name))
        return build_segmenter(
            GroundingDinoConfig(segmenter=name, segmenter_checkpoint=folder, **{**ALL, **options})
        )

    return built


def masks(segmenter, kept=KEPT):
    with torch.inference_mode():
        return segmenter.masks(PICTURE, FOUND, kept)


@pytest.mark.parametrize("name", SEGMENTERS)
@pytest.mark.parametrize("choice", ["best", "single"])
def test_masks_are_those_of_the_library(build, folder_of, name, choice):
    """All boxes in one call, its own post-processing of all masks, the best by predicted IoU."""
    segmenter = build(name, mask_choice=choice, boxes_at_once=3)
    kind = {"sam": hf.SamModel, "sam-hq": hf.SamHQModel, "sam2": hf.Sam2Model}[name]
    model = kind.from_pretrained(folder_of[name]).eval()
    inputs = segmenter.processor(
        images=Image.fromarray(PICTURE), input_boxes=[FOUND.boxes[KEPT].tolist()], return_tensors="pt"
    )
    with torch.inference_mode():
        outputs = model(
            pixel_values=inputs["pixel_values"],
            input_boxes=inputs["input_boxes"].float(),
            multimask_output=choice == "best",
        )
    sizes = [inputs[key] for key in ("original_sizes", "reshaped_input_sizes") if key in inputs]
    every = segmenter.processor.image_processor.post_process_masks(outputs.pred_masks, *sizes)[0]
    best = outputs.iou_scores[0].argmax(dim=1)
    want = every[torch.arange(len(KEPT)), best].numpy()
    found = masks(segmenter)
    assert found.shape == (4, 80, 120)
    assert found.dtype == np.bool_
    assert 0 < want.mean() < 1
    assert np.mean(found != want) < 1e-3


def test_the_processor_measures_boxes_in_the_models_pixels(build):
    """80 x 120 becomes 43 x 64 (the longer side is 64)."""
    inputs = build("sam").processor(
        images=Image.fromarray(PICTURE), input_boxes=[[[30.0, 20, 120, 80]]], return_tensors="pt"
    )
    np.testing.assert_allclose(inputs["input_boxes"][0, 0], [16, 20 * 43 / 80, 64, 43])


@pytest.mark.parametrize("name", SEGMENTERS)
@pytest.mark.parametrize("at_once", [1, 2, 16])
def test_how_many_boxes_at_once_changes_nothing(build, name, at_once):
    some = masks(build(name, boxes_at_once=at_once))
    assert np.mean(some != masks(build(name))) < 1e-3


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_picture_is_looked_at_once(build, name, monkeypatch):
    segmenter = build(name, boxes_at_once=1)
    looks = []
    encoder = segmenter.loaded.model.vision_encoder
    encoder.register_forward_hook(lambda *_: looks.append(1))
    masks(segmenter)
    assert len(looks) == 1


@pytest.mark.parametrize("name", SEGMENTERS)
def test_no_boxes(build, name):
    assert masks(build(name), np.array([], np.intp)).shape == (0, 80, 120)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_sixteen_bits(build, name):
    segmenter = build(name, dtype="bfloat16")
    assert segmenter.loaded.model.dtype == torch.bfloat16
    coarse = masks(segmenter)
    assert coarse.shape == (4, 80, 120)
    assert np.mean(coarse != masks(build(name))) < 0.2


def test_sam_2_as_it_is_published_with_the_video_model(build, folders):
    """Only the part for pictures is read; nothing of it is missing."""
    found = masks(build("sam2", folder=folders.sam2_video))
    assert found.shape == (4, 80, 120)


def test_boxes_as_masks():
    segmenter = build_segmenter(GroundingDinoConfig(segmenter="boxes"))
    assert isinstance(segmenter, BoxSegmenter)
    np.testing.assert_array_equal(segmenter.masks(PICTURE, FOUND, KEPT), masks_of(FOUND.boxes[KEPT], 80, 120))
