"""From a head's logits to three angles, and from the angles to a rotation. numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

AZIMUTHS: Final = 360
POLARS: Final = 180


@dataclass(frozen=True, slots=True)
class Layout:
    """How the logits of a head are laid out: azimuth bins, polar bins, rotation bins, and what else.

    One bin is one degree. The polar angle starts at -90, the rotation at minus half its bins.

    Attributes:
        rotations: number of bins of the rotation.
        confidence: two logits follow, for "has a front" and "has none".
    """

    rotations: int
    confidence: bool

    @property
    def width(self) -> int:
        """Number of logits."""
        return AZIMUTHS + POLARS + self.rotations + 2 * self.confidence


V1_LAYOUTS: Final = {layout.width: layout for layout in (Layout(180, True), Layout(360, True))}
"""By head width, 722 and 902: nothing else in a file says how its logits are to be cut."""

V2_LAYOUT: Final = Layout(360, confidence=False)


@dataclass(frozen=True, slots=True)
class Angles:
    """What Orient Anything tells of an object, in whole degrees.

    Attributes:
        azimuth: 0 to 359: 0 faces the camera, 90 faces the left of the picture, 180 shows its back.
        polar: -90 to 89: how far above the object's horizon the camera is.
        rotation: counter-clockwise turn of the picture, -90 to 89 or -180 to 179.
    """

    azimuth: int
    polar: int
    rotation: int


def read_angles(logits: NDArray[np.float32], layout: Layout) -> Angles:
    """The most likely bin of each angle.

    Args:
        logits: (layout.width,).
        layout: what they are.
    """
    azimuth, polar, rotation, _ = np.split(logits, np.cumsum([AZIMUTHS, POLARS, layout.rotations]))
    return Angles(
        int(azimuth.argmax()),
        int(polar.argmax()) - POLARS // 2,
        int(rotation.argmax()) - layout.rotations // 2,
    )


def read_confidence(logits: NDArray[np.float32]) -> float:
    """0-1, that the object has a front: softmax of the last two logits, the first of them.

    Args:
        logits: (width,) of a layout with confidence.
    """
    has, has_not = np.float64(logits[-2]), np.float64(logits[-1])
    return float(1.0 / (1.0 + np.exp(np.clip(has_not - has, -700.0, 700.0))))


def rotation_matrix(angles: Angles, about: str) -> NDArray[np.float64]:
    """The rotation that three angles mean, for a camera that looks straight at the object.

    With a rotation of 0, the columns are: front (-sin a, cos a sin p, -cos a cos p), up (0, -cos p, -sin p),
    right (-cos a, -sin a sin p, sin a cos p), for azimuth a and polar p; at 0, 0 the object faces the camera:
    front = -z, up = -y, right = -x.

    The rotation g turns this
      - "view": about the line of sight, counter-clockwise as one sees the picture, which is how Orient
        Anything draws what it found (render_3D_axis turns the picture by it): Rz(-g) from the left;
      - "object": about the object's own right axis, as published for GenSpace: Rz(g) from the right.
    The two agree at azimuth 270 and polar 0, and where g is 0.

    Args:
        angles: degrees.
        about: "view" or "object".

    Returns:
        (3, 3), object axes (x front, y up, z right) as columns, camera axes x right, y down, z forward.
    """
    a, p, g = np.radians([angles.azimuth, angles.polar, angles.rotation])
    level = np.array(
        [
            [-np.sin(a), 0.0, -np.cos(a)],
            [np.cos(a) * np.sin(p), -np.cos(p), -np.sin(a) * np.sin(p)],
            [-np.cos(a) * np.cos(p), -np.sin(p), np.sin(a) * np.cos(p)],
        ]
    )
    return level @ _about_z(g) if about == "object" else _about_z(-g) @ level


def _about_z(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
