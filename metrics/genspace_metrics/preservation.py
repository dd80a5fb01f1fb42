"""How much of what an edit should have left alone stayed so: a number beside the score, no part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import permutations, product
from math import atan2, cos, exp, log, prod, radians, sin

from genspace_core.types import Measurement, Sample, Scene
from genspace_metrics.measures import LEAST_EXTENT, extents, height
from genspace_metrics.motion import heading_turn
from genspace_metrics.table import ROLES, Aspect, Keeps, Table, anchor_of
from genspace_metrics.vectors import Vec, norm, subtract
from genspace_metrics.view import Body, Pair, Undecidable, body_of

ASPECTS: tuple[Aspect, ...] = ("place", "heading", "size")
"""What every object but the one that the instruction names must keep."""

_UNITS: dict[Aspect, str] = {
    "place": "ratio",
    "heading": "deg",
    "size": "ratio",
    "length": "ratio",
    "width": "ratio",
    "height": "ratio",
    "proportions": "ratio",
}


@dataclass(frozen=True, slots=True)
class _Kept:
    """An object of the source, and the one of the result that it is taken for (None: lost)."""

    name: str
    before: Body
    after: Body | None
    aspects: tuple[Aspect, ...]


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

    A lost object counts 0, and so does each one too many of a name that was asked about. What cannot be
    measured (no orientation) is left out, an object of which nothing can be measured altogether. Objects
    of one name are taken for each other where that fits better.

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
    added = Counter(sample.objects[ROLES.index(role)] for role in keeps.added)
    names = list(dict.fromkeys((*sample.objects, *sample.bystanders)))
    found = [(name, _of(name, before, table), _of(name, after, table)) for name in names]
    extra = [m for name, old, new in found for m in _too_many(name, len(old), len(new), added[name])]
    main = sample.objects[anchor_of(len(sample.objects))]
    # The anchor is the so-manieth of its name, from left to right, as the sample's roles are.
    rank = sample.objects[: anchor_of(len(sample.objects))].count(main)
    judged = [
        _judge(table, keeps, [kept for group in groups for kept in group], (main, rank))
        for groups in product(*(_pairings(*each, keeps, (main, rank)) for each in found))
    ]
    values, measurements = max(judged, key=lambda each: sum(each[0]))
    values += [0.0] * sum(round(m.value) for m in extra)
    return (sum(values) / len(values) if values else None), (*measurements, *extra)


def _pairings(
    name: str, old: list[Body], new: list[Body], keeps: Keeps, anchor: tuple[str, int]
) -> Iterator[list[_Kept]]:
    """Every way to find the objects of a name again; the order from left to right comes first."""
    padded: list[Body | None] = [*new, *[None] * (len(old) - len(new))]
    for order in permutations(padded, len(old)):
        yield [
            _Kept(name, before, then, keeps.main if (name, rank) == anchor else ASPECTS)
            for rank, (before, then) in enumerate(zip(old, order, strict=True))
        ]


def _judge(
    table: Table, keeps: Keeps, objects: Sequence[_Kept], anchor: tuple[str, int]
) -> tuple[list[float], list[Measurement]]:
    """A value for every object of which anything can be told, and the measurements."""
    alike = [kept for kept in objects if kept.name == anchor[0]]
    frame = _frame(keeps, alike[anchor[1]] if anchor[1] < len(alike) else None)
    values: list[float] = []
    measurements: list[Measurement] = []
    for kept in objects:
        if kept.after is None:
            measurements.append(Measurement(f"lost({kept.name})", 1.0, "ratio", 0.0, None, 0.0, False))
            values.append(0.0)
            continue
        measured = list(_measure(table, kept.name, Pair("", kept.before, kept.after), kept.aspects, frame))
        measurements += measured
        if measured:
            values.append(prod(m.score for m in measured))
    return values, measurements


def _of(name: str, scene: Scene, table: Table) -> list[Body]:
    """The objects of a name, from left to right."""
    gravity = scene.camera.gravity_rotation
    found = [body_of(item, gravity, table.rotation_frame) for item in scene.objects if item.name == name]
    return sorted(found, key=lambda body: atan2(body.center[0], body.center[2]))


def _frame(keeps: Keeps, anchor: _Kept | None) -> _Frame:
    if keeps.seen_from == "camera":
        return _STILL
    if anchor is None or anchor.after is None:
        return _Frame(None, _STILL.pivot)
    turn = 0.0 if keeps.seen_from == "anchor_place" else heading_turn(Pair("", anchor.before, anchor.after))
    return _Frame(turn, (foot(anchor.before), foot(anchor.after)))


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


def _growth(pair: Pair, frame: _Frame) -> dict[str, float]:
    """By what factor each extent that can be compared grew; the height alone as seen from another side."""
    heights = [height(body) for body in (pair.before, pair.after)]
    sides = [{"height": value} for value in heights]
    if frame is _STILL:
        with suppress(Undecidable):
            for side, body in zip(sides, (pair.before, pair.after), strict=True):
                length, width, _ = extents(body)
                side |= {"length": length, "width": width}
    old, new = sides
    names = [name for name in old if name in new and min(old[name], new[name]) >= LEAST_EXTENT]
    return {name: new[name] / old[name] for name in names}


def _resized(pair: Pair, frame: _Frame) -> float | None:
    """Share by which the extent that changed most grew or shrank."""
    factors = _growth(pair, frame).values()
    return exp(max(abs(log(factor)) for factor in factors)) - 1.0 if factors else None


def _extent(name: str) -> Callable[[Pair, _Frame], float | None]:
    """Share by which one extent grew or shrank."""

    def measure(pair: Pair, frame: _Frame) -> float | None:
        factor = _growth(pair, frame).get(name)
        return None if factor is None else exp(abs(log(factor))) - 1.0

    return measure


def _misshapen(pair: Pair, frame: _Frame) -> float | None:
    """Share by which one extent grew more than another."""
    factors = _growth(pair, frame).values()
    return max(factors) / min(factors) - 1.0 if factors else None


_VALUES: dict[Aspect, Callable[[Pair, _Frame], float | None]] = {
    "place": _strayed,
    "heading": _turned,
    "size": _resized,
    "length": _extent("length"),
    "width": _extent("width"),
    "height": _extent("height"),
    "proportions": _misshapen,
}


def _too_many(name: str, old: int, new: int, added: int) -> Iterator[Measurement]:
    """How many of a name came that nobody asked for; nothing of a bystander that the source did not show."""
    wanted = old + added
    if new > wanted > 0:
        yield Measurement(f"added({name})", float(new - wanted), "ratio", 0.0, None, 0.0, False)
