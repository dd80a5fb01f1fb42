"""The size that an edit is asked for: the source's aspect, within what the vendor takes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_adapter_http.sizes import Size
from genspace_adapter_http.templates import fill

SIDES = st.integers(64, 4096)


@given(SIDES, SIDES)
def test_multiples_within_the_limits(width: int, height: int) -> None:
    size = Size(multiple_of=16, least_pixels=65536, most_pixels=4194304)
    shape = size.nearest(width, height)
    assert size.problem(shape.width, shape.height) == ""
    step = 16 * (1 / shape.width + 1 / shape.height)
    assert abs(math.log(shape.width * height / (shape.height * width))) <= step


@given(SIDES, SIDES)
def test_a_source_that_fits_is_taken_as_it_is(width: int, height: int) -> None:
    shape = Size().nearest(width, height)
    assert (shape.width, shape.height, shape.written) == (width, height, f"{width}x{height}")


@pytest.mark.parametrize(
    ("source", "nearest"),
    [
        ((640, 640), "1024x1024"),
        ((2000, 2000), "2048x2048"),
        ((1920, 1080), "2560x1440"),
        ((100, 300), "1024x3072"),
    ],
)
def test_choices_go_by_aspect_and_then_by_area(source: tuple[int, int], nearest: str) -> None:
    size = Size(choices=("1024x1024", "2048x2048", "2560x1440", "1440x2560", "1024x3072"))
    assert size.nearest(*source).written == nearest


@pytest.mark.parametrize(
    ("source", "ratio"),
    [((1000, 1000), "1:1"), ((1920, 1080), "16:9"), ((600, 800), "3:4"), ((3000, 1000), "21:9")],
)
def test_aspect_ratios(source: tuple[int, int], ratio: str) -> None:
    shape = Size(aspect_ratios=("1:1", "16:9", "3:4", "21:9")).nearest(*source)
    assert shape.aspect_ratio == ratio
    across, down = map(int, ratio.split(":"))
    assert shape.width / shape.height == pytest.approx(across / down, rel=0.01)
    assert shape.width * shape.height == pytest.approx(source[0] * source[1], rel=0.01)


def test_templates() -> None:
    values = {"prompt": "a {seed}", "seed": None, "size": "1x1", "width": 3}
    template = {
        "prompt": "say {prompt}!",
        "seed": "{seed}",
        "text": "seed {seed}",
        "nested": {"seed": "{seed}"},
        "list": ["{size}", "{seed}", {"seed": "{seed}"}],
        "width": "{width}",
        "empty": {},
        "n": 1,
        "off": False,
    }
    assert fill(template, values) == {
        "prompt": "say a {seed}!",
        "list": ["1x1"],
        "width": 3,
        "empty": {},
        "n": 1,
        "off": False,
    }
    assert fill({"seed": "{seed}"}, values) == {}
