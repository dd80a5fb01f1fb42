"""Scenes as bytes."""

from __future__ import annotations

from genspace_core.errors import StorageError
from genspace_core.packing import Packer, Unpacker
from genspace_core.types import Camera, Scene, SceneObject

_MAGIC = b"GSS1"
_ARRAYS = ("points", "center", "rotation", "box", "mask")
_PLAIN = ("name", "confidence", "orientation_confidence", "rotation_note")


def scene_to_bytes(scene: Scene) -> bytes:
    """Encode a scene exactly."""
    packer = Packer()
    header = {
        "K": packer.add(scene.camera.K),
        "gravity_rotation": packer.add(scene.camera.gravity_rotation),
        "objects": [
            {name: getattr(o, name) for name in _PLAIN}
            | {name: packer.add(getattr(o, name)) for name in _ARRAYS}
            for o in scene.objects
        ],
    }
    return packer.bytes(_MAGIC, header)


def scene_from_bytes(data: bytes) -> Scene:
    """Decode what `scene_to_bytes` wrote.

    Raises:
        StorageError: the bytes are damaged or of another version.
    """
    try:
        packed = Unpacker(_MAGIC, data)
    except ValueError as error:
        raise StorageError(f"a stored scene is {error}; delete run.db to rebuild the scenes") from None
    header = packed.header
    camera = Camera(packed.get(header["K"]), packed.get(header["gravity_rotation"]))
    objects = [
        SceneObject(**{k: packed.get(v) if k in _ARRAYS else v for k, v in o.items()})
        for o in header["objects"]
    ]
    return Scene(camera, tuple(objects))
