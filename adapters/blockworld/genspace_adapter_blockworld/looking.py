"""Sees a picture as a plan: its blocks, its camera and its ground, from the pixels alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.backdrop import draw_backdrop, row_colours
from genspace_adapter_blockworld.camera import pitch_matrix, project
from genspace_adapter_blockworld.grounds import Ground, load_grounds
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.sides import SIDES, face_corners
from genspace_adapter_blockworld.sighting import sight
from genspace_adapter_blockworld.standing import ground_of_blocks
from genspace_core.errors import InvalidRequest
from genspace_core.interfaces import RGB

Array = NDArray[np.float64]

SIZES: Final = (384, 2048)
"""Least and greatest side of a picture, pixels; those of `BlockworldConfig.size`."""

_GLANCE: Final = 64  # pixels: a ground is told in a picture so small
_EVERY: Final = 3  # of so many pixels one is enough
_LIKELY: Final = 4
_OUTLIER: Final = 20  # of 255: the most that one pixel tells against a ground


def _checked(image: RGB | None) -> RGB:
    if image is None:
        raise InvalidRequest("blockworld needs a source picture to edit")
    height, width = image.shape[:2]
    if height != width or not SIZES[0] <= width <= SIZES[1]:
        raise InvalidRequest(
            f"blockworld edits square pictures of {SIZES[0]} to {SIZES[1]} pixels a side; "
            f"this one is {width} x {height}"
        )
    return image


def _uncovered(plan: Plan) -> NDArray[np.bool_]:
    """(n, n) where a small picture of the plan shows no block."""
    free = np.ones((_GLANCE, _GLANCE), dtype=bool)
    for block in plan.blocks:
        rotation, center = plan.pose(block)
        corners = np.concatenate([face_corners(block.asset.size, side) for side in SIDES])
        uv = project(plan.K, corners @ rotation.T + center) * (_GLANCE / plan.size)
        (x0, y0), (x1, y1) = np.clip([uv.min(axis=0) - 1, uv.max(axis=0) + 2], 0, _GLANCE).astype(int)
        free[y0:y1, x0:x1] = False
    return free if free.any() else ~free


def _setting(image: RGB, plan: Plan) -> str:
    """The phrase of the ground that looks most as the picture does beside the blocks."""
    small = cv2.resize(image, (_GLANCE, _GLANCE), interpolation=cv2.INTER_AREA)
    rows, columns = (at[::_EVERY] for at in np.nonzero(_uncovered(plan)))
    seen = small[rows, columns].astype(np.int16)
    empty = Plan((), plan.height, plan.pitch, "", _GLANCE)

    def unlike(colours: NDArray[np.uint8]) -> float:
        return float(np.minimum(np.abs(seen - colours), _OUTLIER).mean())

    # Plain colours leave a few; their patterns decide.
    likely = sorted(load_grounds(), key=lambda ground: unlike(row_colours(empty, ground)[rows]))[:_LIKELY]

    def pattern_unlike(ground: Ground) -> float:
        return unlike(draw_backdrop(replace(empty, setting=ground.phrase))[rows, columns])

    best = min(likely, key=pattern_unlike)
    return best.phrase


def look(image: RGB | None, names: Collection[str]) -> Plan:
    """The scene that an (n, n, 3) sRGB picture shows, as exactly as its markers tell.

    Blocks are where they were measured; `height` is what they, standing on the ground, agree on.

    Args:
        image: the picture.
        names: categories that must be in it.

    Raises:
        InvalidRequest: it is no picture of blocks, has another format than the rig's, or lacks one of
            the names.
    """
    image = _checked(image)
    seen = sight(image, names, looks=(2, 1, 3))  # closely: what nobody names must not be overlooked
    if not seen.assets:
        raise InvalidRequest("blockworld edits its own pictures only: no block can be read in this one")
    center = seen.center @ pitch_matrix(seen.pitch)
    height, stands = ground_of_blocks(seen)
    blocks = tuple(
        Block(seen.assets[i], center[i], float(seen.heading[i])) for i in np.flatnonzero(stands).tolist()
    )
    shown = [block.asset.name for block in blocks]
    for name in names:
        if shown.count(name) != 1:
            count = "no" if name not in shown else "more than one"
            raise InvalidRequest(
                f"blockworld cannot edit this picture: it shows {count} {name}; it shows {', '.join(shown)}"
            )
    plan = Plan(blocks, height, seen.pitch, "", image.shape[0])
    return replace(plan, setting=_setting(image, plan))
