"""An edit has the shape, and in the end the size, of its source."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from adapters.openai.tests.asking import ask_one, pixels_of
from adapters.openai.tests.vendor import body
from genspace_adapter_openai.models import find_model
from genspace_adapter_openai.sizes import parse_size, size_complaint, size_for
from genspace_core.errors import GenerationError
from genspace_core.testing import Answer, Call, picture, smooth_picture

SHAPES = [(1, 1), (64, 64), (640, 480), (1023, 767), (1920, 1080), (500, 1499), (300, 100), (4000, 3999)]


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_the_size_has_the_shape_of_the_source(width: int, height: int) -> None:
    size = size_for(width, height, (), 1024 * 1024)
    across, down = parse_size(size) or (0, 0)
    assert size_complaint(size, (), strict=True) is None
    assert abs(log(across / down / (width / height))) < 0.01
    assert 0.8 < across * down / 1024**2 < 1.25


@pytest.mark.parametrize(("width", "height", "size"), [(5000, 100, 3.0), (100, 5000, 1 / 3)])
def test_a_strip_has_the_longest_shape_there_is(width: int, height: int, size: float) -> None:
    across, down = parse_size(size_for(width, height, (), 1024 * 1024)) or (0, 0)
    assert across / down == pytest.approx(size, rel=0.01)
    assert max(across, down) <= 3 * min(across, down)


@pytest.mark.parametrize("shape", [(1024, 1024), (768, 1024), (1024, 640)])
def test_a_source_that_can_be_asked_for_is_not_resampled(shape: tuple[int, int]) -> None:
    width, height = shape
    assert size_for(width, height, (), 1024 * 1024) == f"{width}x{height}"


def test_more_pixels_where_more_are_wanted() -> None:
    across, down = parse_size(size_for(640, 480, (), 2048 * 2048)) or (0, 0)
    assert across * down == pytest.approx(2048**2, rel=0.1)


@pytest.mark.parametrize(
    ("shape", "size"), [((640, 480), "1536x1024"), ((480, 640), "1024x1536"), ((550, 500), "1024x1024")]
)
def test_of_three_sizes_the_nearest(shape: tuple[int, int], size: str) -> None:
    row = find_model("gpt-image-1.5")
    assert row is not None
    assert size_for(*shape, row.sizes, 1024 * 1024) == size


def test_the_result_has_the_size_of_its_source() -> None:
    told = ask_one(body(picture(296, 220, seed=5)), source=(48, 64))
    made = told.asked.picture()
    assert told.sent["size"] == size_for(64, 48, (), 1024 * 1024)
    assert pixels_of(made.data).shape == (48, 64, 3)
    assert (made.info["made_at"], made.info["resized_to"]) == ("296x220", "64x48")
    assert "stretched" not in made.info
    across, down = (np.arange(n) * 220 // 48 + 2 for n in (64, 48))
    small = smooth_picture(220, 296, 5)[np.ix_(down, across)]
    assert abs(pixels_of(made.data).astype(int) - small).mean() < 12, "it is the same picture, smaller"


def test_a_result_of_another_shape_says_so() -> None:
    made = ask_one(body(picture(96, 64)), source=(64, 64), model="gpt-image-1.5").asked.picture()
    assert made.info["stretched"] == "1.50"


def test_a_result_of_the_right_size_is_not_touched() -> None:
    sent = picture(64, 48)
    made = ask_one(body(sent), source=(48, 64)).asked.picture()
    assert made.data == sent
    assert "resized_to" not in made.info


def test_an_address_is_brought_to_the_size_too() -> None:
    def route(call: Call) -> Answer:
        if call.method == "POST":
            return Answer(200, {"data": [{"url": f"http://{call.headers['host']}/a.png"}]})
        return Answer(200, picture(96, 72))

    made = ask_one(route, source=(48, 64)).asked.picture()
    assert pixels_of(made.data).shape == (48, 64, 3)


def test_size_auto_leaves_the_shape_to_the_vendor() -> None:
    told = ask_one(body(picture(96, 64)), source=(64, 96), size="auto")
    assert told.sent["size"] == "auto"
    assert told.asked.picture().info["size"] == "auto"


def test_an_edit_that_is_no_picture_fails_once() -> None:
    ask_one(body(b"nothing of the kind" * 9), source=(64, 64)).asked.failure(GenerationError, "not a picture")
