"""Where the ground is: every block stands on it, so their feet tell how high the camera is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_adapter_blockworld.sighting import Sighting

FLOATS: Final = 0.04
"""How far off the ground the others stand on a block may seem to stand, as a share of its distance."""

LOWEST: Final = 0.02
"""Metres above the ground under which no camera is taken to be."""


def ground_of_blocks(seen: Sighting) -> tuple[float, NDArray[np.bool_]]:
    """The camera's height above the ground, metres, and (n,) which blocks stand on it.

    Args:
        seen: a sighting of at least one block. A block that floats is a misreading, and tells nothing.
    """
    center = seen.center @ pitch_matrix(seen.pitch)
    distance = np.linalg.norm(center, axis=1)
    foot = center[:, 1] + [asset.size[2] / 2 for asset in seen.assets]
    surest = int(np.argmax([np.ptp(corners, axis=0).max() for corners in seen.seen]))
    stands = np.abs(foot - foot[surest]) <= FLOATS * distance
    height = float(np.average(foot[stands], weights=1 / distance[stands]))
    return max(height, LOWEST), stands
