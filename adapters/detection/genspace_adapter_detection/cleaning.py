"""What is done to masks: small ones go, and what lies in front is taken out of what lies behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_detection.boxes import insides

Masks = NDArray[np.bool_]


def pixels(masks: Masks) -> NDArray[np.intp]:
    """(n,) how many pixels each mask has."""
    counts: NDArray[np.intp] = np.count_nonzero(masks, axis=(1, 2))
    return counts


def carve(masks: Masks, boxes: NDArray[np.float64], outer: float, inner: float) -> Masks:
    """Masks, each without the masks of boxes that lie in front of it.

    Mask 2 is taken out of mask 1 if the overlap of their boxes is under `outer` of box 1 and over `inner` of
    box 2. What is taken out is the mask as it was given, so that the order of the masks changes nothing.

    Args:
        masks: (n, H, W); left alone, and given back themselves if no box lies in front of another.
        boxes: (n, 4) pixels x0 y0 x1 y1.
        outer: share of box 1, 0-1.
        inner: share of box 2, 0-1; 1 takes nothing out.
    """
    share_of_1 = insides(boxes, boxes)  # [1, 2]
    share_of_2 = share_of_1.T
    front = (share_of_1 < outer) & (share_of_2 > inner)
    np.fill_diagonal(front, val=False)
    behind = np.flatnonzero(front.any(axis=1))
    carved = masks.copy() if len(behind) else masks
    for one in behind:
        carved[one] &= ~masks[front[one]].any(axis=0)
    return carved


def clean(
    masks: Masks, boxes: NDArray[np.float64], outer: float, inner: float, min_px: int
) -> tuple[NDArray[np.intp], list[Masks]]:
    """Which masks stay, the largest first, and how they look then.

    Masks under `min_px` pixels go, then those in front are taken out of those behind (see `carve`); one of
    which nothing is left goes too.

    Returns:
        Their indices (m,), and the masks, each (H, W) with memory of its own.
    """
    kept = np.flatnonzero(pixels(masks) >= min_px)
    chosen = masks if len(kept) == len(masks) else masks[kept]
    carved = carve(chosen, boxes[kept], outer, inner)
    size = pixels(carved)
    order = np.lexsort((*boxes[kept].T, -size))
    order = order[size[order] > 0]
    return kept[order], [carved[one].copy() for one in order]
