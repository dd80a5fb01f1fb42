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
    from genspace_core.images import read_image
    from genspace_core.remote.answers import bare_address, decode_base64, kept_answer, parse_json
    from genspace_core.remote.config import RemoteConfig
    from genspace_core.remote.download import Downloader
    from genspace_core.remote.failures import http_error, transport_error
    from genspace_core.remote.keys import read_key
    from genspace_core.remote.limits import read_limits, retry_after
    from genspace_core.suite.categories import Category, load_categories
    from genspace_core.weights import CHECKPOINT, WeightsConfig, describe_weights, local_folder

__version__ = "0.1.0"
__all__ = [
    "CHECKPOINT",
    "Category",
    "Downloader",
    "GroundPlane",
    "LiftedObject",
    "Lifting",
    "RemoteConfig",
    "WeightsConfig",
    "__version__",
    "bare_address",
    "decode_base64",
    "describe_weights",
    "enough_memory",
    "fit_ground",
    "http_error",
    "import_package",
    "is_offline",
    "kept_answer",
    "level_rotation",
    "lift_objects",
    "load_categories",
    "loading",
    "local_folder",
    "look_rotation",
    "missing_files",
    "parse_json",
    "pick_device",
    "pretrained_source",
    "read_image",
    "read_key",
    "read_limits",
    "refuse_gaps",
    "require_files",
    "require_whole",
    "retry_after",
    "transport_error",
    "wrong_checkpoint",
]

_HOME = {
    "CHECKPOINT": "genspace_core.weights",
    "Category": "genspace_core.suite.categories",
    "Downloader": "genspace_core.remote.download",
    "GroundPlane": "genspace_core.geometry.planes",
    "LiftedObject": "genspace_core.geometry.lifting",
    "Lifting": "genspace_core.geometry.lifting",
    "RemoteConfig": "genspace_core.remote.config",
    "WeightsConfig": "genspace_core.weights",
    "bare_address": "genspace_core.remote.answers",
    "decode_base64": "genspace_core.remote.answers",
    "describe_weights": "genspace_core.weights",
    "enough_memory": "genspace_core.checkpoints",
    "fit_ground": "genspace_core.geometry.planes",
    "http_error": "genspace_core.remote.failures",
    "import_package": "genspace_core.checkpoints",
    "is_offline": "genspace_core.checkpoints",
    "kept_answer": "genspace_core.remote.answers",
    "level_rotation": "genspace_core.geometry.frames",
    "lift_objects": "genspace_core.geometry.lifting",
    "load_categories": "genspace_core.suite.categories",
    "loading": "genspace_core.checkpoints",
    "local_folder": "genspace_core.weights",
    "look_rotation": "genspace_core.geometry.frames",
    "missing_files": "genspace_core.downloads",
    "parse_json": "genspace_core.remote.answers",
    "pick_device": "genspace_core.checkpoints",
    "pretrained_source": "genspace_core.checkpoints",
    "read_image": "genspace_core.images",
    "read_key": "genspace_core.remote.keys",
    "read_limits": "genspace_core.remote.limits",
    "refuse_gaps": "genspace_core.checkpoints",
    "require_files": "genspace_core.checkpoints",
    "require_whole": "genspace_core.downloads",
    "retry_after": "genspace_core.remote.limits",
    "transport_error": "genspace_core.remote.failures",
    "wrong_checkpoint": "genspace_core.checkpoints",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'genspace_core' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
