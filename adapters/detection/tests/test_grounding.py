from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image

from adapters.detection.tests.comparing import assert_same, assert_well_formed
from adapters.detection.tests.conftest import ALL
from genspace_adapter_detection.checkpoints import GROUNDING_DINO
from genspace_adapter_detection.config import GroundingDinoConfig, LlmdetConfig
from genspace_adapter_detection.factories import grounding_dino, mm_grounding_dino
from genspace_adapter_detection.grounding import GroundingFinder
from genspace_core.errors import PluginError, ReconstructionError
from genspace_core.testing.pictures import smooth_picture

NAMES = ("dog", "teddy bear", "cat")
LOOSE = {**ALL, "text_threshold": 0.0, "segmenter": "boxes"}
PICTURES = [smooth_picture(96, 128), smooth_picture(112, 80, seed=1), smooth_picture(96, 128, seed=2)]


@pytest.fixture(scope="module")
def build(folders):
    def built(mm=False, **options):
        options = {**LOOSE, **options}
        if mm:
            return mm_grounding_dino(LlmdetConfig(checkpoint=folders.mm_grounding_dino, **options))
        return grounding_dino(GroundingDinoConfig(checkpoint=folders.grounding_dino, **options))

    return built


@pytest.fixture(scope="module")
def detector(build):
    return build()


@pytest.mark.parametrize("mm", [False, True])
def test_what_it_finds_is_well_formed(build, mm):
    found = build(mm).detect(PICTURES[0], NAMES)
    assert_well_formed(found, PICTURES[0], NAMES)


@pytest.mark.parametrize("mm", [False, True])
@pytest.mark.parametrize("picture", PICTURES[:2])
def test_candidates_are_those_of_the_library(build, folders, mm, picture):
    """Its own processor and post-processing, one picture and one name at a time."""
    finder = build(mm).finder
    folder = folders.mm_grounding_dino if mm else folders.grounding_dino
    pixels = hf.AutoImageProcessor.from_pretrained(folder, backend="pil")
    processor = hf.GroundingDinoProcessor(pixels, hf.AutoTokenizer.from_pretrained(folder))
    kind = hf.MMGroundingDinoForObjectDetection if mm else hf.GroundingDinoForObjectDetection
    model = kind.from_pretrained(folder).eval()
    inputs = processor(images=Image.fromarray(picture), text="a teddy bear.", return_tensors="pt")
    with torch.inference_mode():
        outputs = model(**inputs)
        found = finder.find([picture], [["teddy bear"]])[0]
    height, width = picture.shape[:2]
    want = processor.post_process_grounded_object_detection(
        outputs, inputs.input_ids, threshold=0.0, target_sizes=[(height, width)]
    )[0]
    boxes = np.clip(want["boxes"].numpy(), 0, [width, height, width, height])
    np.testing.assert_allclose(found.scores, want["scores"].numpy(), atol=1e-5)
    np.testing.assert_allclose(found.boxes, boxes, atol=1e-3)
    assert set(found.names) == {"teddy bear"}


@pytest.mark.parametrize("mm", [False, True])
@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_alone_and_in_a_batch_with_other_sizes_and_names(build, mm, batch_size):
    detector = build(mm, batch_size=batch_size)
    names = [("dog", "teddy bear"), ("cat",), ("teddy bear", "red car", "dog")]
    batch = detector.detect_batch(PICTURES, names)
    for picture, each, found in zip(PICTURES, names, batch, strict=True):
        assert_well_formed(found, picture, each)
        assert_same(found, detector.detect(picture, each))


def test_longer_names_beside_it_change_nothing(detector):
    """Prompts are padded to the longest of a batch; the padding must not be looked at."""
    with torch.inference_mode():
        together = detector.finder.find([PICTURES[0]] * 2, [["dog"], ["red teddy bear of a cat"]])[0]
        alone = detector.finder.find([PICTURES[0]], [["dog"]])[0]
    np.testing.assert_allclose(together.scores, alone.scores, atol=1e-4)
    np.testing.assert_allclose(together.boxes, alone.boxes, atol=1e-2)


def test_each_name_is_asked_by_itself(detector):
    """What is found for one name is the same whatever other names there are, in whatever order."""
    with torch.inference_mode():
        several = detector.finder.find([PICTURES[0]], [list(NAMES)])[0]
        for name in NAMES:
            alone = detector.finder.find([PICTURES[0]], [[name]])[0]
            np.testing.assert_allclose(several.scores[several.names == name], alone.scores, atol=1e-4)


def test_names_in_another_order(detector):
    assert_same(detector.detect(PICTURES[0], NAMES), detector.detect(PICTURES[0], NAMES[::-1]))


def test_the_text_threshold_looks_at_words_of_the_name_alone(detector):
    finder = detector.finder
    ids = finder.tokenizer(["a teddy bear.", "dog."], padding=True).input_ids
    tokens = [finder.tokenizer.convert_ids_to_tokens(each) for each in ids]
    assert [tokens[0][i] for i in finder._words(ids[0])] == ["teddy", "bear"]
    assert [tokens[1][i] for i in finder._words(ids[1])] == ["dog"]
    scores = np.array([[0.1, 0.9, 0.3, 0.1, 0.0, 0.0], [0.1, 0.2, 0.6, 0.1, 0.0, 0.0]])
    boxes = np.full((2, 4), 0.5)
    strict = finder.config.model_copy(update={"box_threshold": 0.25, "text_threshold": 0.4})
    kept = GroundingFinder(finder.loaded, GROUNDING_DINO, strict)._found(
        "x", scores, boxes, np.array([2, 3]), (9, 9)
    )
    assert kept.scores.tolist() == [0.6]  # the first one's 0.9 is the article's


def test_a_threshold_is_one(build, detector):
    loose = detector.detect(PICTURES[0], NAMES)
    scores = sorted(each.confidence for each in loose)
    middle = scores[len(scores) // 2]
    strict = build(box_threshold=middle).detect(PICTURES[0], NAMES)
    assert strict
    assert all(each.confidence > middle for each in strict)
    assert build(box_threshold=1.0).detect(PICTURES[0], NAMES) == []


@pytest.mark.parametrize("mm", [False, True])
def test_sixteen_bits(build, mm):
    detector = build(mm, dtype="bfloat16", segmenter="boxes")
    assert detector.finder.loaded.model.dtype == torch.bfloat16
    assert_well_formed(detector.detect(PICTURES[0], NAMES), PICTURES[0], NAMES)


def test_numbers_that_are_none_are_an_error_and_not_an_empty_picture(build):
    detector = build()
    with torch.no_grad():
        detector.finder.loaded.model.model.level_embed.fill_(float("nan"))
    with pytest.raises(PluginError, match='numbers that are none, in float32; set dtype = "float32"'):
        detector.detect(PICTURES[0], NAMES)


def test_a_name_of_which_no_word_is_known_is_an_error_and_not_a_guess(detector):
    results = detector.detect_batch(PICTURES[:2], [("\u732b",), ("dog",)])
    assert isinstance(results[0], ReconstructionError)
    assert 'knows no word of "\u732b"' in str(results[0])
    assert isinstance(results[1], list)
    assert detector.detect(PICTURES[0], ("\u732b dog",)), "one known word is enough"
