"""The conformance kit: what every plugin must do, as test classes an adapter's tests inherit.

    from genspace_core.testing import GeneratorConformance
    from my_package.plugin import SPEC

    class TestMyModel(GeneratorConformance):
        spec = SPEC
        config = {"size": 64}
        prompts = ("A photo of one dog.", "A photo of one cat.")

A plugin that loads a checkpoint inherits `WeightsConformance` as well; one for a model behind an API inherits
`RemoteConformance` or `JobConformance`, which bring a server for it.

Needs pytest. GenSpace's own adapters run the same classes.
"""

import pytest

_ROOMS = (
    "asked",
    "camera_calibrators",
    "depth_estimators",
    "detectors",
    "elsewhere",
    "generators",
    "jobs",
    "metrics",
    "orientation_estimators",
    "plugins",
    "reconstructors",
    "remote",
    "remote_kit",
    "stages",
    "weights",
)

# Without this a failing assert of the kit would not show what was compared.
pytest.register_assert_rewrite(*(f"{__name__}.{room}" for room in _ROOMS))

from genspace_core.testing.asked import Asked, ask, short_waits  # noqa: E402
from genspace_core.testing.camera_calibrators import CameraCalibratorConformance  # noqa: E402
from genspace_core.testing.depth_estimators import DepthEstimatorConformance  # noqa: E402
from genspace_core.testing.detectors import DetectorConformance  # noqa: E402
from genspace_core.testing.generators import EditorConformance, GeneratorConformance  # noqa: E402
from genspace_core.testing.jobs import JobConformance  # noqa: E402
from genspace_core.testing.metrics import MetricConformance  # noqa: E402
from genspace_core.testing.orientation_estimators import OrientationEstimatorConformance  # noqa: E402
from genspace_core.testing.pictures import grey_picture, large_picture, picture, smooth_picture  # noqa: E402
from genspace_core.testing.plugins import PluginConformance  # noqa: E402
from genspace_core.testing.reconstructors import ReconstructorConformance  # noqa: E402
from genspace_core.testing.remote import RemoteConformance  # noqa: E402
from genspace_core.testing.scripts import KEY, JobScript, Script, pictures_in  # noqa: E402
from genspace_core.testing.vendor import Answer, Call, Route, Vendor, in_order  # noqa: E402
from genspace_core.testing.weights import LocalWeightsConformance, WeightsConformance  # noqa: E402

__all__ = [
    "KEY",
    "Answer",
    "Asked",
    "Call",
    "CameraCalibratorConformance",
    "DepthEstimatorConformance",
    "DetectorConformance",
    "EditorConformance",
    "GeneratorConformance",
    "JobConformance",
    "JobScript",
    "LocalWeightsConformance",
    "MetricConformance",
    "OrientationEstimatorConformance",
    "PluginConformance",
    "ReconstructorConformance",
    "RemoteConformance",
    "Route",
    "Script",
    "Vendor",
    "WeightsConformance",
    "ask",
    "grey_picture",
    "in_order",
    "large_picture",
    "picture",
    "pictures_in",
    "short_waits",
    "smooth_picture",
]
