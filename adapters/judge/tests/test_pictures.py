"""What a judge is shown is what a viewer would show."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genspace_adapter_judge.pictures import encode, load
from genspace_core.images import read_image


def _halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, green on the right."""
    image = Image.new(mode, (40, 20), "red")
    image.paste("green", (20, 0, 40, 20))
    return image


def _save(path: Path, kind: str) -> None:
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        _halves().save(path, "JPEG", exif=exif, quality=100, subsampling=0)
    elif kind == "transparent":
        image = _halves("RGBA")
        image.putalpha(Image.new("L", image.size, 0))
        image.save(path, "PNG")
    elif kind == "palette":
        _halves().quantize(4).save(path, "PNG")
    elif kind == "grey":
        _halves().convert("L").save(path, "PNG")
    else:
        _halves().save(path, kind)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "turned", "transparent", "palette", "grey"])
def test_it_is_seen_as_the_core_sees_it(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    _save(path, kind)
    assert np.array_equal(np.asarray(load(path, 4096)), read_image(path))


@pytest.mark.parametrize(
    ("size", "longest", "seen"),
    [
        ((200, 100), 100, (100, 50)),
        ((100, 200), 100, (50, 100)),
        ((64, 64), 100, (64, 64)),
        ((999, 1), 100, (100, 1)),
    ],
)
def test_only_what_is_too_large_is_made_smaller(
    size: tuple[int, int], longest: int, seen: tuple[int, int], tmp_path: Path
) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "p.png")
    assert load(tmp_path / "p.png", longest).size == seen


def test_png_keeps_every_pixel() -> None:
    shown = encode(_halves(), "png")
    assert shown.media == "image/png"
    assert np.array_equal(np.asarray(Image.open(BytesIO(shown.data))), np.asarray(_halves()))


def test_jpeg_is_near() -> None:
    shown = encode(_halves(), "jpeg")
    assert shown.media == "image/jpeg"
    seen = np.asarray(Image.open(BytesIO(shown.data)), int)
    assert np.abs(seen - np.asarray(_halves(), int)).max() < 40
