"""GenSpace: how well do image generators understand 3D space?

The public names adapters may import live here, in `genspace_core.types`, `.interfaces`, `.errors`
and `.testing`. They are imported when first used, so that `import genspace_core` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genspace_core.checkpoints import (
        enough_memory,
        import_package,
        is_offline,
        loading,
        pick_device,
        pretrained_source,
        refuse_gaps,
        require_files,
        wrong_checkpoint,
    )
    from genspace_core.downloads import missing_files, require_whole
    from genspace_core.geometry.frames import level_rotation, look_rotation
    from genspace_core.geometry.lifting import LiftedObject, Lifting, lift_objects
    from genspace_core.geometry.planes import GroundPlane, fit_ground
    from genspace_core.suite.categories import Category, load_categories
    from genspace_core.weights import CHECKPOINT, WeightsConfig, describe_weights, local_folder

__version__ = "0.1.0"
__all__ = [
    "CHECKPOINT",
    "Category",
    "GroundPlane",
    "LiftedObject",
    "Lifting",
    "WeightsConfig",
    "__version__",
    "describe_weights",
    "enough_memory",
    "fit_ground",
    "import_package",
    "is_offline",
    "level_rotation",
    "lift_objects",
    "load_categories",
    "loading",
    "local_folder",
    "look_rotation",
    "missing_files",
    "pick_device",
    "pretrained_source",
    "refuse_gaps",
    "require_files",
    "require_whole",
    "wrong_checkpoint",
]

_HOME = {
    "CHECKPOINT": "genspace_core.weights",
    "Category": "genspace_core.suite.categories",
    "GroundPlane": "genspace_core.geometry.planes",
    "LiftedObject": "genspace_core.geometry.lifting",
    "Lifting": "genspace_core.geometry.lifting",
    "WeightsConfig": "genspace_core.weights",
    "describe_weights": "genspace_core.weights",
    "enough_memory": "genspace_core.checkpoints",
    "fit_ground": "genspace_core.geometry.planes",
    "import_package": "genspace_core.checkpoints",
    "is_offline": "genspace_core.checkpoints",
    "level_rotation": "genspace_core.geometry.frames",
    "lift_objects": "genspace_core.geometry.lifting",
    "load_categories": "genspace_core.suite.categories",
    "loading": "genspace_core.checkpoints",
    "local_folder": "genspace_core.weights",
    "look_rotation": "genspace_core.geometry.frames",
    "missing_files": "genspace_core.downloads",
    "pick_device": "genspace_core.checkpoints",
    "pretrained_source": "genspace_core.checkpoints",
    "refuse_gaps": "genspace_core.checkpoints",
    "require_files": "genspace_core.checkpoints",
    "require_whole": "genspace_core.downloads",
    "wrong_checkpoint": "genspace_core.checkpoints",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'genspace_core' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
