"""What is made of the network's answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genspace_adapter_orientation.angles import Angles, rotation_matrix
from genspace_adapter_orientation.plugin import V1
from genspace_adapter_orientation.v1 import build
from genspace_adapter_orientation.views import crop_view
from genspace_core import look_rotation
from genspace_core.errors import ReconstructionError


@pytest.fixture(scope="module")
def make(folders):
    """An estimator on a reference checkpoint, with options."""

    def made(width: int = 722, **options):
        settings = {"checkpoint": str(folders[width]), "min_confidence": 0, "device": "cpu"}
        return build(V1.config(**settings | options))

    return made


class Script:
    """Stands in for the network: says for each view what a function of its pixels says."""

    def __init__(self, says):
        self.says, self.seen = says, []

    def run(self, views):
        self.seen += views
        return [self.says(view.pixels) for view in views]


def told(confidence: float, azimuth: int = 0, polar: int = 90, rotation: int = 90) -> np.ndarray:
    row = np.zeros(722, np.float32)
    row[[azimuth, 360 + polar, 540 + rotation]] = 5
    row[-2] = np.log(confidence / (1 - confidence))
    return row


@pytest.fixture
def scripted(make, monkeypatch):
    """An estimator whose network is a script."""

    def made(says, **options):
        estimator = make(**options)
        estimator._runner = Script(says)
        return estimator, estimator._runner

    return made


def same(a, b) -> bool:
    return (
        np.array_equal(a.rotation, b.rotation)
        and a.confidence == pytest.approx(b.confidence, abs=1e-6)
        and np.array_equal(a.pixel, b.pixel)
    )


@pytest.mark.parametrize("batch_size", [1, 2, 5, 64])
def test_alone_and_in_batches_of_any_size(make, crops, found, batch_size):
    boxes = [[0, 0, 90, 120], [5.5, 20, 80, 60], [40, 3, 96, 128]]
    detections = [[found(image, box) for box in boxes[: i + 1]] for i, image in enumerate(crops)]
    estimator = make(batch_size=batch_size)
    together = estimator.orient_batch(crops, detections)
    for image, each, answers in zip(crops, detections, together, strict=True):
        for detection, answer in zip(each, answers, strict=True):
            (alone,) = estimator.orient(image, [detection])
            assert same(alone, answer)
    turned = estimator.orient_batch(crops[::-1], [each[::-1] for each in detections[::-1]])
    for forwards, backwards in zip(together, turned[::-1], strict=True):
        assert all(same(a, b) for a, b in zip(forwards, backwards[::-1], strict=True))


def test_the_network_is_shown_the_padded_crop(scripted, crops, found):
    estimator, network = scripted(lambda _: told(0.9))
    detection = found(crops[0], [50, 60, 120, 150])
    (answer,) = estimator.orient(crops[0], [detection])
    assert np.array_equal(network.seen[0].pixels, crops[0][50:160, 40:130])
    assert np.array_equal(answer.pixel, [(40 + 129) / 2, (50 + 159) / 2])
    assert np.array_equal(answer.pixel, crop_view(crops[0], detection, 10).centre)


def test_the_core_turns_the_answer_by_the_crops_viewing_ray(scripted, crops, found):
    """An object that faces the camera from the edge of the picture does not face along its optical axis."""
    estimator, _ = scripted(lambda _: told(0.9))
    height, width = crops[0].shape[:2]
    (answer,) = estimator.orient(
        crops[0], [found(crops[0], [width - 40, height / 2 - 20, width, height / 2 + 20])]
    )
    K = np.array([[200.0, 0, (width - 1) / 2], [0, 200.0, (height - 1) / 2], [0, 0, 1]])
    front = (look_rotation(K, answer.pixel) @ answer.rotation)[:, 0]
    ray = np.linalg.solve(K, [*answer.pixel, 1])
    assert np.allclose(front, -ray / np.linalg.norm(ray))


@pytest.mark.parametrize("about", ["object", "view"])
def test_what_the_rotation_turns_about_is_configured(scripted, crops, found, about):
    estimator, _ = scripted(lambda _: told(0.9, 30, 100, 120), rotation_about=about)
    (answer,) = estimator.orient(crops[0], [found(crops[0])])
    assert np.array_equal(answer.rotation, rotation_matrix(Angles(30, 10, 30), about))


@pytest.mark.parametrize(
    ("confidence", "least", "note"),
    [
        (0.31, 0.5, "confidence 0.31 is under 0.5"),
        (0.4999, 0.5, "confidence 0.49 is under 0.5"),
        (0.5001, 0.5, None),
        (0.855, 0.9, "confidence 0.85 is under 0.9"),
        (0.01, 0, None),
    ],
)
def test_what_is_not_sure_enough_has_no_rotation(scripted, crops, found, confidence, least, note):
    estimator, _ = scripted(lambda _: told(confidence), min_confidence=least)
    (answer,) = estimator.orient(crops[0], [found(crops[0])])
    assert answer.note == note
    assert (answer.rotation is None) == (note is not None)
    assert answer.confidence == pytest.approx(confidence, abs=1e-6)


def test_without_an_agreed_front_the_network_is_not_asked(scripted, crops, found):
    estimator, network = scripted(lambda _: told(0.9))
    names = ["dog", "vase", "red ball", "cat"]
    answers = estimator.orient(crops[0], [found(crops[0], name=name) for name in names])
    assert [answer.note for answer in answers] == [None, "no agreed front", "no agreed front", None]
    assert [answer.rotation is None for answer in answers] == [False, True, True, False]
    assert len(network.seen) == 2


def test_fronts_are_configured(scripted, crops, found):
    estimator, _ = scripted(lambda _: told(0.9), fronts={"*": True, "dog": False})
    answers = estimator.orient(crops[0], [found(crops[0], name=name) for name in ("dog", "vase")])
    assert [answer.note for answer in answers] == ["no agreed front", None]


def test_a_box_outside_the_picture_is_said(scripted, crops, found):
    estimator, network = scripted(lambda _: told(0.9))
    answers = estimator.orient(crops[2], [found(crops[2], [500, 0, 600, 50]), found(crops[2])])
    assert [answer.note for answer in answers] == ["its box holds no pixel of the picture", None]
    assert len(network.seen) == 1


def test_one_pictures_trouble_is_its_own(make, crops, found):
    broken = found(crops[1])
    object.__setattr__(broken, "box", np.array([np.nan, 0, 10, 10]))
    fine, error, also = make().orient_batch(
        crops, [[found(crops[0])], [found(crops[1]), broken], [found(crops[2])]]
    )
    assert isinstance(error, ReconstructionError)
    assert same(fine[0], make().orient(crops[0], [found(crops[0])])[0])
    assert len(also) == 1
    with pytest.raises(ReconstructionError, match=r"^the box nan 0 10 10 of a detection is none$"):
        make().orient(crops[1], [broken])


def test_numbers_that_are_none_are_an_error(scripted, crops, found):
    def says(pixels):
        row = told(0.9)
        if pixels.shape == crops[1].shape:
            row[5] = np.nan
        return row

    estimator, _ = scripted(says)
    results = estimator.orient_batch(crops, [[found(image)] for image in crops])
    assert [isinstance(result, ReconstructionError) for result in results] == [False, True, False]
    assert str(results[1]) == (
        'the network gave numbers that are not finite; set dtype = "float32" or "bfloat16"'
    )


# --- the second look ------------------------------------------------------------------------------


def plain(pixels) -> bool:
    """A corner of a picture without background is black."""
    return not pixels[0, 0].any()


def by_background(with_it: float, without_it: float):
    return lambda pixels: told(without_it, 20) if plain(pixels) else told(with_it, 10)


WHEN_UNSURE = {"remove_background": "when_unsure", "min_confidence": 0}


@pytest.mark.parametrize(
    ("first", "second", "azimuth", "looks"),
    [
        (0.6, 0.9, 10, 1),  # sure: there is no second look
        (0.3, 0.9, 20, 2),
        (0.3, 0.45, 10, 2),  # not sure either: the first one stays
        (0.3, 0.51, 20, 2),
    ],
)
def test_a_second_look_where_it_is_unsure(scripted, crops, found, first, second, azimuth, looks):
    estimator, network = scripted(by_background(first, second), **WHEN_UNSURE)
    (answer,) = estimator.orient(crops[0], [found(crops[0])])
    assert len(network.seen) == looks
    assert np.array_equal(answer.rotation, rotation_matrix(Angles(azimuth, 0, 0), "object"))
    assert answer.confidence == pytest.approx(second if azimuth == 20 else first, abs=1e-6)


def test_by_default_there_is_none(scripted, crops, found):
    estimator, network = scripted(by_background(0.3, 0.9))
    estimator.orient(crops[0], [found(crops[0])])
    assert len(network.seen) == 1


def test_its_threshold_is_configured(scripted, crops, found):
    estimator, network = scripted(by_background(0.6, 0.65), **WHEN_UNSURE, retry_below=0.7)
    (answer,) = estimator.orient(crops[0], [found(crops[0])])
    assert len(network.seen) == 2
    assert answer.confidence == pytest.approx(0.6, abs=1e-6)


def test_the_second_look_sees_the_masked_object(scripted, crops, found):
    estimator, network = scripted(by_background(0.3, 0.9), **WHEN_UNSURE)
    detection = found(crops[0], [50, 60, 120, 150])
    (answer,) = estimator.orient(crops[0], [detection])
    alone = network.seen[1].pixels
    assert alone.shape == (101, 101, 3)  # the mask is 66 x 86; 86 / 0.85
    assert np.array_equal(alone[7:93, 17:83], crops[0][62:148, 52:118])
    assert alone.sum() == alone[7:93, 17:83].sum()
    assert np.array_equal(answer.pixel, [(52 + 117) / 2, (62 + 147) / 2])


def test_an_empty_mask_is_no_second_look(scripted, crops, found):
    estimator, network = scripted(by_background(0.3, 0.9), **WHEN_UNSURE)
    detection = found(crops[0])
    detection.mask[:] = False
    (answer,) = estimator.orient(crops[0], [detection])
    assert len(network.seen) == 1
    assert answer.confidence == pytest.approx(0.3, abs=1e-6)


def test_second_looks_keep_their_objects(scripted, crops, found):
    """Some of several pictures' objects are looked at twice, together."""
    sure = {crop.shape: i != 1 for i, crop in enumerate(crops)}

    def says(pixels):
        if plain(pixels):
            return told(0.8, pixels.shape[0] % 360)
        return told(0.9 if sure.get(pixels.shape) else 0.2, 1)

    estimator, network = scripted(says, **WHEN_UNSURE)
    results = estimator.orient_batch(crops, [[found(image)] for image in crops])
    assert [round(result[0].confidence, 2) for result in results] == [0.9, 0.8, 0.9]
    assert len(network.seen) == 4
    side = network.seen[3].pixels.shape[0]
    assert np.array_equal(results[1][0].rotation, rotation_matrix(Angles(side % 360, 0, 0), "object"))


def test_rembg_for_the_second_look(scripted, crops, found, fakes):
    estimator, network = scripted(by_background(0.3, 0.9), **WHEN_UNSURE, background="rembg")
    image = np.full((60, 80, 3), 255, np.uint8)
    image[20:40, 30:60] = 7
    (answer,) = estimator.orient(image, [found(image, [25, 15, 65, 45])])
    assert network.seen[1].pixels.shape == (35, 35, 3)
    assert set(np.unique(network.seen[1].pixels)) == {0, 7}
    assert np.array_equal(answer.pixel, [44.5, 29.5])


def test_what_rembg_cannot_do_is_one_pictures_error(scripted, crops, found, fakes):
    estimator, _ = scripted(lambda _: told(0.3), **WHEN_UNSURE, background="rembg", padding=0)
    results = estimator.orient_batch(
        crops, [[found(crops[0])], [found(crops[1], [0, 0, 1, 1])], [found(crops[2])]]
    )
    assert [isinstance(result, ReconstructionError) for result in results] == [False, True, False]
    assert str(results[1]) == "the background cannot be removed: cannot reshape"


# --- precision ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sixteen_bits_are_computed_with(make, crops, found, dtype):
    coarse, fine = make(dtype=dtype), make()
    assert {p.dtype for p in coarse._runner._network.parameters()} == {getattr(torch, dtype)}
    (a,), (b,) = (each.orient(crops[0], [found(crops[0])]) for each in (coarse, fine))
    assert a.confidence == pytest.approx(b.confidence, abs=0.05)
    assert a.confidence != b.confidence


def test_nothing_is_kept_for_gradients(make, crops, found):
    seen = []
    estimator = make()
    estimator._runner._network.register_forward_hook(
        lambda *args: seen.append(torch.is_inference_mode_enabled())
    )
    estimator.orient(crops[0], [found(crops[0])])
    assert seen == [True]
