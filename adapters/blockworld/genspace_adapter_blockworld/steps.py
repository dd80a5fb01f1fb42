"""Imagines the steps a scene must leave room for: a stated distance among several objects invites moves.

A picture of two objects that says how far one is from the camera has little use if nothing may move in it.
So it is composed as a photographer would who is about to step nearer, back or aside, or to ask the same of
the object; what the picture would be after each step takes part in judging it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.framing import Framed, as_seen
from genspace_adapter_blockworld.intent import Fact
from genspace_adapter_blockworld.proposals import find

Array = NDArray[np.float64]

STEP: Final = 1.0
"""Metres."""

WORKING: Final = (3.0, 4.2)
"""Metres from the camera between which a step leaves things to see: nearer they outgrow the picture, farther
their markers are lost."""


def steps(scene: Framed, assets: tuple[Asset, ...], facts: tuple[Fact, ...]) -> Iterator[Framed]:
    """The scenes after each step, one batch of them a step; none where no step is to be expected."""
    fact = find(facts, "range")
    if fact is None or len(assets) < 2:
        return
    me = fact.subject
    at = scene.center[:, me]
    others = np.delete(scene.center, me, axis=1).mean(axis=1)
    zero = np.zeros(len(at))
    nearer = -at * [1.0, 0.0, 1.0] / np.hypot(at[:, 0], at[:, 2])[:, None]
    # Aside is away from the others: towards them there is no room.
    aside = np.stack([np.sign(at[:, 0] - others[:, 0]), zero, zero], axis=1)
    for way, left in ((nearer, -STEP), (-nearer, STEP), (aside, 0.0)):
        distance = np.hypot(fact.amount, STEP) if not left else fact.amount + left
        if WORKING[0] <= distance <= WORKING[1]:
            moved = scene.center.copy()
            moved[:, me] += STEP * way
            for center in (moved, scene.center + STEP * way[:, None]):  # the object steps, or the camera does
                yield as_seen(center, scene.heading, scene.pitch, scene.height, assets)
