"""The size at which a picture is shown is one that the pipeline leaves as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from diffusers.pipelines.longcat_image import pipeline_longcat_image_edit as longcat
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit as qwen
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as plus

from genspace_adapter_diffusers.calls import calling
from genspace_adapter_diffusers.sources import fixed_size

PIPELINES = [
    (qwen.QwenImageEditPipeline, qwen.calculate_dimensions),
    (plus.QwenImageEditPlusPipeline, plus.calculate_dimensions),
    (longcat.LongCatImageEditPipeline, longcat.calculate_dimensions),
]
SIDES = [*range(16, 4000, 61), 480, 640, 512, 1024, 1600]


def shown_and_made(
    cls: type, calculate: Callable[..., Any], height: int, width: int
) -> list[tuple[int, int]]:
    wants = calling(cls)
    assert wants.fixed is not None
    shown = fixed_size(height, width, wants.fixed, wants.multiple, wants.up)
    columns, rows = calculate(1024 * 1024, shown[1] / shown[0])[:2]
    return [shown, (rows, columns)]


@pytest.mark.parametrize(("cls", "calculate"), PIPELINES)
def test_it_is_what_the_pipeline_would_choose(cls: type, calculate: Callable[..., Any]) -> None:
    for height in SIDES:
        for width in SIDES:
            shown, made = shown_and_made(cls, calculate, height, width)
            assert shown == made, f"{height} x {width}"


@pytest.mark.parametrize(("cls", "calculate"), PIPELINES)
def test_it_has_about_the_shape_of_the_source(cls: type, calculate: Callable[..., Any]) -> None:
    for height, width in [(480, 640), (640, 480), (333, 500), (1024, 1024), (1080, 1920), (900, 300)]:
        rows, columns = shown_and_made(cls, calculate, height, width)[0]
        assert rows * columns == pytest.approx(1024 * 1024, rel=0.06)
        assert rows / columns == pytest.approx(height / width, rel=0.06)


def test_rounding_once_would_not_do() -> None:
    """Such a picture is resized again, to another size: hence the search for one that is not."""
    columns, rows, _ = qwen.calculate_dimensions(1024 * 1024, 1130 / 141)
    assert qwen.calculate_dimensions(1024 * 1024, columns / rows)[:2] != (columns, rows)
    assert fixed_size(141, 1130, 1024 * 1024, 32, up=False) != (rows, columns)
