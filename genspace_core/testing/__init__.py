"""The conformance kit: what every plugin must do, as test classes an adapter's tests inherit.

    from genspace_core.testing import GeneratorConformance
    from my_package.plugin import SPEC

    class TestMyModel(GeneratorConformance):
        spec = SPEC
        config = {"size": 64}
        prompts = ("A photo of one dog.", "A photo of one cat.")

Needs pytest. GenSpace's own adapters run the same classes.
"""

import pytest

# Without this a failing assert of the kit would not show what was compared.
pytest.register_assert_rewrite(
    *(f"{__name__}.{room}" for room in ("generators", "metrics", "plugins", "reconstructors"))
)

from genspace_core.testing.generators import EditorConformance, GeneratorConformance  # noqa: E402
from genspace_core.testing.metrics import MetricConformance  # noqa: E402
from genspace_core.testing.plugins import PluginConformance  # noqa: E402
from genspace_core.testing.reconstructors import ReconstructorConformance  # noqa: E402

__all__ = [
    "EditorConformance",
    "GeneratorConformance",
    "MetricConformance",
    "PluginConformance",
    "ReconstructorConformance",
]
