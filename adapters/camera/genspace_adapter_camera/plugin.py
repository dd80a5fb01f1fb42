"""What the adapter announces: camera calibrators and their configuration, without importing torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from genspace_adapter_camera.models import PACKAGE, weights_of
from genspace_core.interfaces import CameraCalibrator, Capabilities, NotIdentity, PluginConfig, PluginSpec

# 60 degrees along the longer side is a 31 mm lens on 36 x 24 mm film: between a phone's main camera and a
# normal lens. A picture that nobody took has no true value; one for all keeps measurements comparable.
FOV_DEG = 60.0
FovDeg = Annotated[float, Field(gt=1, lt=170)]


class FixedFovConfig(PluginConfig):
    """Configuration of the camera that is stated, not estimated."""

    fov_deg: FovDeg = Field(FOV_DEG, description="Field of view along the picture's longer side, degrees.")
    pitch_deg: float = Field(
        0.0, ge=-90, le=90, description="How far the camera looks up, degrees; below 0 it looks down."
    )
    roll_deg: float = Field(
        0.0, ge=-180, le=180, description="How far the camera is turned clockwise about its axis, degrees."
    )


class GroundPlaneConfig(PluginConfig):
    """Configuration of gravity from the ground that the depth map shows."""

    fov_deg: FovDeg = Field(
        FOV_DEG,
        description="Field of view along the picture's longer side, degrees; for a depth model that gives no "
        "intrinsics.",
    )
    fallback: Literal["level", "fail"] = Field(
        "level", description="No ground is seen: take the camera as level, or fail for this picture."
    )


class NetworkConfig(PluginConfig):
    """What the calibrators with a network of their own share."""

    device: Annotated[
        str,
        NotIdentity(),
        Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto: the GPU if there is one."),
    ] = "auto"

    @property
    def network(self) -> str:
        """Its name in the table of weights."""
        raise NotImplementedError

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """With the weights of this configuration."""
        return replace(declared, weights=(weights_of(self.network),))


class GeoCalibConfig(NetworkConfig):
    """Configuration of GeoCalib."""

    fov_deg: float | None = Field(
        None,
        gt=1,
        lt=170,
        description="Field of view along the picture's longer side, degrees, if it is known; else estimated.",
    )

    @property
    def network(self) -> str:
        """There is one for pinhole cameras."""
        return "geocalib"


class PerspectiveFieldsConfig(NetworkConfig):
    """Configuration of Perspective Fields."""

    model: Literal["Paramnet-360Cities-edina-centered", "PersNet_Paramnet-GSV-centered"] = Field(
        "Paramnet-360Cities-edina-centered",
        description="Which network; the default is the published protocol's, the other knows streets.",
    )

    @property
    def network(self) -> str:
        """As its package calls it."""
        return self.model


GEOCALIB: PluginSpec[CameraCalibrator] = PluginSpec(
    interface=CameraCalibrator,
    factory=f"{PACKAGE}.geocalib:build",
    config=GeoCalibConfig,
    capabilities=Capabilities(gpu="optional", weights=(weights_of("geocalib"),)),
    summary="Focal length and gravity from the picture. Needs the package geocalib.",
)

PERSPECTIVE_FIELDS: PluginSpec[CameraCalibrator] = PluginSpec(
    interface=CameraCalibrator,
    factory=f"{PACKAGE}.perspective_fields:build",
    config=PerspectiveFieldsConfig,
    capabilities=Capabilities(gpu="optional", weights=(weights_of("Paramnet-360Cities-edina-centered"),)),
    summary="Roll, pitch and field of view, as in the published protocol; research licence.",
)

GROUND_PLANE: PluginSpec[CameraCalibrator] = PluginSpec(
    interface=CameraCalibrator,
    factory=f"{PACKAGE}.ground_plane:build",
    config=GroundPlaneConfig,
    capabilities=Capabilities(reads=frozenset({"depth"})),
    summary="Gravity from the ground in the depth map, K from the depth model; loads nothing.",
)

FIXED_FOV: PluginSpec[CameraCalibrator] = PluginSpec(
    interface=CameraCalibrator,
    factory=f"{PACKAGE}.fixed_fov:build",
    config=FixedFovConfig,
    summary="One camera for all pictures, level unless said otherwise; estimates nothing.",
)
