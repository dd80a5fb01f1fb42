"""The `staged` reconstructor."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from genspace_core.images import resized
from genspace_core.interfaces import RGB, DepthMap, Detection, Orientation, Reconstructor
from genspace_core.reconstruct.assemble import assemble
from genspace_core.reconstruct.checks import check_camera, check_depth, check_detections, check_orientations
from genspace_core.reconstruct.codecs import CAMERA, DEPTH, DETECTIONS, ORIENTATIONS
from genspace_core.reconstruct.plugin import StagedConfig
from genspace_core.reconstruct.stage import Ask, Stage
from genspace_core.types import Camera, Scene


def picture_digest(image: RGB) -> str:
    """sha256 of the pixels and their shape, hexadecimal."""
    digest = sha256(str(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


class Staged(Reconstructor):
    """Detector, depth, camera and orientation plugins, then lifting.

    Each stage sees a batch of pictures at once, and only those whose result is not kept already. What a
    stage depends on is in its key: detection on the picture and the names, depth on the picture,
    camera on the picture (and depth, if it reads it), orientation on picture and detection.
    """

    def __init__(self, config: StagedConfig) -> None:
        self._config = config
        stages = config.stages()
        self._detector: Stage[list[Detection]] = Stage(
            "detector", stages["detector"], DETECTIONS, lambda p, a: p.detect_batch(*a), check_detections
        )
        self._depth: Stage[DepthMap] = Stage(
            "depth", stages["depth"], DEPTH, lambda p, a: p.estimate_batch(*a), check_depth
        )
        self._camera: Stage[Camera] = Stage(
            "camera", stages["camera"], CAMERA, lambda p, a: p.calibrate_batch(*a), check_camera
        )
        self._orientation: Stage[list[Orientation]] | None = None
        if "orientation" in stages:
            self._orientation = Stage(
                "orientation",
                stages["orientation"],
                ORIENTATIONS,
                lambda p, a: p.orient_batch(*a),
                check_orientations,
            )
        self._camera_reads_depth = "depth" in stages["camera"].capabilities.reads

    def keep_in(self, folder: Path) -> None:
        """Keep what the stages find in this folder, unless configured not to."""
        for stage in self._stages():
            stage.folder = folder if self._config.keep else None

    def work(self) -> dict[str, tuple[int, int]]:
        """By stage, how many results were computed and how many found kept since this was last asked."""
        return {stage.name: stage.work() for stage in self._stages()}

    def _stages(self) -> list[Stage[Any]]:
        stages = (self._detector, self._depth, self._camera, self._orientation)
        return [stage for stage in stages if stage is not None]

    def reconstruct(self, image: RGB, names: Sequence[str]) -> Scene:
        """Rebuild one picture, (H, W, 3) sRGB.

        Raises:
            ReconstructionError: a stage failed on it.
            PluginError: a stage cannot work at all.
        """
        (result,) = self.reconstruct_batch([image], [names])
        if isinstance(result, Exception):
            raise result
        return result

    def reconstruct_batch(
        self, images: Sequence[RGB], names: Sequence[Sequence[str]]
    ) -> list[Scene | Exception]:
        """Rebuild several pictures, stage by stage; the error of one spares the rest.

        Raises:
            PluginError: a stage cannot work at all.
        """
        pictures = [resized(image, self._config.height) for image in images]
        digests = [picture_digest(picture) for picture in pictures]
        wanted = [sorted(set(each)) for each in names]
        ask_detector = [
            Ask((digest, *each), (picture, each))
            for digest, picture, each in zip(digests, pictures, wanted, strict=True)
        ]
        detections = self._detector.run(ask_detector)
        ask_depth = [Ask((d,), (p,)) for d, p in zip(digests, pictures, strict=True)]
        depths = self._depth.run(_skip(ask_depth, detections))
        ask_camera = [
            Ask((digest, self._depth.key(asked)), (picture, depth))
            if self._camera_reads_depth
            else Ask((digest,), (picture, None))
            for digest, picture, asked, depth in zip(digests, pictures, ask_depth, depths, strict=True)
        ]
        cameras = self._camera.run(_skip(ask_camera, depths))
        orientations: list[Any] = [None] * len(pictures)
        if self._orientation is not None:
            ask_orientation = [
                Ask((digest, self._detector.key(asked)), (picture, found))
                for digest, picture, asked, found in zip(
                    digests, pictures, ask_detector, detections, strict=True
                )
            ]
            orientations = list(self._orientation.run(_skip(ask_orientation, cameras)))
        found = zip(detections, depths, cameras, orientations, strict=True)
        return [self._scene(*each) for each in found]

    def _scene(self, detections: Any, depth: Any, camera: Any, orientations: Any) -> Scene | Exception:
        for found in (detections, depth, camera, orientations):
            if isinstance(found, Exception):
                return found
        try:
            return assemble(detections, depth, camera, orientations, self._config)
        except Exception as error:  # one picture's trouble
            return error


def _skip(asks: Sequence[Ask], before: Sequence[Any]) -> list[Ask | Exception]:
    """Where an earlier stage failed, its error in place of the question."""
    return [b if isinstance(b, Exception) else a for a, b in zip(asks, before, strict=True)]


def build(config: StagedConfig) -> Staged:
    """The factory that the plugin names. Stages are built when they are first needed."""
    return Staged(config)
