"""The metrics as plugins. Light: the tables are read when a metric is built."""

from __future__ import annotations

from genspace_core.interfaces import Metric, PluginSpec

PAPER = PluginSpec(
    interface=Metric,
    factory="genspace_metrics.metric:paper",
    version="1",  # of the table: data/paper.toml
    summary="The published GenSpace scoring formulas, faults included (docs/metrics.md).",
)

SPATIAL = PluginSpec(
    interface=Metric,
    factory="genspace_metrics.metric:spatial",
    version="2",  # of the table: data/spatial.toml
    summary="The same questions without the published protocol's faults (docs/metrics.md). The default.",
)
