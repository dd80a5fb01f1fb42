"""What each stage finds, as bytes to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from genspace_core.interfaces import DepthMap, Detection, Orientation
from genspace_core.packing import Packer, Unpacker
from genspace_core.types import Camera

T = TypeVar("T")

DEPTH_BITS = 12
"""Bits kept of a depth's 23 of mantissa: a relative step of 1/8192, far below any model's error."""


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """How results of one stage are written and read.

    Attributes:
        encode: to bytes.
        decode: back; raises ValueError where the bytes are damaged.
        settle: the result as it will be read back, so that kept and fresh ones are the same.
    """

    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]
    settle: Callable[[T], T] = lambda value: value


def _codec(magic: bytes, write: Callable[[Packer, T], Any], read: Callable[[Unpacker, Any], T]) -> Codec[T]:
    def encode(value: T) -> bytes:
        packer = Packer()
        return packer.bytes(magic, write(packer, value))

    def decode(data: bytes) -> T:
        packed = Unpacker(magic, data)
        try:
            return read(packed, packed.header)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"damaged ({error})") from None

    return Codec(encode, decode)


def rounded(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Depth with `DEPTH_BITS` bits of mantissa: half the size when compressed."""
    drop = np.uint32(23 - DEPTH_BITS)
    bits = np.ascontiguousarray(depth, dtype=np.float32).view(np.uint32)
    half = np.uint32(1 << (int(drop) - 1))
    kept = ((bits + half) >> drop) << drop
    finite = np.isfinite(depth)
    return np.where(finite, kept.view(np.float32), np.asarray(depth, np.float32))


DETECTIONS: Codec[list[Detection]] = _codec(
    b"GSD1",
    lambda packer, found: [
        {"name": d.name, "confidence": float(d.confidence), "box": packer.add(np.asarray(d.box, np.float64)),
         "mask": packer.add(np.asarray(d.mask, np.bool_))}
        for d in found
    ],
    lambda packed, header: [
        Detection(name=d["name"], confidence=d["confidence"], box=packed.get(d["box"]),
                  mask=packed.get(d["mask"]))
        for d in header
    ],
)  # fmt: skip

DEPTH: Codec[DepthMap] = replace(
    _codec(
        b"GSZ1",
        lambda packer, found: {
            "depth": packer.add(np.asarray(found.depth, np.float32)),
            "K": packer.add(found.K),
            "focal": None if found.focal is None else float(found.focal),
        },
        lambda packed, header: DepthMap(
            depth=packed.get(header["depth"]), K=packed.get(header["K"]), focal=header["focal"]
        ),
    ),
    settle=lambda found: replace(found, depth=rounded(found.depth)),
)

CAMERA: Codec[Camera] = _codec(
    b"GSC1",
    lambda packer, found: [packer.add(found.K), packer.add(found.gravity_rotation)],
    lambda packed, header: Camera(packed.get(header[0]), packed.get(header[1])),
)

ORIENTATIONS: Codec[list[Orientation]] = _codec(
    b"GSO1",
    lambda packer, found: [
        {"rotation": packer.add(o.rotation), "confidence": float(o.confidence), "note": o.note,
         "pixel": packer.add(o.pixel)}
        for o in found
    ],
    lambda packed, header: [
        Orientation(rotation=packed.get(o["rotation"]), confidence=o["confidence"], note=o["note"],
                    pixel=packed.get(o["pixel"]))
        for o in header
    ],
)  # fmt: skip
