"""GeoCalib (Veicht et al., ECCV 2024), through its own package."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genspace_adapter_camera.fetching import fetching
from genspace_adapter_camera.network import NetworkCalibrator
from genspace_adapter_camera.pinhole import focal_of
from genspace_adapter_camera.plugin import GeoCalibConfig
from genspace_core import import_package, level_rotation, pick_device
from genspace_core.interfaces import RGB
from genspace_core.types import Camera

INSTALL = "pip install git+https://github.com/cvg/GeoCalib.git"


class GeoCalibCalibrator(NetworkCalibrator):
    """Its `calibrate` takes (3, H, W) RGB from 0 to 1, and fits focal length and gravity to what it sees."""

    name = "geocalib"

    def __init__(self, model: Any, device: torch.device, fov_deg: float | None) -> None:
        super().__init__(model, device)
        self._fov_deg = fov_deg

    def predict(self, image: RGB) -> Camera:
        """The camera of the (H, W, 3) sRGB image."""
        pixels = torch.from_numpy(image.transpose(2, 0, 1).copy()).to(self._device)
        found = self._model.calibrate(pixels.float() / 255, priors=self._priors(image))
        (fx, fy), (cx, cy) = _numbers(found["camera"].f), _numbers(found["camera"].c)
        up = _numbers(found["gravity"].vec3d)
        for focal in (fx, fy):
            self.checked(focal=focal)
        self.checked(up=float(np.linalg.norm(up)), centre=cx + cy)
        # Its middle of a picture W wide is W / 2, so its whole numbers are corners of pixels. What it calls
        # gravity is (0, -1, 0) for a level camera with y down: it points up.
        K = np.array([[fx, 0, cx - 0.5], [0, fy, cy - 0.5], [0, 0, 1]])
        return Camera(K, level_rotation(-up))

    def _priors(self, image: RGB) -> dict[str, torch.Tensor]:
        if self._fov_deg is None:
            return {}
        focal = focal_of(self._fov_deg, max(image.shape[:2]))
        return {"focal": torch.tensor(focal, device=self._device)}


def build(config: GeoCalibConfig) -> GeoCalibCalibrator:
    """Load the weights; the package fetches them the first time.

    Raises:
        PluginError: the package is missing, or the weights cannot be had.
        ConfigError: there is no such device here.
    """
    package = import_package("geocalib", INSTALL)
    device = pick_device(torch, config.device)
    with fetching(torch, config.network):
        model = package.GeoCalib(weights="pinhole")
    return GeoCalibCalibrator(model, device, config.fov_deg)


def _numbers(tensor: torch.Tensor) -> NDArray[np.float64]:
    """Of the first, and only, picture."""
    first: NDArray[np.float64] = tensor.detach().to("cpu", torch.float64).numpy()[0]
    return first
