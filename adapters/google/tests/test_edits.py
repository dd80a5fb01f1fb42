"""An edit has the size of its source, whatever the model drew."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from adapters.google.tests.google import Google, body, decoded, image_part, noise, png
from genspace_core.errors import GenerationError
from genspace_core.interfaces import GenerationRequest

SOURCE = noise(60, 80)
REQUEST = GenerationRequest(task="edit", prompt="Turn the dog.", seed=1, source=SOURCE)


def test_a_result_is_brought_back_to_the_source(google: Google) -> None:
    image = google.answered(body(image_part(png(96, 128))), REQUEST)
    assert decoded(image.data).shape == (60, 80, 3)
    assert (image.info["size"], image.info["size_made"]) == ([80, 60], [128, 96])
    assert image.info["aspect_ratio"] == "4:3"


def test_a_result_of_the_right_size_is_kept_byte_for_byte(google: Google) -> None:
    data = png(60, 80)
    image = google.answered(body(image_part(data)), REQUEST)
    assert image.data == data
    assert "size_made" not in image.info


def test_a_picture_without_a_source_keeps_its_size(google: Google) -> None:
    request = GenerationRequest(task="t2i", prompt="x", seed=1)
    assert decoded(google.answered(body(image_part(png(96, 128))), request).data).shape == (96, 128, 3)


def test_bringing_back_keeps_things_where_they_are(google: Google) -> None:
    """A quarter that is white stays that quarter."""
    large = np.zeros((120, 160, 3), np.uint8)
    large[:60, 80:] = 255
    file = io.BytesIO()
    Image.fromarray(large).save(file, "PNG")
    small = decoded(google.answered(body(image_part(file.getvalue())), REQUEST).data).astype(int)
    assert small[3:27, 43:].min() > 250
    assert small[33:].max() < 5
    assert small[:, :37].max() < 5


@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
def test_other_formats_are_brought_back_too(google: Google, format_: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (128, 96), (200, 30, 30)).save(file, format_)
    image = google.answered(body(image_part(file.getvalue())), REQUEST)
    assert np.abs(decoded(image.data).astype(int) - (200, 30, 30)).max() < 8


def test_what_is_transparent_shows_white(google: Google) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (128, 96), (200, 30, 30, 0)).save(file, "PNG")
    assert decoded(google.answered(body(image_part(file.getvalue())), REQUEST).data).min() == 255


def test_a_damaged_result_is_a_failure_with_its_cost(google: Google) -> None:
    with pytest.raises(GenerationError, match="not a whole picture") as caught:
        google.answered(body(image_part(png(96, 128)[:2000])), REQUEST)
    assert type(caught.value) is GenerationError
    assert caught.value.cost is not None
