"""Pictures as a judge is shown them: upright, in sRGB on white, no larger than asked for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from genspace_core import read_image
from genspace_core.errors import InputError, InvalidRequest
from genspace_core.types import Evidence, Sample

ImageFormat = Literal["png", "jpeg"]

_SETTINGS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 6},
    "jpeg": {"quality": 95, "subsampling": 0},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An encoded picture and its media type, e.g. "image/png"."""

    data: bytes
    media: str


def pictures_of(sample: Sample, evidence: Evidence) -> list[Path]:
    """What a judge looks at: the picture; of an edit, the source first.

    Raises:
        InvalidRequest: one of them is not there.
    """
    wanted = {"source picture": evidence.source, "picture": evidence.image}
    if sample.task != "edit":
        del wanted["source picture"]
    for what, path in wanted.items():
        if path is None:
            raise InvalidRequest(f"{sample.id}: there is no {what} to judge")
    return [path for path in wanted.values() if path is not None]


def load(path: Path, longest: int) -> Image.Image:
    """A picture in RGB, its longer side at most `longest` pixels.

    Raises:
        InvalidRequest: it cannot be read.
    """
    try:
        image = Image.fromarray(read_image(path))
    except InputError as error:
        raise InvalidRequest(str(error)) from None
    scale = longest / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return image


def encode(image: Image.Image, form: ImageFormat) -> Shown:
    """An RGB picture as a file without notes."""
    buffer = io.BytesIO()
    image.save(buffer, form.upper(), **_SETTINGS[form])
    return Shown(buffer.getvalue(), f"image/{form}")
