"""How much of what an edit should have left alone stayed so: a number beside the score, no part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import cos, exp, log, prod, radians, sin

import numpy as np

from genspace_core.types import Measurement, Sample, Scene, SceneObject
from genspace_metrics.measures import LEAST_EXTENT, extents, height
from genspace_metrics.motion import heading_turn
from genspace_metrics.table import ROLES, Aspect, Keeps, Table
from genspace_metrics.vectors import Vec, norm, subtract
from genspace_metrics.view import Body, Pair, Undecidable, body_of

ASPECTS: tuple[Aspect, ...] = ("place", "heading", "size")
_UNITS = {"place": "ratio", "heading": "deg", "size": "ratio"}


@dataclass(frozen=True, slots=True)
class _Frame:
    """Takes places after the edit to where they would be seen before it, had the camera done as it must.

    Attributes:
        turn: about the vertical, degrees; None when not known.
        pivot: the place, before and after, that stays put in it.
    """

    turn: float | None
    pivot: tuple[Vec, Vec]

    def undo(self, place: Vec) -> Vec:
        """A place after, (3,) metres, in the gravity frame before."""
        assert self.turn is not None
        c, s = cos(radians(-self.turn)), sin(radians(-self.turn))
        x, y, z = subtract(place, self.pivot[1])
        at = self.pivot[0]
        return (at[0] + c * x - s * z, at[1] + y, at[2] + s * x + c * z)


_STILL = _Frame(0.0, ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)))


def preservation(
    table: Table, sample: Sample, before: Scene | None, after: Scene | None
) -> tuple[float | None, tuple[Measurement, ...]]:
    """Mean over every object that had to stay: 1 if it did in all aspects, else the product of their fades.

    A lost object counts 0, and so does each one too many of a name that was asked about. An aspect that
    cannot be measured (no orientation) is left out.

    Args:
        table: says how far each aspect may stray.
        sample: names the objects and bystanders of the source.
        before: the scene of the source.
        after: the scene of the edited picture.

    Returns:
        the number, 0-1, and its measurements; None where there is nothing to compare.
    """
    keeps = table.find(sample).keeps
    if keeps is None or before is None or after is None:
        return None, ()
    added = [sample.objects[ROLES.index(role)] for role in keeps.added]
    names = [*dict.fromkeys(name for name in (*sample.objects, *sample.bystanders) if name not in added)]
    anchor = sample.objects[-1 if len(sample.objects) == len(ROLES) else 0]
    pairs = {name: _pairs(name, before, after, table) for name in names}
    frame = _frame(keeps, pairs.get(anchor, []))
    values: list[float] = []
    measurements: list[Measurement] = []
    for name, found in pairs.items():
        aspects = keeps.main if name == anchor else ASPECTS
        for pair in found:
            measured = list(_measure(table, name, pair, aspects, frame))
            measurements += measured
            values.append(prod(m.score for m in measured))
    for name in (*names, *added):
        for what, missing in _miscounted(name, name in added, before, after):
            measurements.append(missing)
            values += [0.0] * what
    return (sum(values) / len(values) if values else None), tuple(measurements)


def _of(name: str, scene: Scene) -> list[SceneObject]:
    """The objects of a name, from left to right."""
    gravity = scene.camera.gravity_rotation
    found = [item for item in scene.objects if item.name == name]
    return sorted(found, key=lambda item: float(np.arctan2(*(gravity @ item.center)[[0, 2]])))


def _pairs(name: str, before: Scene, after: Scene, table: Table) -> list[Pair]:
    """The objects of a name found in both, paired from left to right."""
    old, new = (
        [body_of(item, scene.camera.gravity_rotation, table.rotation_frame) for item in _of(name, scene)]
        for scene in (before, after)
    )
    return [Pair("", one, other) for one, other in zip(old, new, strict=False)]


def _frame(keeps: Keeps, anchors: Sequence[Pair]) -> _Frame:
    if keeps.seen_from == "camera":
        return _STILL
    if not anchors:
        return _Frame(None, _STILL.pivot)
    pair = anchors[0]
    turn = 0.0 if keeps.seen_from == "anchor_place" else heading_turn(pair)
    return _Frame(turn, (foot(pair.before), foot(pair.after)))


def foot(body: Body) -> Vec:
    """Where an object stands: its centre, dropped to its lowest point. Metres, gravity frame."""
    return (body.center[0], float((body.points @ body.gravity[1]).max()), body.center[2])


def _measure(
    table: Table, name: str, pair: Pair, aspects: Sequence[Aspect], frame: _Frame
) -> Iterator[Measurement]:
    for aspect in aspects:
        value = _VALUES[aspect](pair, frame)
        if value is not None:
            satisfied, score = table.aspects[aspect].judge(value, None)
            tolerance = table.aspects[aspect].tolerance
            yield Measurement(f"{aspect}({name})", value, _UNITS[aspect], 0.0, tolerance, score, satisfied)


def _strayed(pair: Pair, frame: _Frame) -> float | None:
    """How far it moved, as a share of its distance from the camera before."""
    if frame.turn is None:
        return None
    old = foot(pair.before)
    return norm(subtract(frame.undo(foot(pair.after)), old)) / max(norm(old), LEAST_EXTENT)


def _turned(pair: Pair, frame: _Frame) -> float | None:
    """How far its front turned about the vertical: degrees, 0-180."""
    turn = heading_turn(pair)
    if turn is None or frame.turn is None:
        return None
    return abs((turn - frame.turn + 180.0) % 360.0 - 180.0)


def _resized(pair: Pair, frame: _Frame) -> float | None:
    """Share by which the extent that changed most grew or shrank; of the height alone from another side."""
    bodies = (pair.before, pair.after)
    sides: list[tuple[float, ...]] = [(height(body),) for body in bodies]
    if frame is _STILL:
        with suppress(Undecidable):
            sides = [(*extents(body),) for body in bodies]
    if min(map(min, sides)) < LEAST_EXTENT:
        return None
    return exp(max(abs(log(new / old)) for old, new in zip(*sides, strict=True))) - 1.0


_VALUES = {"place": _strayed, "heading": _turned, "size": _resized}


def _miscounted(name: str, is_added: bool, before: Scene, after: Scene) -> Iterator[tuple[int, Measurement]]:
    """How many of a name were lost, or are too many; nothing of a bystander that the source did not show."""
    old, new = (sum(item.name == name for item in scene.objects) for scene in (before, after))
    wanted = old + is_added
    if new < old or (new > wanted and wanted):
        what = "lost" if new < old else "added"
        count = abs(new - (old if new < old else wanted))
        yield count, Measurement(f"{what}({name})", float(count), "ratio", 0.0, None, 0.0, False)
