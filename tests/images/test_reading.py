"""Pictures are read as a viewer would show them, and damage is told in one line."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from genspace_core.errors import InputError
from genspace_core.images import check_image, decode_image, image_suffix, read_image


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
RED = Image.new("RGB", (8, 4), (255, 0, 0))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_is_height_by_width_in_rgb(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = decode_image(encoded(RED, kind, **options), "here")
    assert pixels.shape == (4, 8, 3)
    assert pixels.dtype == np.uint8
    assert (pixels == (255, 0, 0)).all()


def test_what_is_transparent_shows_white_paper():
    clear = Image.new("RGBA", (2, 2), (0, 0, 255, 0))
    assert (decode_image(encoded(clear, "PNG"), "here") == 255).all()


def test_a_camera_that_was_held_upright_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter to see it upright
    assert decode_image(encoded(RED, "JPEG", exif=exif), "here").shape == (8, 4, 3)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA"])
def test_other_modes_become_rgb(mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert decode_image(encoded(RED.convert(mode), kind), "here").shape == (4, 8, 3)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "empty"),
        (b"<html>", "not a picture"),
        (encoded(NOISE, "PNG")[:3000], "damaged or cut short"),
        (encoded(NOISE, "JPEG")[:1500], "damaged or cut short"),
    ],
)
def test_what_is_no_whole_picture_is_one_line(data, text):
    for read in (decode_image, check_image):
        with pytest.raises(InputError, match=text) as error:
            read(data, "here")
        assert str(error.value).startswith("here: ")
        assert "\n" not in str(error.value)


def test_the_format_is_known_by_its_bytes():
    assert image_suffix(encoded(RED, "PNG")) == ".png"
    assert image_suffix(encoded(RED, "JPEG")) == ".jpg"
    assert image_suffix(encoded(RED, "WEBP")) == ".webp"
    assert image_suffix(b"RIFF1234WAVE") == ".bin"


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_image(tmp_path / "none.png")
