"""A planned picture: which cuboids stand where before which camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import heading_matrix, intrinsics, pitch_matrix
from genspace_adapter_blockworld.catalogue import Asset

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A cuboid in place.

    Attributes:
        asset: what it is.
        center: (3,), metres, gravity frame.
        heading: radians; 0 faces along +z (away from the camera), 90 degrees faces the camera's right.
    """

    asset: Asset
    center: Array
    heading: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A scene and its camera.

    Attributes:
        blocks: in the prompt's order.
        height: of the camera above the ground, metres.
        pitch: of the camera, radians, positive down.
        setting: phrase that says where, e.g. "on a lawn".
        size: side of the picture, pixels.
        dropped: names of the objects left out.
    """

    blocks: tuple[Block, ...]
    height: float
    pitch: float
    setting: str
    size: int
    dropped: tuple[str, ...] = ()

    @property
    def K(self) -> Array:  # noqa: N802  # the field's own name
        """(3, 3) intrinsics, pixels."""
        return intrinsics(self.size, self.size)

    def pose(self, block: Block) -> tuple[Array, Array]:
        """Rotation (3, 3) (object axes as columns) and centre (3,), metres, in the camera frame."""
        turn = pitch_matrix(self.pitch)
        return turn @ heading_matrix(block.heading), turn @ block.center
