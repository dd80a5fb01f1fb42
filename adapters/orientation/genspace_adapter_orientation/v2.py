"""Orient Anything V2: the three angles, and from how many sides the object looks the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from genspace_adapter_orientation.angles import AZIMUTHS, V2_LAYOUT, read_angles, rotation_matrix
from genspace_adapter_orientation.background import Separator, background_trouble, separator
from genspace_adapter_orientation.config import OrientAnythingV2Config
from genspace_adapter_orientation.estimator import Ask, CropEstimator
from genspace_adapter_orientation.running import Runner, check_finite
from genspace_adapter_orientation.symmetry import find_symmetry
from genspace_adapter_orientation.tensors import vggt_input
from genspace_adapter_orientation.vggt import load_network
from genspace_adapter_orientation.views import View, foreground_view
from genspace_core import pick_device
from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import Orientation

WHITE: Final = 255
"""Behind an object without its background, as in the pictures the model was trained on."""


class OrientAnythingV2(CropEstimator):
    """Looks at each object once, by default without its background."""

    def __init__(self, runner: Runner, config: OrientAnythingV2Config, separate: Separator | None) -> None:
        super().__init__(config)
        self._runner, self._separate = runner, separate

    def look(self, asks: Sequence[Ask]) -> list[Orientation | Exception]:
        """A rotation for each object with one front; for the rest, how many there are."""
        shown = [self._view(ask) for ask in asks]
        views = [view for view in shown if isinstance(view, View)]
        logits = iter(self._runner.run(views))
        return [answer(view, next(logits)) if isinstance(view, View) else view for view in shown]

    def _view(self, ask: Ask) -> View | Exception:
        if self._separate is None:
            return ask.crop
        try:
            opacity = self._separate(ask.image, ask.detection, ask.crop, self._padding)
            # An empty mask is no reason not to look.
            return foreground_view(ask.crop, opacity, WHITE) or ask.crop
        except Exception as error:  # whatever rembg says of one crop
            return background_trouble(error)


def answer(view: View, logits: NDArray[np.float32]) -> Orientation | Exception:
    """What the logits of a view mean.

    The confidence is the share of variance that the fitted curve explains: 1 for a clean peak.

    Args:
        view: what was looked at.
        logits: (900,).
    """
    try:
        check_finite(logits)
    except ReconstructionError as error:
        return error
    symmetry = find_symmetry(expit(logits[:AZIMUTHS].astype(np.float64)))
    confidence = min(max(symmetry.r2, 0.0), 1.0)
    if symmetry.fronts != 1:
        note = f"looks the same from {symmetry.fronts} sides" if symmetry.fronts else "no front"
        return Orientation(rotation=None, confidence=confidence, note=note)
    # Its authors turn about the line of sight (azi_ele_rot_to_Obj_Rmatrix_batch).
    rotation = rotation_matrix(read_angles(logits, V2_LAYOUT), "view")
    return Orientation(rotation=rotation, confidence=confidence, pixel=view.centre)


def build(config: OrientAnythingV2Config) -> OrientAnythingV2:
    """The factory that the plugin names.

    Raises:
        PluginError: `vggt` or rembg is not installed, or the checkpoint cannot be loaded.
        ConfigError: there is no such device here.
    """
    device = pick_device(torch, config.device)
    separate = None if config.background == "keep" else separator(config.background, config.rembg_model)
    network = load_network(config)
    dtype = getattr(torch, config.dtype)
    return OrientAnythingV2(
        Runner(network, device, dtype, config.batch_size, vggt_input, mixed=True), config, separate
    )
