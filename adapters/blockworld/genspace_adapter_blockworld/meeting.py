"""Says how well facts are met: with margin, or barely, or not. Batched like `proposals`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.framing import HALF_WIDTH, Framed
from genspace_adapter_blockworld.intent import Fact
from genspace_adapter_blockworld.proposals import SIDE_ANGLE, TOLERANCE

Array = NDArray[np.float64]

IMPOSSIBLE: Final = 100.0
CLEARLY_NEARER: Final = 1.15  # ratio of distances that a person sees without measuring
CLEARLY_LEFT: Final = 0.5  # sine of the pair's direction against the line of sight
ROOMY_SHARE: Final = 0.18  # of the half-width, for half the largest extent of what has room around it


def _wrapped(angle: Array) -> Array:
    return np.asarray(np.abs((angle + np.pi) % (2 * np.pi) - np.pi))


def _off_front(heading: Array, towards: Array) -> Array:
    """(N,) angle of ground direction `towards` (N, 3) off an object's front, positive to its right."""
    return np.asarray(np.arctan2(towards[:, 0], towards[:, 2]) - heading)


def _off(side: str, angle: Array) -> Array:
    """(N,) how far an angle is from a side's, in tolerances."""
    sides = ("left", "right") if side == "beside" else (side,)
    off = np.min([_wrapped(angle - SIDE_ANGLE[s]) for s in sides], axis=0)
    return np.asarray(off / TOLERANCE[side])


def _strict(off: Array) -> Array:
    """Cost of being `off` by a share of a tolerance: mild near the ideal, prohibitive near the bound."""
    return np.asarray(3 * off**2 + IMPOSSIBLE * (off > 0.8))


def _short_of(value: Array, wanted: float) -> Array:
    return np.asarray(np.maximum(0.0, wanted - value) * 8)


def _sees(fact: Fact, scene: Framed, _: tuple[Asset, ...]) -> Array:
    off = _off(fact.value, _off_front(scene.heading[:, fact.subject], -scene.center[:, fact.subject]))
    # One camera cannot be straight before two objects: between them, half the precision will do.
    return _strict(off if scene.center.shape[1] == 1 else off * TOLERANCE[fact.value] / TOLERANCE["beside"])


def _bearing(fact: Fact, scene: Framed, _: tuple[Asset, ...]) -> Array:
    towards = scene.center[:, fact.subject] - scene.center[:, fact.other]
    return _strict(_off(fact.value, _off_front(scene.heading[:, fact.other], towards)))


def _heading(fact: Fact, scene: Framed, _: tuple[Asset, ...]) -> Array:
    turn = scene.heading[:, fact.subject] - scene.heading[:, fact.other]
    return _strict(_wrapped(turn - (0.0 if fact.value == "same" else np.pi)) / TOLERANCE["beside"])


def _nearer(fact: Fact, scene: Framed, _: tuple[Asset, ...]) -> Array:
    at, other = scene.center[:, fact.subject], scene.center[:, fact.other]
    ratio = np.linalg.norm(other, axis=1) / np.linalg.norm(at, axis=1)
    return np.asarray(_short_of(ratio, CLEARLY_NEARER) + IMPOSSIBLE * (ratio < 1.06))


def _left_of(fact: Fact, scene: Framed, _: tuple[Asset, ...]) -> Array:
    at, other = scene.center[:, fact.subject], scene.center[:, fact.other]
    across = (other[:, 0] - at[:, 0]) / np.linalg.norm((other - at)[:, [0, 2]], axis=1)
    return np.asarray(_short_of(across, CLEARLY_LEFT) + IMPOSSIBLE * (across < 0.25))


def _roomy(fact: Fact, scene: Framed, assets: tuple[Asset, ...]) -> Array:
    distance = np.linalg.norm(scene.center[:, fact.subject], axis=1)
    share = max(assets[fact.subject].size) / 2 / (HALF_WIDTH * distance)
    return np.asarray(np.abs(share - ROOMY_SHARE) * 30)


_COSTS: Final[dict[str, Callable[[Fact, Framed, tuple[Asset, ...]], Array]]] = {
    "sees": _sees,
    "bearing": _bearing,
    "heading": _heading,
    "nearer": _nearer,
    "left_of": _left_of,
    "roomy": _roomy,
}


def fact_cost(fact: Fact, scene: Framed, assets: tuple[Asset, ...]) -> Array:
    """(N,) cost of how well a fact is met; `IMPOSSIBLE` or more where it is not."""
    cost = _COSTS.get(fact.kind)
    if cost is None:  # amounts hold by construction
        return np.zeros(len(scene.center))
    return cost(fact, scene, assets)
