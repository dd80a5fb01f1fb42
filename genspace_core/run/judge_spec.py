"""What is needed to judge pictures that are there: their run, what rebuilds them, what scores them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genspace_core.plugins.config import Resolved
from genspace_core.run.budget import Budget
from genspace_core.run.identity import plugin_key
from genspace_core.types import Sample, Suite

PICTURE = "image"
"""What a metric says in `Capabilities.reads` that looks at the picture itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSpec:
    """The pictures in `directory`, made for `suite`, judged by reconstructor x metrics."""

    directory: Path
    suite: Suite
    reconstructor: Resolved
    metrics: tuple[Resolved, ...]
    budget: Budget | None = None
    """What calls to vendors may cost; shared by the runs of a command."""

    @property
    def judges(self) -> tuple[Resolved, ...]:
        """The metrics that look at pictures alone, and need no scene."""
        return tuple(metric for metric in self.metrics if PICTURE in metric.capabilities.reads)

    @property
    def scene_metrics(self) -> tuple[Resolved, ...]:
        """The metrics that judge scenes."""
        return tuple(metric for metric in self.metrics if PICTURE not in metric.capabilities.reads)

    @property
    def needs_scenes(self) -> bool:
        """Whether pictures are rebuilt at all: not where judges alone look at them."""
        return bool(self.scene_metrics) or not self.judges

    @property
    def reconstructor_key(self) -> str:
        """Key of the reconstructor's identity."""
        return plugin_key("reconstructor", self.reconstructor.identity())

    @property
    def metric_keys(self) -> dict[str, str]:
        """Key of each metric's identity, by the metric's name."""
        return {metric.name: plugin_key("metric", metric.identity()) for metric in self.metrics}

    def source_of(self, sample: Sample) -> Path | None:
        """The source picture of an edit."""
        if sample.source is None:
            return None
        return (self.suite.root or Path()) / sample.source
