"""GeoCalib and Perspective Fields, through stand-ins that read a known camera from the picture's colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.camera.tests.cameras import held
from genspace_adapter_camera import geocalib, perspective_fields
from genspace_adapter_camera.plugin import (
    GEOCALIB,
    PERSPECTIVE_FIELDS,
    GeoCalibConfig,
    PerspectiveFieldsConfig,
)
from genspace_core.errors import ConfigError, PluginError, ReconstructionError
from genspace_core.interfaces import CameraCalibrator
from genspace_core.testing import CameraCalibratorConformance

STREETS = "PersNet_Paramnet-GSV-centered"


class NetworkConformance(CameraCalibratorConformance):
    spec_module = "genspace_adapter_camera.plugin"

    @pytest.fixture(autouse=True)
    def _installed(self, installed: Path) -> None:
        """The stand-ins are there."""


class TestGeoCalib(NetworkConformance):
    spec = GEOCALIB


class TestPerspectiveFields(NetworkConformance):
    spec = PERSPECTIVE_FIELDS


BUILDERS = {
    "geocalib": lambda **config: geocalib.build(GeoCalibConfig(**config)),
    "perspective-fields": lambda **config: perspective_fields.build(PerspectiveFieldsConfig(**config)),
}
both = pytest.mark.parametrize("name", BUILDERS)


def picture(
    *, roll: int = 0, pitch: int = 0, vfov: int = 60, height: int = 48, width: int = 64
) -> NDArray[np.uint8]:
    return np.full((height, width, 3), (roll + 128, pitch + 128, 2 * vfov), np.uint8)


def calibrator(name: str, **config: Any) -> CameraCalibrator:
    return BUILDERS[name](**config)


@both
@pytest.mark.parametrize(
    ("down", "clockwise"), [(0, 0), (25, 0), (-25, 0), (0, 15), (0, -15), (40, -30), (-12, 80)]
)
def test_a_camera_that_is_held_is_levelled(name: str, down: int, clockwise: int, installed: Path) -> None:
    camera = calibrator(name).calibrate(picture(roll=clockwise, pitch=-down), None)
    axes = held(down, clockwise)
    np.testing.assert_allclose(camera.gravity_rotation, axes, atol=1e-5)
    world_down = axes.T @ [0, 1, 0]
    np.testing.assert_allclose(camera.gravity_rotation @ world_down, [0, 1, 0], atol=1e-5)


@both
@pytest.mark.parametrize(("height", "width"), [(48, 64), (64, 48), (61, 97)])
def test_intrinsics_are_of_the_picture(name: str, height: int, width: int, installed: Path) -> None:
    camera = calibrator(name).calibrate(picture(vfov=50, height=height, width=width), None)
    focal = height / 2 / np.tan(np.radians(25))
    want = [[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]]
    np.testing.assert_allclose(camera.K, want, rtol=1e-5)


def test_geocalib_keeps_a_known_field_of_view(installed: Path) -> None:
    camera = calibrator("geocalib", fov_deg=90).calibrate(
        picture(pitch=-20, vfov=50, height=40, width=80), None
    )
    assert camera.K[0, 0] == pytest.approx(40)
    np.testing.assert_allclose(camera.gravity_rotation, held(20, 0), atol=1e-5)


def test_geocalib_without_an_answer_fails_for_that_picture(installed: Path) -> None:
    plugin = calibrator("geocalib")
    good, bad = picture(), picture(vfov=0)
    with pytest.raises(
        ReconstructionError, match="geocalib finds no camera for this picture: its focal is nan"
    ):
        plugin.calibrate(bad, None)
    told = plugin.calibrate_batch([bad, good], [None, None])
    assert isinstance(told[0], ReconstructionError)
    np.testing.assert_allclose(told[1].K, plugin.calibrate(good, None).K)  # type: ignore[union-attr]


def test_perspective_fields_without_a_camera_fails_for_that_picture(installed: Path) -> None:
    with pytest.raises(ReconstructionError, match="perspective-fields finds no camera"):
        calibrator("perspective-fields").calibrate(picture(vfov=0), None)


CALLS = {
    "geocalib": "geocalib.GeoCalib.calibrate",
    "perspective-fields": "perspective2d.PerspectiveFields.inference",
}


@both
def test_a_full_gpu_is_no_pictures_fault(name: str, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(CALLS[name], full)
    with pytest.raises(PluginError, match=f"^{name}: .* into the GPU's memory"):
        calibrator(name).calibrate(picture(), None)


@both
def test_the_order_of_colours_is_what_the_package_takes(name: str, installed: Path) -> None:
    camera = calibrator(name).calibrate(picture(roll=20, vfov=40), None)
    np.testing.assert_allclose(camera.gravity_rotation, held(0, 20), atol=1e-5)


@both
def test_a_device_that_is_not_there_is_told(name: str, installed: Path) -> None:
    import torch

    device = "cuda:99" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ConfigError, match=f'device = "{device}"'):
        calibrator(name, device=device)


def test_the_published_protocol_s_network_is_the_default(installed: Path) -> None:
    (installed / "checkpoints" / "paramnet_gsv_rpf.pth").unlink()
    assert calibrator("perspective-fields")


def test_the_configured_network_is_the_one_that_is_loaded(installed: Path) -> None:
    (installed / "checkpoints" / "paramnet_360cities_edina_rpf.pth").unlink()
    assert calibrator("perspective-fields", model=STREETS)
