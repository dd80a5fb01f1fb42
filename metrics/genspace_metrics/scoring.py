"""From a table and a scene to a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from genspace_core.errors import InputError
from genspace_core.types import Evidence, Measurement, Sample, SceneObject, Score, assign_objects
from genspace_metrics.preservation import preservation
from genspace_metrics.shapes import Band, Below, LogBand
from genspace_metrics.table import Constraint, Table
from genspace_metrics.view import Undecidable, View, make_view


def _measure(constraint: Constraint, view: View, sample: Sample) -> Measurement:
    measure, shape = constraint.measure, constraint.shape
    value = measure.function(view, *constraint.of)
    target = _target(constraint, sample)
    satisfied, score = shape.judge(value, target)
    if isinstance(shape, Below):
        target = 0.0
    return Measurement(constraint.text, value, measure.unit, target, shape.tolerance, score, satisfied)


def _target(constraint: Constraint, sample: Sample) -> float | None:
    asked, shape = constraint.asked, constraint.shape
    if asked is None or not isinstance(shape, Band | LogBand):
        return None
    target = sample.targets.get(asked.key, asked.default)
    if not target > shape.beyond:
        raise InputError(
            f"sample {sample.id}: target {asked.key} = {target}; it must exceed {shape.beyond:g}"
        )
    return target


def score(table: Table, sample: Sample, evidence: Evidence) -> Score:
    """Judge one picture by one table: 1 if every constraint is satisfied, else the product of their scores.

    A picture without a scene, or with an asked-for object missing or too many, scores 0. A source
    that lacks the objects, an orientation that is needed and unknown, or anything else that leaves a
    measure without meaning makes the score undecidable, even if another constraint already failed:
    deciding only the failures would bend the mean. Of an edit the score also says what was preserved,
    where the table judges that.

    Args:
        table: from `load_table`.
        sample: what was asked; its `targets` replace the table's own amounts.
        evidence: `scene`, and `scene_before` for the edits that compare, and for preservation.

    Raises:
        InputError: the sample's template is unknown or takes another number of objects.
    """
    verdict = _verdict(table, sample, evidence)
    kept, measured = preservation(table, sample, evidence.scene_before, evidence.scene)
    return verdict if kept is None else replace(verdict, preservation=kept, kept=measured)


def _verdict(table: Table, sample: Sample, evidence: Evidence) -> Score:
    template = table.find(sample)
    before = None
    if template.compares:
        if evidence.scene_before is None:
            return Score(0.0, False, undecidable=True, reason="no scene of the source picture")
        sources = assign_objects(sample.objects, evidence.scene_before)
        if not sources.objects:
            return Score(0.0, False, undecidable=True, reason=f"source picture: {sources.detail}")
        before = (evidence.scene_before, sources.objects)
    if evidence.scene is None:
        return Score(0.0, False, reason="no scene: the picture could not be reconstructed")
    found = assign_objects(sample.objects, evidence.scene)
    if not found.objects:
        return Score(0.0, False, reason=found.detail)
    orders = [found.objects] if before is None or not table.twins_may_swap else _orders(found.objects)
    verdicts = []
    for objects in orders:
        view = make_view(evidence.scene, objects, table.rotation_frame, before)
        verdicts.append(_judge(template.by_count[len(sample.objects)], view, sample))
    return max(verdicts, key=lambda verdict: (verdict.passed, verdict.value))


def _orders(objects: Sequence[SceneObject]) -> list[tuple[SceneObject, ...]]:
    """Every way to take objects of one name for each other; as found comes first.

    Which of two dogs is which can be told from left to right in one picture, but not after the camera
    went to their other side.
    """
    return [
        order
        for order in permutations(objects)
        if all(one.name == other.name for one, other in zip(order, objects, strict=True))
    ]


def _judge(constraints: Sequence[Constraint], view: View, sample: Sample) -> Score:
    measurements: list[Measurement] = []
    reason = ""
    for constraint in constraints:
        try:
            measurements.append(_measure(constraint, view, sample))
        except Undecidable as cause:
            reason = reason or str(cause)
    if reason:
        return Score(0.0, False, undecidable=True, reason=reason, measurements=tuple(measurements))
    passed = all(measurement.satisfied for measurement in measurements)
    value = 1.0
    if not passed:
        for measurement in measurements:
            value *= measurement.score
    return Score(value, passed, measurements=tuple(measurements))
