"""Depth maps of known scenes: ground, boxes and a wall, looked at with a held camera."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from adapters.camera.tests.cameras import held
from genspace_core.interfaces import DepthMap

Array = NDArray[np.float64]
Box = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Two opposite corners: x right, y down from the camera's height, z ahead, metres."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What there is, and how the camera is held.

    Attributes:
        down: degrees that the camera looks down.
        clockwise: degrees that it is turned.
        height: of the camera above the ground, metres.
        ground: whether there is any.
        wall: metres ahead, None for the open.
        boxes: that stand around.
        noise: of the depth, as a share of it.
        fov: along the longer side, degrees.
        size: of the picture, height and width.
    """

    down: float = 10.0
    clockwise: float = 0.0
    height: float = 1.5
    ground: bool = True
    wall: float | None = None
    boxes: tuple[Box, ...] = ()
    noise: float = 0.0
    fov: float = 60.0
    size: tuple[int, int] = (96, 128)
    seed: int = 0
    axes: Array = field(init=False)
    K: Array = field(init=False)

    def __post_init__(self) -> None:
        height, width = self.size
        focal = max(self.size) / 2 / np.tan(np.radians(self.fov) / 2)
        K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
        object.__setattr__(self, "K", K)
        object.__setattr__(self, "axes", held(self.down, self.clockwise))

    @property
    def picture(self) -> NDArray[np.uint8]:
        """Of the right size; nobody looks at it."""
        return np.zeros((*self.size, 3), np.uint8)

    def depth(self, *, with_K: bool = True) -> DepthMap:
        """(H, W), metres along the camera's axis; infinite where there is nothing."""
        v, u = np.mgrid[: self.size[0], : self.size[1]]
        seen = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(self.K).T
        rays = seen @ self.axes.T  # for a depth of 1 metre, in the world's axes
        near = np.full(self.size, np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.ground:
                near = np.where(rays[..., 1] > 0, self.height / rays[..., 1], near)
            if self.wall is not None:
                ahead = np.where(rays[..., 2] > 0, self.wall / rays[..., 2], np.inf)
                near = np.minimum(near, ahead)
            for box in self.boxes:
                near = np.minimum(near, _enter(rays, np.array(box)))
        random = np.random.default_rng(self.seed)
        near = near * (1 + self.noise * random.standard_normal(near.shape))
        return DepthMap(depth=near.astype(np.float32), K=self.K if with_K else None)


def _enter(rays: Array, corners: Array) -> Array:
    """Depth at which each ray enters a box, infinite where it does not (slab method)."""
    near = np.minimum(corners[0] / rays, corners[1] / rays).max(axis=-1)
    far = np.maximum(corners[0] / rays, corners[1] / rays).min(axis=-1)
    return np.where((near <= far) & (near > 0), near, np.inf)
