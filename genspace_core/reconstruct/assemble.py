"""What the stages found, put together as a scene."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genspace_core.geometry.frames import look_rotation
from genspace_core.geometry.lifting import lift_objects
from genspace_core.interfaces import DepthMap, Detection, Orientation
from genspace_core.reconstruct.plugin import StagedConfig
from genspace_core.types import Camera, Scene, SceneObject

NO_ESTIMATOR = "no orientation estimator is configured"


def combined_camera(depth: DepthMap, camera: Camera, config: StagedConfig) -> Camera:
    """The camera that points are lifted with: gravity of the calibrator, intrinsics as configured."""
    if config.intrinsics == "depth" and depth.K is not None:
        return Camera(depth.K, camera.gravity_rotation)
    return camera


def metric_depth(depth: DepthMap, camera: Camera) -> NDArray[np.float32]:
    """Depth (H, W), metres, for this camera: scaled where the model had to assume a focal length."""
    if depth.focal is None:
        return depth.depth
    return depth.depth * np.float32(camera.K[0, 0] / depth.focal)


def assemble(
    detections: Sequence[Detection],
    depth: DepthMap,
    camera: Camera,
    orientations: Sequence[Orientation] | None,
    config: StagedConfig,
) -> Scene:
    """Lift each detection and turn its orientation into the camera's axes.

    With the published lifting everything is given as published: positions in the shifted gravity
    frame, rotations in the frame of the crop (PROTOCOL, fault 2), under a level camera, so that no
    one moves them again.

    Raises:
        InputError: the stages' results do not fit together.
    """
    camera = combined_camera(depth, camera, config)
    published = config.lifting == "paper"
    shape = depth.depth.shape
    masks = np.stack([d.mask for d in detections]) if detections else np.zeros((0, *shape), np.bool_)
    lifted = lift_objects(
        metric_depth(depth, camera), masks, camera, profile=config.lifting, noise_seed=config.noise_seed
    )
    unknown = Orientation(rotation=None, confidence=0.0, note=NO_ESTIMATOR)
    turned = orientations if orientations is not None else [unknown] * len(detections)
    objects = []
    for detection, solid, orientation in zip(detections, lifted.objects, turned, strict=True):
        if not len(solid.points):
            continue  # too little of it to be an object; it is told as missing
        rotation = orientation.rotation
        if rotation is not None and orientation.pixel is not None and not published:
            rotation = look_rotation(camera.K, orientation.pixel) @ rotation
        objects.append(
            SceneObject(
                name=detection.name,
                points=solid.points,
                center=solid.center,
                rotation=rotation,
                confidence=detection.confidence,
                orientation_confidence=orientation.confidence,
                rotation_note=orientation.note,
                box=detection.box,
                mask=detection.mask,
            )
        )
    return Scene(Camera(camera.K) if published else camera, tuple(objects))
