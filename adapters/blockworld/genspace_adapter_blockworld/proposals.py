"""Proposes many ways to stand the objects and the camera: what is asked near its ideal, the rest anywhere.

Everything is batched: the first axis of every array counts proposals. Layout frame: like the gravity
frame (y down) but with its origin on the ground under the anchor, which faces +z; angles in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.intent import Fact

Array = NDArray[np.float64]

SIDE_ANGLE: Final = {"front": 0.0, "right": np.pi / 2, "back": np.pi, "left": -np.pi / 2}
TOLERANCE: Final = {
    side: np.radians(15.0 if side in ("front", "back") else 30.0) for side in (*SIDE_ANGLE, "beside")
}
"""How far from its ideal an asked-for direction still counts; judges use the same."""

RELAXED: Final = 0.6
"""Share of its tolerance that a direction may be off where a better view needs it."""

GAP: Final = (0.15, 0.8)
"""Least and most room between two bodies, in mean extents."""

FILL: Final = (0.55, 0.8)
"""Least and most share of the picture's half-width that the objects reach."""

CLOSE_UP: Final = (0.86, 0.9)

ROOMY_FILL: Final = (0.13, 0.6)
"""As `FILL`, of a picture with wide empty space; the judge likes it small, but readable."""

ROOMY_GAP: Final = (0.55, 1.2)
"""As `GAP`, there."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """N ways to stand n objects and a camera.

    Attributes:
        ground: (N, n, 2) x and z of the centres, metres, layout frame.
        heading: (N, n), as `plan.Block.heading`.
        azimuth: (N,) direction from the pivot to the camera, as a heading.
        elevation: (N,) of the camera as seen from the pivot, radians.
        fill: (N,) share of the picture's half-width that the objects may reach.
        range: distance from the camera to the centre of the pivot, which then is aimed at, metres; None
            to fit by `fill`, all objects in the middle of the picture.
        pivot: position of an object; None for the middle of all.
    """

    ground: Array
    heading: Array
    azimuth: Array
    elevation: Array
    fill: Array
    range: float | None = None
    pivot: int | None = None


class Sampler:
    """Draws angles and lengths for a batch of `count` proposals."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self.rng, self.count = rng, count
        share = np.linspace(0.1, RELAXED, count)  # from precise proposals to relaxed ones
        self.share = rng.permutation(share)

    def uniform(self, low: float, high: float) -> Array:
        """(N,) numbers between two bounds."""
        return self.rng.uniform(low, high, self.count)

    def near(self, side: str) -> Array:
        """(N,) angles near a side's."""
        jitter = self.uniform(-1, 1) * self.share * TOLERANCE[side]
        if side == "beside":
            return np.asarray(self.rng.choice([-1.0, 1.0], self.count) * np.pi / 2 + jitter)
        return np.asarray(SIDE_ANGLE[side] + jitter)

    def anywhere(self) -> Array:
        """(N,) angles: half of them any, half near a quarter turn (tight pairs fit only so)."""
        quarters = self.rng.integers(0, 4, self.count) * np.pi / 2 + self.uniform(-0.03, 0.03)
        return np.where(self.rng.random(self.count) < 0.5, self.uniform(-np.pi, np.pi), quarters)


def find(
    facts: tuple[Fact, ...], kind: str, subject: int | None = None, other: int | None = None
) -> Fact | None:
    """The first fact of a kind, about these objects if they are given."""
    return next(
        (f for f in facts if f.kind == kind and subject in (None, f.subject) and other in (None, f.other)),
        None,
    )


def reach(asset: Asset, angle: Array) -> Array:
    """(N,) metres a cuboid's footprint extends from its centre along `angle` off its front."""
    return np.asarray((np.abs(np.cos(angle)) * asset.size[0] + np.abs(np.sin(angle)) * asset.size[1]) / 2)


def _heading(draw: Sampler, facts: tuple[Fact, ...], i: int, anchor: int, bearing: Array) -> Array:
    """(N,) heading of object i off the anchor's."""
    if turn := find(facts, "heading", i, anchor):
        return (0.0 if turn.value == "same" else np.pi) + draw.uniform(-0.12, 0.12)
    if back := find(facts, "bearing", anchor, i):  # the anchor's place as this one sees it
        return bearing + np.pi - draw.near(back.value)
    return draw.anywhere()


def _spacing(
    draw: Sampler, facts: tuple[Fact, ...], assets: tuple[Asset, ...], i: int, anchor: int, touching: Array
) -> Array:
    if apart := find(facts, "apart"):
        rise = (assets[0].size[2] - assets[1].size[2]) / 2
        return np.full(draw.count, np.sqrt(max(apart.amount**2 - rise**2, 0.0)))
    mean = (sum(assets[anchor].size) + sum(assets[i].size)) / 6
    return touching + draw.uniform(*(ROOMY_GAP if find(facts, "roomy") else GAP)) * mean


def stand_by(
    draw: Sampler, facts: tuple[Fact, ...], assets: tuple[Asset, ...], i: int, anchor: int
) -> tuple[Array, Array]:
    """Where to stand object i by the anchor: ground place (N, 2) and heading (N,) as the anchor has them."""
    fact = find(facts, "bearing", i, anchor)
    bearing = draw.near(fact.value) if fact else draw.anywhere()
    heading = _heading(draw, facts, i, anchor, bearing)
    touching = reach(assets[anchor], bearing) + reach(assets[i], bearing - heading)
    spacing = _spacing(draw, facts, assets, i, anchor, touching)
    return spacing[:, None] * np.stack([np.sin(bearing), np.cos(bearing)], axis=1), heading


def camera_elevation(draw: Sampler) -> Array:
    """(N,) radians; mostly low, as people take pictures."""
    low = np.radians(draw.uniform(5, 22))
    high = np.radians(draw.uniform(22, 50))
    return np.where(draw.rng.random(draw.count) < 0.65, low, high)


def _anchor(facts: tuple[Fact, ...]) -> int:
    """Whom the others are stood by: the first object, or the one whose view places several."""
    views = [f.other for f in facts if f.kind == "bearing"]
    return next((i for i in views if views.count(i) > 1), 0)


def _fill(facts: tuple[Fact, ...]) -> tuple[float, float]:
    if find(facts, "roomy"):
        return ROOMY_FILL
    return CLOSE_UP if find(facts, "close_up") else FILL


def propose(draw: Sampler, facts: tuple[Fact, ...], assets: tuple[Asset, ...]) -> Proposals:
    """A batch of layouts for some assets."""
    count = draw.count
    ground, heading = np.zeros((count, len(assets), 2)), np.zeros((count, len(assets)))
    anchor = _anchor(facts)
    for i in range(len(assets)):
        if i != anchor:
            ground[:, i], heading[:, i] = stand_by(draw, facts, assets, i, anchor)
    sees, distance = find(facts, "sees"), find(facts, "range")
    azimuth = heading[:, sees.subject] + draw.near(sees.value) if sees else draw.anywhere()
    return Proposals(
        ground=ground,
        heading=heading,
        azimuth=azimuth,
        elevation=camera_elevation(draw),
        fill=draw.uniform(*_fill(facts)),
        range=distance.amount if distance else None,
        pivot=distance.subject if distance else None,
    )
