"""Worlds of known geometry: upright cuboids on level ground, seen by a pinhole camera.

Rays are cast exactly, so that what a lifting finds can be held against the truth. Frames are those of
`genspace_core.types`; the gravity frame's origin is the camera, so the ground is y = the camera's height.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from genspace_core import LiftedObject
from genspace_core.types import Camera

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

NOTHING, GROUND, WALL = -1, -2, -3  # in the map of what pixels show; cuboids count from 0


def gravity_rotation(roll: float, pitch: float) -> Array:
    """Camera axes to gravity axes, (3, 3), for roll and pitch in degrees as the published protocol has them.

    A negative pitch looks down.
    """
    c, s = np.cos(np.radians(pitch)), np.sin(np.radians(pitch))
    Rx = np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]])
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    Rz = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return (Rz @ Rx).T


@dataclass(frozen=True)
class Cuboid:
    """Stands at x, z of the gravity frame, `lift` above the ground, turned by `heading` degrees."""

    x: float
    z: float
    size: tuple[float, float, float]  # along its first side, upwards, along its second side
    heading: float = 0.0
    lift: float = 0.0

    @property
    def axes(self) -> Array:
        """(3, 3), columns: first side, down, second side; gravity frame."""
        c, s = np.cos(np.radians(self.heading)), np.sin(np.radians(self.heading))
        return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


@dataclass(frozen=True)
class World:
    """Cuboids and the camera that sees them."""

    cuboids: tuple[Cuboid, ...]
    height: float = 1.5
    pitch: float = -12.0
    roll: float = 0.0
    shape: tuple[int, int] = (320, 320)
    focal: float = 300.0
    wall: float | None = 12.0  # z of an upright wall behind all
    ground: bool = True

    @property
    def camera(self) -> Camera:
        rows, columns = self.shape
        K = np.array([[self.focal, 0, (columns - 1) / 2], [0, self.focal, (rows - 1) / 2], [0, 0, 1.0]])
        return Camera(K, gravity_rotation(self.roll, self.pitch))

    def center(self, index: int) -> Array:
        """(3,), camera frame, metres."""
        one = self.cuboids[index]
        middle = np.array([one.x, self.height - one.lift - one.size[1] / 2, one.z])
        return middle @ self.camera.gravity_rotation

    def axes(self, index: int) -> Array:
        """(3, 3), columns in the camera frame."""
        return self.camera.gravity_rotation.T @ self.cuboids[index].axes

    def scaled(self, factor: float) -> World:
        """The same in pictures of another resolution; the pixels' outer edges stay where they are."""
        rows, columns = (round(side * factor) for side in self.shape)
        return replace(self, shape=(rows, columns), focal=self.focal * factor)

    def view(self) -> View:
        rows, columns = self.shape
        v, u = np.mgrid[:rows, :columns].astype(float)
        rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(self.camera.K).T
        rays = rays @ self.camera.gravity_rotation.T  # length so that distance along them is depth
        depth = np.full(self.shape, np.inf)
        shows = np.full(self.shape, NOTHING)
        surfaces = [(i, self._hits(one, rays)) for i, one in enumerate(self.cuboids)]
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.ground:
                surfaces.append((GROUND, np.where(rays[..., 1] > 0, self.height / rays[..., 1], np.inf)))
            if self.wall is not None:
                surfaces.append((WALL, np.where(rays[..., 2] > 0, self.wall / rays[..., 2], np.inf)))
        for what, far in surfaces:
            nearer = far < depth
            depth[nearer], shows[nearer] = far[nearer], what
        depth[shows == NOTHING] = np.nan
        masks = shows == np.arange(len(self.cuboids))[:, None, None]
        return View(self, depth, masks, shows)

    def _hits(self, one: Cuboid, rays: Array) -> Array:
        """Distance along every ray to the cuboid, infinite where it misses: slab by slab."""
        width, tall, deep = one.size
        origin = np.array([-one.x, -(self.height - one.lift - tall / 2), -one.z]) @ one.axes
        way = rays @ one.axes
        half = np.array([width, tall, deep]) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (-half - origin) / way, (half - origin) / way
        near = np.minimum(first, second).max(axis=-1)
        far = np.maximum(first, second).min(axis=-1)
        return np.where((near <= far) & (near > 0), near, np.inf)


@dataclass(frozen=True)
class View:
    """What the camera sees: depth (H, W) metres, NaN for the sky; masks (N, H, W); what pixels show."""

    world: World
    depth: Array
    masks: Bools
    shows: NDArray[np.int_]
    camera: Camera = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "camera", self.world.camera)


def center_error(found: LiftedObject, world: World, index: int) -> float:
    """Distance of a found centre from the true one, as a share of the distance from the camera."""
    truth = world.center(index)
    return float(np.linalg.norm(found.center - truth) / np.linalg.norm(truth))


def extents_errors(found: LiftedObject, world: World, index: int) -> Array:
    """(3,), errors of the extents along the cuboid's own sides, as shares of the true ones.

    Which of the two level sides comes first is free, so each is held against the box's nearest axis.
    """
    along = np.abs(world.axes(index).T @ found.axes).argmax(axis=1)
    return np.abs(found.extents[along] / np.array(world.cuboids[index].size) - 1.0)


def heading_error(found: LiftedObject, world: World, index: int) -> float:
    """Degrees between the box's sides and the cuboid's, 0-45."""
    cosine = np.abs(world.axes(index).T @ found.axes)[0].max()
    return float(np.degrees(np.arccos(min(1.0, cosine))))
