"""The reconstructor: pixels in, scene out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.camera import pitch_matrix, project
from genspace_adapter_blockworld.plugin import FiducialConfig
from genspace_adapter_blockworld.sighting import Sighting, sight
from genspace_core.interfaces import RGB, Reconstructor
from genspace_core.types import Camera, Scene, SceneObject

Array = NDArray[np.float64]

_LATTICE: Final = np.array(
    [[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)],
    dtype=np.float64,
)


def _object(seen: Sighting, i: int, shape: tuple[int, ...]) -> SceneObject:
    asset = seen.assets[i]
    rotation = seen.rotation(i)
    points = (_LATTICE * asset.half) @ rotation.T + seen.center[i]
    uv = project(seen.K, points) if points[:, 2].min() > 1e-3 else seen.seen[i]
    low = np.clip(uv.min(axis=0), 0, (shape[1] - 1, shape[0] - 1))
    high = np.clip(uv.max(axis=0), 0, (shape[1] - 1, shape[0] - 1))
    confidence = seen.confidence(i)
    return SceneObject(
        name=asset.name,
        points=points,
        center=seen.center[i],
        rotation=rotation,
        confidence=confidence,
        orientation_confidence=confidence,
        box=np.concatenate([low, high]),
    )


class Fiducial(Reconstructor):
    """Reads blockworld's markers. Other pictures hold none, and give empty scenes."""

    def reconstruct(self, image: RGB, names: Sequence[str]) -> Scene:
        """All objects of the given names in the (H, W, 3) sRGB image, posed in metres."""
        seen = sight(image, names)
        camera = Camera(seen.K, pitch_matrix(seen.pitch).T + 0.0)  # no -0.0 in a level one
        wanted = (i for i, asset in enumerate(seen.assets) if asset.name in names)
        return Scene(camera, tuple(_object(seen, i, image.shape) for i in wanted))


def build(config: FiducialConfig) -> Fiducial:  # noqa: ARG001  # factories take their plugin's config
    """The factory that the plugin names."""
    cv2.setNumThreads(1)  # the engine runs one picture per core
    return Fiducial()
