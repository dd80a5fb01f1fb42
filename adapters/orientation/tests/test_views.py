"""Crops, and objects without their background."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genspace_adapter_orientation.background import by_mask, rembg_separator
from genspace_adapter_orientation.tensors import dinov2_input, vggt_input
from genspace_adapter_orientation.views import View, crop_view, foreground_view, padded_box
from genspace_core.errors import PluginError

# Each pixel says where it is: red its column, green its row.
PICTURE = np.zeros((120, 200, 3), np.uint8)
PICTURE[..., 0], PICTURE[..., 1] = np.arange(200)[None], np.arange(120)[:, None]


@pytest.mark.parametrize(
    ("box", "edges"),
    [
        ([50, 40, 90, 80], (40, 30, 100, 90)),
        ([0, 0, 200, 120], (0, 0, 200, 120)),
        ([4, 5, 198, 119], (0, 0, 200, 120)),
        ([50.4, 40.6, 90.4, 80.6], (40, 31, 100, 91)),
        ([-30, -30, 20, 20], (0, 0, 30, 30)),
        ([190, 110, 400, 400], (180, 100, 200, 120)),
        ([205, 10, 230, 40], (195, 0, 200, 50)),
    ],
)
def test_ten_pixels_around_the_box_within_the_picture(box, edges, found):
    view = crop_view(PICTURE, found(PICTURE, box), 10)
    x0, y0, x1, y1 = edges
    assert padded_box(PICTURE, np.array(box, float), 10) == edges
    assert view.pixels.shape == (y1 - y0, x1 - x0, 3)
    assert tuple(view.pixels[0, 0, :2]) == (x0, y0)
    assert tuple(view.pixels[-1, -1, :2]) == (x1 - 1, y1 - 1)
    # Pixels are counted at their centres.
    assert np.array_equal(view.centre, [(x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2])


def test_padding_is_configured(found):
    assert crop_view(PICTURE, found(PICTURE, [50, 40, 90, 80]), 0).pixels.shape == (40, 40, 3)
    assert crop_view(PICTURE, found(PICTURE, [50, 40, 90, 80]), 25).pixels.shape == (90, 90, 3)


@pytest.mark.parametrize(
    "box", [[300, 10, 340, 50], [-90, 10, -40, 50], [20, 200, 60, 240], [60, 60, 20, 20]]
)
def test_a_box_outside_the_picture_is_no_view(box, found):
    assert crop_view(PICTURE, found(PICTURE, box), 10) is None


@given(st.lists(st.floats(-500, 500), min_size=4, max_size=4), st.integers(0, 40))
def test_no_box_leaves_the_picture(box, padding):
    x0, y0, x1, y1 = padded_box(PICTURE, np.array(box), padding)
    if x0 < x1 and y0 < y1:
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= 200
        assert y1 <= 120


def object_alone(colour=0, edges=(20, 10, 50, 20)):
    crop = View(PICTURE[30:90, 40:140], np.array([89.5, 59.5]))
    opacity = np.zeros((60, 100), np.uint8)
    x0, y0, x1, y1 = edges
    opacity[y0:y1, x0:x1] = 255
    return foreground_view(crop, opacity, colour)


@pytest.mark.parametrize("colour", [0, 255])
def test_the_object_takes_85_percent_of_a_plain_square(colour):
    view = object_alone(colour)
    assert view.pixels.shape == (35, 35, 3)  # 30 / 0.85, rounded down
    seen = (view.pixels != colour).any(axis=2)
    assert np.array_equal(np.flatnonzero(seen.any(axis=0)), np.arange(2, 32))
    assert np.array_equal(np.flatnonzero(seen.any(axis=1)), np.arange(12, 22))
    assert tuple(view.pixels[12, 2, :2]) == (60, 40)
    assert tuple(view.pixels[21, 31, :2]) == (89, 49)


def test_what_is_in_the_middle_is_known():
    """The object is moved to the middle, so that is where the square looks."""
    assert np.array_equal(object_alone().centre, [(60 + 89) / 2, (40 + 49) / 2])
    assert np.array_equal(object_alone(edges=(0, 0, 1, 1)).centre, [40, 30])
    assert np.array_equal(object_alone(edges=(99, 59, 100, 60)).centre, [139, 89])


def test_soft_edges_blend():
    crop = View(np.full((4, 4, 3), 200, np.uint8), np.array([1.5, 1.5]))
    opacity = np.full((4, 4), 51, np.uint8)
    assert set(foreground_view(crop, opacity, 0).pixels.ravel()) == {40}
    assert set(foreground_view(crop, opacity, 255).pixels.ravel()) == {244}


def test_nothing_but_background_is_no_view():
    assert object_alone(edges=(0, 0, 0, 0)) is None


def test_the_mask_is_cut_as_the_crop_is(found):
    detection = found(PICTURE, [-3, 40, 90, 140])
    crop = crop_view(PICTURE, detection, 10)
    opacity = by_mask(PICTURE, detection, crop, 10)
    assert opacity.shape == crop.pixels.shape[:2]
    assert np.array_equal(opacity == 255, detection.mask[30:120, 0:100])
    assert set(np.unique(opacity)) == {0, 255}


def test_rembg_is_asked_for_a_mask_of_the_crop(fakes, found):
    import rembg

    image = np.full((50, 60, 3), 255, np.uint8)
    image[20:30, 15:45] = 90
    detection = found(image, [10, 10, 50, 40])
    crop = crop_view(image, detection, 5)
    opacity = rembg_separator("u2net")(image, detection, crop, 5)
    assert rembg.CALLS[-1] == ("u2net", (50, 40))
    assert np.array_equal(opacity == 255, (image < 255).all(axis=2)[5:45, 5:55])


def test_rembg_missing_is_said_with_the_fix(without):
    without("rembg")
    with pytest.raises(PluginError) as caught:
        rembg_separator("u2net")
    assert str(caught.value) == (
        'rembg is not installed; fix: pip install "genspace-adapter-orientation[rembg]"'
    )


def test_a_rembg_that_stops_at_its_import_is_said_with_the_fix(monkeypatch, tmp_path):
    """As the real one does where it finds no onnxruntime."""
    (tmp_path / "rembg.py").write_text("import sys\nsys.exit(1)\n")
    monkeypatch.delitem(__import__("sys").modules, "rembg", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r'does not import .*\[rembg\]"$'):
        rembg_separator("u2net")


def test_an_unknown_model_of_rembg_is_one_line(fakes):
    with pytest.raises(PluginError, match=r"^rembg cannot load its model 'nonesuch' .*rembg d nonesuch$"):
        rembg_separator("nonesuch")


@settings(deadline=None, max_examples=30)  # a strip takes its time
@given(st.integers(1, 90), st.integers(1, 90))
def test_any_size_becomes_a_networks_input(height, width):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    small = dinov2_input(pixels)
    assert (small.shape, small.dtype) == ((3, 224, 224), np.float32)


def test_v2_pads_with_white_to_518():
    black = np.zeros((100, 200, 3), np.uint8)
    wide, high = vggt_input(black), vggt_input(black.transpose(1, 0, 2))
    assert wide.shape == high.shape == (3, 518, 518)
    rows = np.flatnonzero((wide == 0).all(axis=(0, 2)))
    assert (rows[0], rows[-1], len(rows)) == (133, 384, 252)  # 259 rounded to patches of 14, in the middle
    assert np.array_equal(wide, high.transpose(0, 2, 1))
    assert wide.max() == 1


def test_a_strip_is_one_patch_wide():
    assert (vggt_input(np.zeros((2, 300, 3), np.uint8)) == 0).sum() == 3 * 14 * 518
