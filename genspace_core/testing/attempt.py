"""Build plugins, and tell what became of them: for `Elsewhere`, whose process imports what they need anew.

Some of the environment is read only once, when a library is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from genspace_core.errors import GenSpaceError
from genspace_core.interfaces import (
    CameraCalibrator,
    DepthEstimator,
    Detector,
    GenerationRequest,
    Generator,
    OrientationEstimator,
    PluginSpec,
    Reconstructor,
)
from genspace_core.plugins.registry import build
from genspace_core.testing.orientation_estimators import ellipse
from genspace_core.testing.pictures import smooth_picture


def attempt(spec: PluginSpec[Any], config: dict[str, Any]) -> Exception | None:
    """Build a plugin and have it do a piece of its work; what it raised, if anything."""
    try:
        use(build(spec, spec.config.model_validate(config)))
    except Exception as error:
        return error
    return None


def use(plugin: Any) -> None:
    """Call a plugin once: one that loads its weights late does so now."""
    import numpy as np

    picture = smooth_picture(64, 64)
    match plugin:
        case Detector():
            plugin.detect(picture, ["dog"])
        case DepthEstimator():
            plugin.estimate(picture)
        case CameraCalibrator():
            plugin.calibrate(picture, None)
        case OrientationEstimator():
            plugin.orient(picture, [ellipse("dog", picture, np.array([8.0, 8.0, 56.0, 56.0]))])
        case Reconstructor():
            plugin.reconstruct(picture, ["dog"])
        case Generator():
            plugin.generate(GenerationRequest(task="t2i", prompt="A photo of a dog.", seed=0))


def attempts(module: str, name: str, configs: list[dict[str, Any]]) -> list[tuple[str, bool, str] | None]:
    """For each configuration None, or the error's class, whether it is a GenSpaceError, and its text."""
    spec = getattr(import_module(module), name)
    failures = [attempt(spec, config) for config in configs]
    return [(type(e).__name__, isinstance(e, GenSpaceError), str(e)) if e else None for e in failures]
