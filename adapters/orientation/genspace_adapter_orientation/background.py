"""Telling an object from its background: by its detection's mask, or with rembg."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_orientation.views import View, padded_box
from genspace_core import import_package, is_offline
from genspace_core.errors import PluginError, ReconstructionError
from genspace_core.interfaces import RGB, Detection

INSTALL: Final = 'pip install "genspace-adapter-orientation[rembg]"'

Separator = Callable[[RGB, Detection, View, int], NDArray[np.uint8]]
"""Picture, detection, its crop and the padding of it -> opacity (h, w) of the crop, 0-255."""


def by_mask(image: RGB, detection: Detection, crop: View, padding: int) -> NDArray[np.uint8]:  # noqa: ARG001  # as all separators
    """The detection's own mask: no further model is needed."""
    x0, y0, x1, y1 = padded_box(image, detection.box, padding)
    return detection.mask[y0:y1, x0:x1].astype(np.uint8) * 255


def rembg_separator(model: str) -> Separator:
    """A separator that asks rembg, which knows nothing of the detection; builds its session.

    Args:
        model: one of rembg's names, e.g. "u2net".

    Raises:
        PluginError: rembg is not installed, or its weights cannot be had.
    """
    rembg = import_package("rembg", INSTALL)
    _refuse_to_fetch(model)
    try:
        session = rembg.new_session(model)
    except Exception as error:
        cause = " ".join(str(error).split())[:200]
        raise PluginError(
            f"rembg cannot load its model {model!r} ({type(error).__name__}: {cause}); check "
            f"rembg_model, and fetch it once with: rembg d {model}"
        ) from error

    def by_rembg(image: RGB, detection: Detection, crop: View, padding: int) -> NDArray[np.uint8]:  # noqa: ARG001  # as all separators
        # The mask alone: a cut-out is blended with black already, and would be darkened twice at its edges.
        mask = rembg.remove(Image.fromarray(crop.pixels), session=session, only_mask=True)
        return np.asarray(mask.convert("L"), np.uint8)

    return by_rembg


def _refuse_to_fetch(model: str) -> None:
    """Hold rembg to HF_HUB_OFFLINE, which it does not know: it fetches weights from elsewhere.

    Raises:
        PluginError: its file is not there, and must not be fetched.
    """
    usual = Path(os.environ.get("XDG_DATA_HOME", "~"), ".u2net")
    file = Path(os.environ.get("U2NET_HOME", usual)).expanduser() / f"{model}.onnx"
    if is_offline() and not file.is_file():
        raise PluginError(
            f"{file}: is not there, and HF_HUB_OFFLINE is set; fetch it once with: rembg d {model}"
        )


def background_trouble(error: Exception) -> ReconstructionError:
    """What is said of a crop that a separator could not do."""
    return ReconstructionError(f"the background cannot be removed: {' '.join(str(error).split())[:200]}")


def separator(background: str, rembg_model: str) -> Separator:
    """The separator of a configuration's `background`, "mask" or "rembg"."""
    return rembg_separator(rembg_model) if background == "rembg" else by_mask
