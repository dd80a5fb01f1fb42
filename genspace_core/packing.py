"""Arrays as bytes: a JSON header and raw arrays behind it, compressed. Exact, compact, quick to read back."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Packer:
    """Collects arrays; each `add` returns the entry that the header keeps in the array's place."""

    def __init__(self) -> None:
        self._body = bytearray()

    def add(self, array: NDArray[Any] | None) -> dict[str, Any] | None:
        """Keep an array: bool as bits, float32 byte by byte (which compresses), all else as float64."""
        if array is None:
            return None
        array = np.asarray(array)
        entry: dict[str, Any] = {"at": len(self._body), "shape": array.shape}
        if array.dtype == np.bool_:
            self._body += np.packbits(array).tobytes()
            return entry | {"kind": "bool"}
        if array.dtype == np.float32:
            plain = np.ascontiguousarray(array, dtype="<f4").reshape(-1)
            self._body += plain.view(np.uint8).reshape(-1, 4).T.tobytes()
            return entry | {"kind": "f4"}
        self._body += np.ascontiguousarray(array, dtype="<f8").tobytes()
        return entry | {"kind": "f8"}

    def bytes(self, magic: bytes, header: Any) -> bytes:
        """Everything in one piece: `magic` says what it is."""
        text = json.dumps(header, separators=(",", ":")).encode()
        return magic + zlib.compress(struct.pack("<I", len(text)) + text + self._body, 1)


class Unpacker:
    """What `Packer.bytes` made.

    Attributes:
        header: as it was given.

    Raises:
        ValueError: of another kind, or damaged.
    """

    def __init__(self, magic: bytes, data: bytes) -> None:
        if not data.startswith(magic):
            raise ValueError("of another kind")
        try:
            raw = zlib.decompress(data[len(magic) :])
            (size,) = struct.unpack_from("<I", raw)
            self.header: Any = json.loads(raw[4 : 4 + size])
        except (zlib.error, struct.error) as error:
            raise ValueError(f"damaged ({error})") from None
        self._body = raw[4 + size :]

    def get(self, entry: dict[str, Any] | None) -> Any:
        """The array of an entry."""
        if entry is None:
            return None
        shape = tuple(entry["shape"])
        count = int(np.prod(shape))
        if entry["kind"] == "bool":
            packed = np.frombuffer(self._body, np.uint8, (count + 7) // 8, entry["at"])
            return np.unpackbits(packed, count=count).astype(bool).reshape(shape)
        if entry["kind"] == "f4":
            planes = np.frombuffer(self._body, np.uint8, 4 * count, entry["at"]).reshape(4, -1)
            return np.ascontiguousarray(planes.T).view("<f4").reshape(shape)
        return np.frombuffer(self._body, "<f8", count, entry["at"]).reshape(shape)
