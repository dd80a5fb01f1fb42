"""From pixels to blocks: groups the markers that one object bears, and poses all objects under one camera.

Knows the catalogue and the rig's camera, never a plan. Reconstructor and editor see through it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import heading_matrix, intrinsics, pitch_matrix, project
from genspace_adapter_blockworld.catalogue import Asset
from genspace_adapter_blockworld.markers import Marker, find_markers
from genspace_adapter_blockworld.pose import Observation, Posed, same, solve
from genspace_adapter_blockworld.sides import SIDES, marker_corners, marker_print
from genspace_core.interfaces import RGB

Array = NDArray[np.float64]

PITCH_RANGE: Final = (np.radians(-12.0), np.radians(80.0))
"""The rig's camera looks level or down; a little slack for noise."""

WORST_ERROR: Final = 0.02
"""Largest reprojection error, as a share of the marker's edge; more is no pose but a misreading."""

LEAST_ERROR: Final = 0.8  # pixels that are always forgiven
JOINS: Final = 0.35  # a marker belongs to an object if predicted within this share of its edge
_COMBINATIONS: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What a picture shows.

    Attributes:
        K: (3, 3) intrinsics, pixels.
        pitch: of the camera, radians, positive down.
        assets: of each block.
        heading: (n,) radians, as `plan.Block.heading`.
        center: (n, 3) metres, camera frame.
        error: (n,) root mean square distance of seen and predicted corners, pixels.
        seen: (k, 2) marker corners of each block, pixels.
    """

    K: Array
    pitch: float
    assets: tuple[Asset, ...]
    heading: Array
    center: Array
    error: Array
    seen: tuple[Array, ...]

    def rotation(self, i: int) -> Array:
        """(3, 3) axes of block i as columns, camera frame."""
        return pitch_matrix(self.pitch) @ heading_matrix(float(self.heading[i]))

    def confidence(self, i: int) -> float:
        """0-1, how well block i explains the pixels."""
        return float(np.exp(-self.error[i] / 4))


def _observe(markers: Iterable[Marker]) -> Observation:
    """The corners of one object's markers."""
    seen = list(markers)
    points = np.concatenate([marker_corners(m.asset.size, SIDES[m.side]) for m in seen])
    return Observation(points, np.concatenate([m.corners for m in seen]))


def _plausible(posed: Posed | None) -> bool:
    return posed is not None and PITCH_RANGE[0] < posed.pitch < PITCH_RANGE[1]


def _guesses(K: Array, marker: Marker) -> list[Posed]:
    """Poses that one marker alone allows: planar targets have up to two."""
    view, side = _observe([marker]), SIDES[marker.side]
    half = marker_print(marker.asset.size, side).side / 2
    square = half * np.array([[-1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, -1.0, 0.0], [-1.0, -1.0, 0.0]])
    # In a plane of its own: OpenCV's solver for squares is sound, the one for any plane fails on some faces.
    _, turns, shifts, _ = cv2.solvePnPGeneric(square, view.pixels, K, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
    face = np.array([side.right, side.up, side.normal], dtype=np.float64)
    found: list[Posed] = []
    for turn, shift in zip(turns, shifts, strict=True):
        R = cv2.Rodrigues(turn)[0] @ face
        center = shift.ravel() - R @ view.points.mean(axis=0)
        pitch = float(np.clip(np.arctan2(-R[2, 1], -R[1, 1]), *PITCH_RANGE))
        front = pitch_matrix(pitch).T @ R[:, 0]
        heading = np.array([np.arctan2(front[0], front[2])])
        posed = solve(K, [view], pitch, heading, center[None])
        if posed is not None and _plausible(posed) and not any(same(posed, other) for other in found):
            found.append(posed)
    return found


def _agrees(K: Array, posed: Posed, marker: Marker) -> bool:
    """Whether a marker is where an object so posed would show it."""
    points = marker_corners(marker.asset.size, SIDES[marker.side]) @ posed.rotation(0).T + posed.center[0]
    if points[:, 2].min() < 1e-3:
        return False
    return bool(np.abs(project(K, points) - marker.corners).max() < JOINS * marker.span)


def _with_mates(
    K: Array, guess: Posed, seed: Marker, others: list[Marker]
) -> list[tuple[list[Marker], Posed]]:
    """The object that a guess means: with markers on its other sides that bear the guess out."""
    # The nearest marker of a side comes last, and stays.
    near = (
        m for m in reversed(others) if m.asset is seed.asset and m.side != seed.side and _agrees(K, guess, m)
    )
    mates = list({m.side: m for m in near}.values())
    while mates:
        members = [seed, *mates]
        posed = solve(K, [_observe(members)], guess.pitch, guess.heading, guess.center)
        if posed is not None and _plausible(posed) and _trusted(posed.error[0], members):
            return [(members, posed)]
        mates.remove(min(mates, key=lambda m: m.span))  # the smallest is the likeliest to be misread
    return [([seed], guess)] if _trusted(guess.error[0], [seed]) else []


def _group(K: Array, markers: list[Marker]) -> list[tuple[list[Marker], list[Posed]]]:
    """Markers that are on one object together, each group with its possible poses, the best first."""
    left = sorted(markers, key=lambda m: -m.span)
    groups: list[tuple[list[Marker], list[Posed]]] = []
    while left:
        seed = left.pop(0)
        options: list[tuple[list[Marker], Posed]] = []
        for guess in _guesses(K, seed):
            options += _with_mates(K, guess, seed, left)
        if not options:
            continue
        most = max(len(members) for members, _ in options)
        options = sorted((o for o in options if len(o[0]) == most), key=lambda o: o[1].error[0])
        members = options[0][0]
        left = [m for m in left if m not in members]
        if not any(_same_body(options[0][1], members[0], *group) for group in groups):
            groups.append((members, [posed for own, posed in options if own == members]))
    return groups


def _same_body(posed: Posed, marker: Marker, members: list[Marker], poses: list[Posed]) -> bool:
    """Whether a pose would put an asset where the same asset, from larger markers, already is."""
    apart = float(np.linalg.norm(posed.center[0] - poses[0].center[0]))
    return members[0].asset is marker.asset and apart < min(marker.asset.size)


def _trusted(error: float, members: Sequence[Marker]) -> bool:
    return error < max(LEAST_ERROR, WORST_ERROR * float(np.mean([m.span for m in members])))


def _together(K: Array, groups: list[tuple[list[Marker], list[Posed]]]) -> Posed | None:
    """All objects under one camera: the combination of poses that explains the pixels best."""
    if len(groups) == 1:
        return groups[0][1][0]
    seen = [_observe(members) for members, _ in groups]
    choices = [poses if len(groups) <= np.log2(_COMBINATIONS) else poses[:1] for _, poses in groups]
    best: Posed | None = None
    for poses in product(*choices):
        weight = [len(view.points) for view in seen]
        pitch = float(np.average([p.pitch for p in poses], weights=weight))
        heading = np.concatenate([p.heading for p in poses])
        posed = solve(K, seen, pitch, heading, np.concatenate([p.center for p in poses]))
        if posed is None or not _plausible(posed):
            continue
        if best is None or (posed.error**2).sum() < (best.error**2).sum():
            best = posed
    return best


def _sighting(K: Array, markers: list[Marker]) -> Sighting:
    groups = _group(K, markers)
    posed = _together(K, groups) if groups else None
    if posed is None:
        return Sighting(K, 0.0, (), np.zeros(0), np.zeros((0, 3)), np.zeros(0), ())
    kept = [i for i, (members, _) in enumerate(groups) if _trusted(posed.error[i], members)]
    return Sighting(
        K,
        posed.pitch,
        tuple(groups[i][0][0].asset for i in kept),
        posed.heading[kept],
        posed.center[kept],
        posed.error[kept],
        tuple(np.concatenate([m.corners for m in groups[i][0]]) for i in kept),
    )


def sight(image: RGB, names: Collection[str] | None, looks: Sequence[int] = (1, 2, 3)) -> Sighting:
    """Every block in an (H, W, 3) sRGB image.

    Args:
        image: the picture.
        names: categories that should be in it; once they are found, it is not looked at again. None when
            nobody knows: then it gets every look.
        looks: how many times to enlarge the picture for each look; a larger one is slower, and reads
            smaller markers.
    """
    height, width = image.shape[:2]
    K = intrinsics(width, height)
    best: Sighting | None = None
    for enlarge in looks:
        seen = _sighting(K, find_markers(image, enlarge))
        if best is None or len(seen.assets) > len(best.assets):
            best = seen
        if names is not None and sum(asset.name in names for asset in best.assets) >= len(names):
            break
    assert best is not None
    return best
