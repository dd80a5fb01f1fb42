"""What the calibrators with a network of their own share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch

from genspace_core import enough_memory
from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import RGB, CameraCalibrator, DepthMap
from genspace_core.types import Camera


class NetworkCalibrator(CameraCalibrator):
    """A model on its device; it sees one picture at a time, since its package does."""

    name: str

    def __init__(self, model: Any, device: torch.device) -> None:
        self._model = model.to(device).eval()
        self._device = device

    @abstractmethod
    def predict(self, image: RGB) -> Camera:
        """The camera of the (H, W, 3) sRGB image."""

    def calibrate(self, image: RGB, depth: DepthMap | None) -> Camera:  # noqa: ARG002  # not read
        """The camera, from the picture alone.

        Raises:
            ReconstructionError: the model's camera is none.
            PluginError: the GPU's memory does not hold it.
        """
        with enough_memory(torch, self.name), torch.no_grad():
            return self.predict(image)

    def checked(self, **numbers: float) -> None:
        """Complain about a camera that no picture can have.

        Raises:
            ReconstructionError: a number is not finite, or a focal length is not above 0.
        """
        for name, value in numbers.items():
            if not np.isfinite(value) or (name == "focal" and value <= 0):
                raise ReconstructionError(
                    f"{self.name} finds no camera for this picture: its {name} is {value:g}"
                )
