"""Orient Anything (V1): azimuth, polar angle, rotation and confidence from a crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import torch
from numpy.typing import NDArray

from genspace_adapter_orientation.angles import Layout, read_angles, read_confidence, rotation_matrix
from genspace_adapter_orientation.background import Separator, background_trouble, separator
from genspace_adapter_orientation.config import OrientAnythingConfig
from genspace_adapter_orientation.dinov2 import load_network
from genspace_adapter_orientation.estimator import Ask, CropEstimator
from genspace_adapter_orientation.running import Runner, check_finite
from genspace_adapter_orientation.tensors import dinov2_input
from genspace_adapter_orientation.views import View, foreground_view
from genspace_core import pick_device
from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import Orientation

BLACK = 0
"""Behind an object without its background: what the published second look makes of transparent pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the network said of one view."""

    view: View
    logits: NDArray[np.float32]

    @property
    def confidence(self) -> float:
        """0-1, that the object has a front."""
        return read_confidence(self.logits)


class OrientAnything(CropEstimator):
    """Looks at each crop; where it is unsure, once more without the background, if so configured."""

    def __init__(
        self, runner: Runner, layout: Layout, config: OrientAnythingConfig, separate: Separator | None
    ) -> None:
        super().__init__(config)
        self._runner, self._layout, self._config, self._separate = runner, layout, config, separate

    def look(self, asks: Sequence[Ask]) -> list[Orientation | Exception]:
        """A rotation for each object the network is sure of; for the rest the confidence it has."""
        looks = self._see([ask.crop for ask in asks])
        trouble: dict[int, Exception] = {}
        if self._separate is not None:
            looks = self._look_again(asks, looks, self._separate, trouble)
        return [trouble.get(i) or self._answer(look) for i, look in enumerate(looks)]

    def _see(self, views: Sequence[View]) -> list[Look]:
        return [Look(view, logits) for view, logits in zip(views, self._runner.run(views), strict=True)]

    def _look_again(
        self, asks: Sequence[Ask], looks: list[Look], separate: Separator, trouble: dict[int, Exception]
    ) -> list[Look]:
        """Better looks where there are any; what went wrong is noted in `trouble`."""
        threshold = self._config.retry_below
        alone: dict[int, View] = {}
        for i in (i for i, look in enumerate(looks) if look.confidence < threshold):
            ask = asks[i]
            try:
                opacity = separate(ask.image, ask.detection, ask.crop, self._config.padding)
                view = foreground_view(ask.crop, opacity, BLACK)
            except Exception as error:  # whatever rembg says of one crop
                trouble[i] = background_trouble(error)
                continue
            if view is not None:
                alone[i] = view
        again = dict(zip(alone, self._see(list(alone.values())), strict=True))
        better = {i: look for i, look in again.items() if look.confidence > threshold}
        return [better.get(i, look) for i, look in enumerate(looks)]

    def _answer(self, look: Look) -> Orientation | Exception:
        try:
            check_finite(look.logits)
        except ReconstructionError as error:
            return error
        confidence, least = look.confidence, self._config.min_confidence
        if confidence < least:
            # Rounded down, so that the note never says that 0.50 is under 0.5.
            note = f"confidence {floor(confidence * 100) / 100:.2f} is under {least:g}"
            return Orientation(rotation=None, confidence=confidence, note=note)
        angles = read_angles(look.logits, self._layout)
        rotation = rotation_matrix(angles, self._config.rotation_about)
        return Orientation(rotation=rotation, confidence=confidence, pixel=look.view.centre)


def build(config: OrientAnythingConfig) -> OrientAnything:
    """The factory that the plugin names.

    Raises:
        PluginError: the checkpoint or rembg cannot be loaded.
        ConfigError: there is no such device here.
    """
    device = pick_device(torch, config.device)
    again = config.remove_background == "when_unsure"
    separate = separator(config.background, config.rembg_model) if again else None
    network, layout = load_network(config)
    runner = Runner(network, device, getattr(torch, config.dtype), config.batch_size, dinov2_input)
    return OrientAnything(runner, layout, config, separate)
