from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from adapters.camera.tests.cameras import held
from genspace_adapter_camera.fixed_fov import build
from genspace_adapter_camera.plugin import FIXED_FOV, FixedFovConfig
from genspace_core.testing import CameraCalibratorConformance


class TestFixedFov(CameraCalibratorConformance):
    spec = FIXED_FOV
    spec_module = "genspace_adapter_camera.plugin"
    config: ClassVar = {"fov_deg": 40, "pitch_deg": -20, "roll_deg": 7}


def calibrate(height: int, width: int, **config: Any) -> Any:
    return build(FixedFovConfig(**config)).calibrate(np.zeros((height, width, 3), np.uint8), None)


def test_a_level_camera_that_looks_through_the_middle() -> None:
    camera = calibrate(768, 1024)
    focal = 512 * np.sqrt(3)
    np.testing.assert_allclose(camera.K, [[focal, 0, 511.5], [0, focal, 383.5], [0, 0, 1]])
    np.testing.assert_array_equal(camera.gravity_rotation, np.eye(3))


def test_upright_and_lying_pictures_have_one_lens() -> None:
    assert calibrate(768, 1024).K[0, 0] == calibrate(1024, 768).K[0, 0] == calibrate(1024, 1024).K[0, 0]


def test_it_looks_as_it_is_told() -> None:
    camera = calibrate(64, 64, pitch_deg=-30, roll_deg=10)
    np.testing.assert_allclose(camera.gravity_rotation, held(30, 10), atol=1e-12)


@pytest.mark.parametrize("config", [{"fov_deg": 0}, {"fov_deg": 180}, {"pitch_deg": 91}, {"roll_deg": 181}])
def test_what_no_camera_has_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FixedFovConfig(**config)
