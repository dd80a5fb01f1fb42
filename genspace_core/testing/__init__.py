"""The conformance kit: what every plugin must do, as test classes an adapter's tests inherit.

    from genspace_core.testing import GeneratorConformance
    from my_package.plugin import SPEC

    class TestMyModel(GeneratorConformance):
        spec = SPEC
        config = {"size": 64}
        prompts = ("A photo of one dog.", "A photo of one cat.")

Needs pytest. GenSpace's own adapters run the same classes.
"""

from genspace_core.testing.generators import GeneratorConformance
from genspace_core.testing.metrics import MetricConformance
from genspace_core.testing.plugins import PluginConformance
from genspace_core.testing.reconstructors import ReconstructorConformance

__all__ = ["GeneratorConformance", "MetricConformance", "PluginConformance", "ReconstructorConformance"]
