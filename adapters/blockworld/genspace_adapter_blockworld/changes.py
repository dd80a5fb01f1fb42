"""Makes the change an instruction asks for, in many ways at once where it leaves a choice.

Batched like `proposals`. Places are in the gravity frame of the source's camera, metres; angles radians.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.framing import Framed, as_seen, frame
from genspace_adapter_blockworld.intent import Fact
from genspace_adapter_blockworld.plan import Plan
from genspace_adapter_blockworld.proposals import (
    FILL,
    Proposals,
    Sampler,
    camera_elevation,
    find,
    stand_by,
)
from genspace_core.errors import InvalidRequest

Array = NDArray[np.float64]

_WAYS: Final = {
    "forward": (0.0, 0.0, 1.0),
    "backward": (0.0, 0.0, -1.0),
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
}
"""Of the camera, whose heading is +z."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A source's scene, N times over, and what is to become of it.

    Attributes:
        action: the change, its `subject` a position in `assets`; an added object is the last.
        facts: what must hold afterwards, about the same positions.
        assets: of all blocks, as they are afterwards.
        center: (N, n, 3).
        heading: (N, n).
        pitch: (N,) of the camera.
        height: (N,) of the camera above the ground.
    """

    action: Fact
    facts: tuple[Fact, ...]
    assets: tuple[Asset, ...]
    center: Array
    heading: Array
    pitch: Array
    height: Array

    @property
    def main(self) -> int:
        """Whom the change is about: the one it names, or else the one in the middle of the picture."""
        about = find(self.facts, "sees") if self.action.subject < 0 else self.action
        if about is not None:
            return about.subject
        return int(np.argmin(np.abs(self.center[0, :, 0]) / self.center[0, :, 2]))

    @property
    def kept(self) -> tuple[int, ...]:
        """Who must stay as it is."""
        return tuple(i for i in range(self.center.shape[1]) if i != self.main or self.action.kind == "add")

    @property
    def exact(self) -> bool:
        """Whether there is only one way to do it."""
        return self.action.kind in ("move", "dolly", "resize")


def stage(
    source: Plan, action: Fact, facts: tuple[Fact, ...], assets: tuple[Asset, ...], count: int
) -> Stage:
    """The scene of a source before the change, `count` times; see `Stage`."""
    center = np.array([block.center for block in source.blocks])
    for i, block in enumerate(source.blocks):  # what grows keeps its feet on the ground
        center[i, 1] += (block.asset.size[2] - assets[i].size[2]) / 2
    return Stage(
        action,
        facts,
        assets,
        np.repeat(center[None], count, axis=0),
        np.repeat(np.array([block.heading for block in source.blocks])[None], count, axis=0),
        np.full(count, source.pitch),
        np.full(count, source.height),
    )


def _seen(stage: Stage, center: Array, heading: Array | None = None) -> Framed:
    heading = stage.heading if heading is None else heading
    return as_seen(center, heading, stage.pitch, stage.height, stage.assets)


def _towards_camera(stage: Stage, draw: Sampler) -> Array:
    """(N,) angle off the main object's front at which the camera is to be."""
    sees = find(stage.facts, "sees", stage.main)
    if sees is None:
        raise InvalidRequest("blockworld cannot read which side the picture is to show")
    return draw.near(sees.value)


def _orbit(stage: Stage, draw: Sampler) -> Framed:
    ground = stage.center[..., [0, 2]]
    around = Proposals(
        ground=ground - ground[:, stage.main, None],
        heading=stage.heading,
        azimuth=stage.heading[:, stage.main] + _towards_camera(stage, draw),
        elevation=camera_elevation(draw),
        fill=draw.uniform(*FILL),
        pivot=stage.main,
    )
    return frame(around, stage.assets)


def _turn(stage: Stage, draw: Sampler) -> Framed:
    at = stage.center[:, stage.main]
    heading = stage.heading.copy()
    heading[:, stage.main] = np.arctan2(-at[:, 0], -at[:, 2]) - _towards_camera(stage, draw)
    return _seen(stage, stage.center, heading)


def _add(stage: Stage, draw: Sampler) -> Framed:
    new = stage.action.subject
    anchor = next((f.other if f.subject == new else f.subject for f in stage.facts), 0)
    ground, turn = stand_by(draw, stage.facts, stage.assets, new, anchor)
    c, s = np.cos(stage.heading[:, anchor]), np.sin(stage.heading[:, anchor])
    x, z = ground.T
    center = np.stack(
        [
            stage.center[:, anchor, 0] + c * x + s * z,
            stage.height - stage.assets[new].size[2] / 2,
            stage.center[:, anchor, 2] - s * x + c * z,
        ],
        axis=1,
    )
    return _seen(
        stage,
        np.concatenate([stage.center, center[:, None]], axis=1),
        np.concatenate([stage.heading, (stage.heading[:, anchor] + turn)[:, None]], axis=1),
    )


def way(stage: Stage) -> Array:
    """(N, 3) unit vectors of where an object or the camera is to move."""
    if stage.action.value in _WAYS:
        return np.broadcast_to(_WAYS[stage.action.value], (len(stage.center), 3))
    at = stage.center[:, stage.main] * [1.0, 0.0, 1.0]
    farther = at / np.linalg.norm(at, axis=1, keepdims=True)
    return farther if stage.action.value == "farther" else -farther


def _move(stage: Stage, _: Sampler) -> Framed:
    center = stage.center.copy()
    center[:, stage.main] += stage.action.amount * way(stage)
    return _seen(stage, center)


def _dolly(stage: Stage, _: Sampler) -> Framed:
    return _seen(stage, stage.center - stage.action.amount * way(stage)[:, None])


def _resize(stage: Stage, _: Sampler) -> Framed:
    return _seen(stage, stage.center)  # its asset is the grown one already


_CHANGES: Final[dict[str, Callable[[Stage, Sampler], Framed]]] = {
    "orbit": _orbit,
    "turn": _turn,
    "add": _add,
    "move": _move,
    "dolly": _dolly,
    "resize": _resize,
}


def changed(stage: Stage, draw: Sampler) -> Framed:
    """The scenes after the change."""
    return _CHANGES[stage.action.kind](stage, draw)
