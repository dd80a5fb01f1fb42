"""Stages that conform, and the faults that make each of them not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import Field

from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import (
    CameraCalibrator,
    Capabilities,
    DepthEstimator,
    DepthMap,
    Detection,
    Detector,
    Orientation,
    OrientationEstimator,
    PluginConfig,
    PluginSpec,
)
from genspace_core.types import Camera


class Config(PluginConfig):
    threshold: float = Field(0.0, description="Least confidence.")


class Faulty:
    """What the fakes share: a fault, and what is to be seen in a picture, as one number from 0 to 1."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.calls = 0

    def look(self, image: Any) -> float:
        self.calls += 1
        if self.fault == "paints":
            image[0, 0] = 255 - image[0, 0]
        if self.fault == "stops at grey" and image.std() == 0:
            raise ReconstructionError("nothing to see")
        if self.fault == "crashes at grey" and image.std() == 0:
            raise ZeroDivisionError
        seen = float(image.mean()) / 255
        return seen / self.calls if self.fault == "moody" else seen

    def batch(self, results: list[Any]) -> Any:
        match self.fault:
            case "batch loses one":
                return results[1:]
            case "batch shares":
                return results[:1] * len(results)
            case "batch fails":
                return [*results[:-1], ValueError("sizes differ")]
            case "empty batch is None" if not results:
                return None
            case "tuple batch":
                return tuple(results)
        return results


class Finds(Faulty, Detector):
    def detect(self, image: Any, names: Any) -> Any:
        if self.fault == "blind":
            return []
        if not names and self.fault != "finds unasked":
            return []
        height, width = image.shape[:2]
        mask = np.zeros((height, width), bool)
        mask[2:20, 3:30] = True
        seen = self.look(image)
        first = Detection(
            name=(names or ["cow"])[0],
            confidence=seen,
            box=np.array([3.0, 2.0, 30.0, 20.0 * seen + 3]),
            mask=mask,
        )
        changes: dict[str, dict[str, Any]] = {
            "other names": {"name": "cow"},
            "percent": {"confidence": 87.0},
            "numpy confidence": {"confidence": np.float32(seen)},
            "nan": {"confidence": float("nan")},
            "box of width and height": {"box": np.array([30.0, 20.0, 27.0, 18.0])},
            "box outside": {"box": np.array([3.0, 2.0, width + 4.0, 20.0])},
            "float32 box": {"box": first.box.astype(np.float32)},
            "nan box": {"box": np.full(4, np.nan)},
            "list box": {"box": [3.0, 2.0, 30.0, 20.0]},
            "mask of numbers": {"mask": mask.astype(float)},
            "small mask": {"mask": mask[::2, ::2]},
            "list mask": {"mask": mask.tolist()},
        }
        found = [replace(first, **changes.get(self.fault, {}))]
        match self.fault:
            case "generator":
                return iter(found)
            case "bare boxes":
                return [one.box for one in found]
        return found

    def detect_batch(self, images: Any, names: Any) -> Any:
        if self.fault == "names of the first" and names:
            names = [names[0]] * len(names)
        return self.batch(super().detect_batch(images, names))


class Measures(Faulty, DepthEstimator):
    def estimate(self, image: Any) -> Any:
        height, width = image.shape[:2]
        depth = image.mean(axis=2).astype(np.float32) / 50 + np.float32(1 + self.look(image))
        depth[0, 0] = np.inf
        K = np.array([[width, 0, (width - 1) / 2], [0, width, (height - 1) / 2], [0, 0, 1.0]])
        good = DepthMap(depth=depth, K=K, focal=500.0)
        changes: dict[str, dict[str, Any]] = {
            "double": {"depth": depth.astype(float)},
            "small": {"depth": depth[::2, ::2]},
            "list": {"depth": depth.tolist()},
            "negative": {"depth": -depth},
            "unknown": {"depth": np.full_like(depth, np.nan)},
            "relative K": {"K": K / width},
            "scaled K": {"K": K * 2},
            "normalised K": {"K": np.array([[0.9, 0, 0.5], [0, 0.9, 0.5], [0, 0, 1.0]])},
            "single K": {"K": K.astype(np.float32)},
            "negative focal length": {"K": K * [[-1], [1], [1]]},
            "flat K": {"K": K[:2]},
            "elsewhere": {"K": np.array([[width, 0, 2 * width], [0, width, 9], [0, 0, 1.0]])},
            "numpy focal": {"focal": np.float32(500)},
            "focal 0": {"focal": 0.0},
            "focal inf": {"focal": float("inf")},
        }
        return depth if self.fault == "bare" else replace(good, **changes.get(self.fault, {}))

    def estimate_batch(self, images: Any) -> Any:
        if self.fault == "mean of the batch" and images:
            made = super().estimate_batch(images)
            mean = np.float32(np.mean([image.mean() for image in images]) / 255)
            return [replace(one, depth=one.depth + mean) for one in made]  # type: ignore[type-var]
        return self.batch(super().estimate_batch(images))


class Levels(Faulty, CameraCalibrator):
    def calibrate(self, image: Any, depth: Any) -> Any:
        if self.fault == "needs depth":
            assert depth is not None
        if self.fault == "paints depth" and depth is not None:
            depth.depth[:] = 0
        height, width = image.shape[:2]
        focal = width * (1 + self.look(image))
        K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
        match self.fault:
            case "tuple":
                return K, np.eye(3)
            case "yaw":
                return Camera(K, np.array([[0.8, 0, 0.6], [0, 1.0, 0], [-0.6, 0, 0.8]]))
            case "backwards":
                return Camera(K, np.diag([-1.0, 1.0, -1.0]))
            case "relative K":
                return Camera(K / width)
            case "outside":
                return Camera(np.array([[focal, 0, 9], [0, focal, -height], [0, 0, 1.0]]))
        return Camera(K)

    def calibrate_batch(self, images: Any, depths: Any) -> Any:
        return self.batch(super().calibrate_batch(images, depths))


class Turns(Faulty, OrientationEstimator):
    def orient(self, image: Any, detections: Any) -> Any:
        if self.fault == "needs objects":
            assert detections
        if self.fault == "paints masks":
            for one in detections:
                one.mask[:] = True
        seen = self.look(image)
        made = [
            self.turn(image, one, seen + (i if self.fault == "order" else 0))
            for i, one in enumerate(detections)
        ]
        return {"tuple": tuple(made), "loses one": made[1:], "angles": [1.0] * len(made)}.get(
            self.fault, made
        )

    def turn(self, image: Any, one: Detection, seen: float) -> Orientation:
        pixel = np.array([one.box[0] + one.box[2], one.box[1] + one.box[3]]) / 2
        if not one.mask.any() and self.fault != "no speck":
            return Orientation(rotation=None, confidence=0.0, note="nothing in the mask")
        angle = seen + one.mask.sum() / one.mask.size
        c, s = np.cos(angle), np.sin(angle)
        rotation = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
        good = Orientation(rotation=rotation, confidence=0.5, pixel=pixel)
        if not one.mask.any():
            return replace(good, rotation=rotation * np.nan)
        changes: dict[str, dict[str, Any]] = {
            "mirrors": {"rotation": rotation * [1, 1, -1]},
            "stretches": {"rotation": rotation * 1.1},
            "flat": {"rotation": rotation[:2]},
            "single": {"rotation": rotation.astype(np.float32)},
            "percent": {"confidence": 50.0},
            "no note": {"rotation": None},
            "pixel outside": {"pixel": pixel + image.shape[1]},
            "pixel of three": {"pixel": np.ones(3)},
        }
        return replace(good, **changes.get(self.fault, {}))

    def orient_batch(self, images: Any, detections: Any) -> Any:
        return self.batch(super().orient_batch(images, detections))


BATCHES = Capabilities(max_batch=2)
DETECTOR: PluginSpec[Detector] = PluginSpec(
    interface=Detector, factory=lambda _: Finds(), config=Config, capabilities=BATCHES, summary="Finds one."
)
DEPTH: PluginSpec[DepthEstimator] = PluginSpec(
    interface=DepthEstimator,
    factory=lambda _: Measures(),
    config=Config,
    capabilities=BATCHES,
    summary="Grey.",
)
CAMERA: PluginSpec[CameraCalibrator] = PluginSpec(
    interface=CameraCalibrator,
    factory=lambda _: Levels(),
    config=Config,
    capabilities=BATCHES,
    summary="Level.",
)
READER = replace(CAMERA, capabilities=Capabilities(max_batch=2, reads=frozenset({"depth"})))
GREEDY = replace(CAMERA, capabilities=Capabilities(reads=frozenset({"detections"})))
ORIENTATION: PluginSpec[OrientationEstimator] = PluginSpec(
    interface=OrientationEstimator,
    factory=lambda _: Turns(),
    config=Config,
    capabilities=BATCHES,
    summary="Turns by grey.",
)
