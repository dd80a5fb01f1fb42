"""Scenes as bytes: a JSON header and raw arrays, compressed. Exact, compact, quick to read back."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import StorageError
from genspace_core.types import Camera, Scene, SceneObject

_MAGIC = b"GSS1"


class _Writer:
    def __init__(self) -> None:
        self.body = bytearray()

    def add(self, array: NDArray[Any] | None) -> dict[str, Any] | None:
        if array is None:
            return None
        entry = {"at": len(self.body), "shape": array.shape}
        if array.dtype == np.bool_:
            self.body += np.packbits(array).tobytes()
            return entry | {"kind": "bool"}
        self.body += np.ascontiguousarray(array, dtype="<f8").tobytes()
        return entry | {"kind": "f8"}


def _read(body: bytes, entry: dict[str, Any] | None) -> Any:
    if entry is None:
        return None
    shape = tuple(entry["shape"])
    count = int(np.prod(shape))
    if entry["kind"] == "bool":
        packed = np.frombuffer(body, np.uint8, (count + 7) // 8, entry["at"])
        return np.unpackbits(packed, count=count).astype(bool).reshape(shape)
    return np.frombuffer(body, "<f8", count, entry["at"]).reshape(shape)


def scene_to_bytes(scene: Scene) -> bytes:
    """Encode a scene exactly."""
    writer = _Writer()
    header = {
        "K": writer.add(scene.camera.K),
        "gravity_rotation": writer.add(scene.camera.gravity_rotation),
        "objects": [
            {
                "name": o.name,
                "confidence": o.confidence,
                "orientation_confidence": o.orientation_confidence,
                "rotation_note": o.rotation_note,
                "points": writer.add(o.points),
                "center": writer.add(o.center),
                "rotation": writer.add(o.rotation),
                "box": writer.add(None if o.box is None else np.asarray(o.box)),
                "mask": writer.add(o.mask),
            }
            for o in scene.objects
        ],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    return _MAGIC + zlib.compress(struct.pack("<I", len(text)) + text + bytes(writer.body), 1)


def scene_from_bytes(data: bytes) -> Scene:
    """Decode what `scene_to_bytes` wrote.

    Raises:
        StorageError: the bytes are damaged or of another version.
    """
    if not data.startswith(_MAGIC):
        raise StorageError("a stored scene is of an unknown format; delete run.db to rebuild the scenes")
    raw = zlib.decompress(data[len(_MAGIC) :])
    (size,) = struct.unpack_from("<I", raw)
    header, body = json.loads(raw[4 : 4 + size]), raw[4 + size :]
    camera = Camera(_read(body, header["K"]), _read(body, header["gravity_rotation"]))
    arrays = ("points", "center", "rotation", "box", "mask")
    objects = [
        SceneObject(**{k: _read(body, v) if k in arrays else v for k, v in o.items()})
        for o in header["objects"]
    ]
    return Scene(camera, tuple(objects))
