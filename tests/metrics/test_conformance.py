"""The conformance kit that every metric runs."""

from __future__ import annotations

from genspace_core.testing import MetricConformance
from genspace_metrics.plugin import PAPER, SPATIAL


class TestPaper(MetricConformance):
    spec = PAPER
    spec_module = "genspace_metrics.plugin"


class TestSpatial(MetricConformance):
    spec = SPATIAL
    spec_module = "genspace_metrics.plugin"
