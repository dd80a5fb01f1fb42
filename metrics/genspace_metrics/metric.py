"""The thin class over `score`."""

from __future__ import annotations

from genspace_core.interfaces import Metric, PluginConfig
from genspace_core.types import Evidence, Sample, Score
from genspace_metrics.scoring import score
from genspace_metrics.table import Table, load_table


class GeometryMetric(Metric):
    """Scores reconstructed scenes by a table of templates (docs/metrics.md)."""

    needs = frozenset({"scene", "scene_before"})
    higher_is_better = True

    def __init__(self, table: Table) -> None:
        self.table = table

    def score(self, sample: Sample, evidence: Evidence) -> Score:
        """See `genspace_metrics.scoring.score`."""
        return score(self.table, sample, evidence)


def paper(_config: PluginConfig) -> GeometryMetric:
    """The published protocol, faults included."""
    return GeometryMetric(load_table("paper"))


def spatial(_config: PluginConfig) -> GeometryMetric:
    """The corrected protocol."""
    return GeometryMetric(load_table("spatial"))
