"""Perspective Fields (Jin et al., CVPR 2023), through its own package `perspective2d`."""

from __future__ import annotations

from typing import Any

import torch

from genspace_adapter_camera.fetching import fetching
from genspace_adapter_camera.network import NetworkCalibrator
from genspace_adapter_camera.pinhole import centred, focal_of, gravity_rotation
from genspace_adapter_camera.plugin import PerspectiveFieldsConfig
from genspace_core import import_package, pick_device
from genspace_core.interfaces import RGB
from genspace_core.types import Camera

INSTALL = "pip install git+https://github.com/jinlinyi/PerspectiveFields.git"


class PerspectiveFieldsCalibrator(NetworkCalibrator):
    """Its `inference` takes (H, W, 3) BGR and gives roll, pitch and vertical field of view, degrees."""

    name = "perspective-fields"

    def predict(self, image: RGB) -> Camera:
        """The camera of the (H, W, 3) sRGB image."""
        height, width = image.shape[:2]
        found = self._model.inference(img_bgr=image[:, :, ::-1].copy())
        roll, pitch, vfov = (_number(found[f"pred_{key}"]) for key in ("roll", "pitch", "general_vfov"))
        self.checked(roll=roll, pitch=pitch)
        focal = focal_of(vfov, height) if 0 < vfov < 180 else float("nan")
        self.checked(focal=focal)
        return Camera(centred(focal, height, width), gravity_rotation(roll, pitch))


def build(config: PerspectiveFieldsConfig) -> PerspectiveFieldsCalibrator:
    """Load the weights; the package fetches them the first time.

    Raises:
        PluginError: the package is missing, or the weights cannot be had.
        ConfigError: there is no such device here.
    """
    package = import_package("perspective2d", INSTALL)
    device = pick_device(torch, config.device)
    with fetching(torch, config.network):
        model = package.PerspectiveFields(config.model)
    return PerspectiveFieldsCalibrator(model, device)


def _number(value: Any) -> float:
    """Of a tensor that holds one."""
    return float(torch.as_tensor(value).reshape(-1)[0])
