"""Picture files and colour profiles that Pillow cannot write, made byte by byte."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6  # PNG's colour types
XYZ_OF_D50 = (0.9642, 1.0, 0.8249)
SRGB_COLUMNS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(rows: np.ndarray, depth: int, colour: int, **chunks: bytes) -> bytes:
    """A PNG of (H, W) or (H, W, channels) numbers, of any depth and colour type the format has."""
    height, width = rows.shape[:2]
    flat = rows.reshape(height, -1)
    if depth == 16:
        packed = flat.astype(">u2").view(np.uint8).reshape(height, -1)
    else:
        shifts = np.arange(depth - 1, -1, -1)
        packed = np.packbits(((flat[..., None] >> shifts) & 1).reshape(height, -1), axis=1)
    raw = np.hstack([np.zeros((height, 1), np.uint8), packed]).astype(np.uint8)  # no row is filtered
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, data)
        for name, data in (
            ("IHDR", head),
            *chunks.items(),
            ("IDAT", zlib.compress(raw.tobytes())),
            ("IEND", b""),
        )
    )


def chunk(name: str, data: bytes) -> bytes:
    body = name.encode() + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def profile(space: bytes, connection: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile (version 2) of these tags."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02100000, kind, space, connection)
    head += bytes(12) + b"acsp" + bytes(28) + _fixed(XYZ_OF_D50)
    return head.ljust(128, b"\0") + table + body


def matrix_profile(columns=SRGB_COLUMNS, gamma: float | None = None) -> bytes:
    """A profile whose red, green and blue are these colours (XYZ, D50); without a gamma, of sRGB's curve."""
    tags = {
        name: b"XYZ \0\0\0\0" + _fixed(column)
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return profile(b"RGB ", b"XYZ ", b"mntr", tags | {b"wtpt": b"XYZ \0\0\0\0" + _fixed(XYZ_OF_D50)})


def grey_profile(gamma: float) -> bytes:
    """A profile of greys whose light is the number to this power."""
    white = b"XYZ \0\0\0\0" + _fixed(XYZ_OF_D50)
    return profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": _curve(gamma), b"wtpt": white})


def ink_profile(lab_of_inks) -> bytes:
    """A profile of four inks; `lab_of_inks` gives the Lab colour of each of the 16 full mixtures."""
    mixtures = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    grid = b"".join(
        bytes((round(light * 2.55), round(a + 128), round(b + 128)))
        for light, a, b in map(lab_of_inks, mixtures)
    )
    straight = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
    table += straight * 4 + grid + straight * 3
    white = b"XYZ \0\0\0\0" + _fixed(XYZ_OF_D50)
    return profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": table, b"wtpt": white})


def _fixed(numbers) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(x * 65536) for x in numbers))


def _curve(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    x = np.linspace(0, 1, 4096)
    light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return b"curv\0\0\0\0" + struct.pack(">I", len(x)) + np.round(light * 65535).astype(">u2").tobytes()


def srgb_of(light):
    """sRGB's number, 0-255, for linear light, 0-1 (IEC 61966-2-1)."""
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
