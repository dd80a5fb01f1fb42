"""The conformance kit: what every plugin must do, as test classes an adapter's tests inherit.

    from genspace_core.testing import GeneratorConformance
    from my_package.plugin import SPEC

    class TestMyModel(GeneratorConformance):
        spec = SPEC
        config = {"size": 64}
        prompts = ("A photo of one dog.", "A photo of one cat.")

A plugin that loads a checkpoint inherits `WeightsConformance` as well.

Needs pytest. GenSpace's own adapters run the same classes.
"""

import pytest

_ROOMS = (
    "camera_calibrators",
    "depth_estimators",
    "detectors",
    "generators",
    "metrics",
    "orientation_estimators",
    "plugins",
    "reconstructors",
    "stages",
    "weights",
)

# Without this a failing assert of the kit would not show what was compared.
pytest.register_assert_rewrite(*(f"{__name__}.{room}" for room in _ROOMS))

from genspace_core.testing.camera_calibrators import CameraCalibratorConformance  # noqa: E402
from genspace_core.testing.depth_estimators import DepthEstimatorConformance  # noqa: E402
from genspace_core.testing.detectors import DetectorConformance  # noqa: E402
from genspace_core.testing.generators import EditorConformance, GeneratorConformance  # noqa: E402
from genspace_core.testing.metrics import MetricConformance  # noqa: E402
from genspace_core.testing.orientation_estimators import OrientationEstimatorConformance  # noqa: E402
from genspace_core.testing.pictures import grey_picture, smooth_picture  # noqa: E402
from genspace_core.testing.plugins import PluginConformance  # noqa: E402
from genspace_core.testing.reconstructors import ReconstructorConformance  # noqa: E402
from genspace_core.testing.weights import LocalWeightsConformance, WeightsConformance  # noqa: E402

__all__ = [
    "CameraCalibratorConformance",
    "DepthEstimatorConformance",
    "DetectorConformance",
    "EditorConformance",
    "GeneratorConformance",
    "LocalWeightsConformance",
    "MetricConformance",
    "OrientationEstimatorConformance",
    "PluginConformance",
    "ReconstructorConformance",
    "WeightsConformance",
    "grey_picture",
    "smooth_picture",
]
