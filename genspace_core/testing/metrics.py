"""What holds for every metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np

from genspace_core.interfaces import Metric
from genspace_core.suite.io import load_suite
from genspace_core.testing.checks import is_plain
from genspace_core.testing.plugins import PluginConformance
from genspace_core.types import Camera, Evidence, Measurement, Sample, Scene, SceneObject, Score

CUBE = np.stack(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]), axis=-1).reshape(-1, 3)

_NUMBER: Final = (float, int)
_SCORE: Final = {"value": _NUMBER, "passed": (bool,), "undecidable": (bool,), "reason": (str,)}
_MEASUREMENT: Final = {
    "constraint": (str,),
    "value": _NUMBER,
    "unit": (str,),
    "target": (*_NUMBER, type(None)),
    "tolerance": (*_NUMBER, type(None)),
    "score": _NUMBER,
    "satisfied": (bool,),
}


def _assert_plain(held: Any, name: str, kinds: Mapping[str, tuple[type, ...]]) -> None:
    for field, allowed in kinds.items():
        value = getattr(held, field)
        wanted = " or ".join(kind.__name__ for kind in allowed)
        assert is_plain(value, *allowed), f"{name}'s {field} is {type(value).__name__}, not {wanted}"


class MetricConformance(PluginConformance):
    """Inherit and set `spec` and `spec_module`; for metrics that need a scene."""

    def samples(self) -> list[Sample]:
        """One sample of every question."""
        return list({sample.template: sample for sample in load_suite("genspace-t2i")}.values())

    def scene(self, sample: Sample, seed: int = 0, *, oriented: bool = True) -> Scene:
        """The asked-for objects, somewhere in front of the camera."""
        random = np.random.default_rng(seed)
        objects = []
        for name in sample.objects:
            rotation, _ = np.linalg.qr(random.normal(size=(3, 3)))
            rotation *= np.linalg.det(rotation)
            points = CUBE * random.uniform(0.2, 2, 3) + random.uniform([-2, 0, 3], [2, 1, 9])
            objects.append(SceneObject(name=name, points=points, rotation=rotation if oriented else None))
        return Scene(Camera(np.eye(3)), tuple(objects))

    def test_scores_are_in_range(self, plugin: Metric) -> None:
        """0-1, and a pass is never below a miss of the same picture."""
        for sample in self.samples():
            for seed in range(5):
                score = plugin.score(sample, Evidence(scene=self.scene(sample, seed)))
                assert 0 <= score.value <= 1
                assert score.value == 1 or not score.passed

    def test_scores_are_of_plain_types(self, plugin: Metric) -> None:
        """They are kept as they are; numpy's look-alikes would not come back the same."""
        for sample in self.samples():
            for evidence in (
                Evidence(scene=self.scene(sample)),
                Evidence(scene=self.scene(sample, oriented=False)),
            ):
                score = plugin.score(sample, evidence)
                assert isinstance(score, Score), f"it returned {type(score).__name__}, not a Score"
                _assert_plain(score, "the score", _SCORE)
                assert is_plain(score.measurements, tuple), "measurements are a tuple"
                for measurement in score.measurements:
                    assert isinstance(measurement, Measurement)
                    _assert_plain(measurement, "a measurement", _MEASUREMENT)
                    assert 0 <= measurement.score <= 1

    def test_it_declares_what_it_needs(self, plugin: Metric) -> None:
        """The planner reads it."""
        assert plugin.needs <= {field.name for field in fields(Evidence)}

    def test_it_repeats_itself(self, plugin: Metric) -> None:
        """A metric is a function: the same evidence, the same score."""
        for sample in self.samples():
            evidence = Evidence(scene=self.scene(sample))
            assert plugin.score(sample, evidence) == plugin.score(sample, evidence)

    def test_a_missing_object_scores_nothing(self, plugin: Metric) -> None:
        """It is an answer, with its reason, and not an exception."""
        for sample in self.samples():
            score = plugin.score(sample, Evidence(scene=Scene(Camera(np.eye(3)), ())))
            assert score.value == 0
            assert not score.passed
            assert score.reason

    def test_an_unknown_orientation_is_no_crash(self, plugin: Metric) -> None:
        """Undecidable, or judged from what is known; never an exception."""
        for sample in self.samples():
            score = plugin.score(sample, Evidence(scene=self.scene(sample, oriented=False)))
            assert score.value == 0 or not score.undecidable
