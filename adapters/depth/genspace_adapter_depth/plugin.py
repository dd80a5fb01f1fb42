"""What the adapter announces: depth estimators and their configuration, without importing torch."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from genspace_core import CHECKPOINT, WeightsConfig
from genspace_core.interfaces import Capabilities, DepthEstimator, NotIdentity, PluginSpec, Weights

_PACKAGE = "genspace_adapter_depth"
_FOV = (
    "Field of view assumed along the picture's longer side, degrees; who knows the camera rescales the depth."
)


class DepthConfig(WeightsConfig):
    """What all estimators here share."""

    weights_package: ClassVar[str] = _PACKAGE


class FullPrecisionConfig(DepthConfig):
    """Of a package that chooses its own precision while it runs."""

    dtype: Literal["float32"] = Field("float32", description="Numbers that the weights are held in.")


class DepthAnythingConfig(DepthConfig):
    """Configuration of Depth Anything V2, metric."""

    checkpoint: str = Field(
        "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf",
        description="A metric checkpoint: id on the Hugging Face hub, or a local folder. Indoor ones see 20 "
        "m far, outdoor ones 80 m.",
    )


class DepthProConfig(DepthConfig):
    """Configuration of Depth Pro."""

    checkpoint: str = Field("apple/DepthPro-hf", description=CHECKPOINT)


class ZoeDepthConfig(DepthConfig):
    """Configuration of ZoeDepth."""

    checkpoint: str = Field("Intel/zoedepth-nyu-kitti", description=CHECKPOINT)
    flip: bool = Field(
        True, description="Mean of the picture and its mirror image, as published; twice the work."
    )


class MogeConfig(DepthConfig):
    """Configuration of MoGe-2."""

    module: ClassVar[str] = "moge.model.v2"
    needs_gpu: ClassVar[bool] = False

    checkpoint: str = Field(
        "Ruicheng/moge-2-vitl-normal",
        description="Id on the Hugging Face hub, a local folder with model.pt, or such a file.",
    )
    dtype: Literal["float32", "float16"] = Field(
        "float32", description="Numbers to compute with; float16 is for GPUs, quicker and coarser."
    )
    resolution_level: int = Field(9, ge=0, le=9, description="Detail, 0 to 9; more is slower.")


class Moge3Config(MogeConfig):
    """Configuration of MoGe-3."""

    module: ClassVar[str] = "moge.model.v3"
    needs_gpu: ClassVar[bool] = True

    checkpoint: str = Field(
        "Ruicheng/moge-3-vitl",
        description="Id on the Hugging Face hub, a local folder with model.pt, or such a file.",
    )

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Its sparse refiner runs on CUDA alone."""
        return replace(super().capabilities(declared), gpu="required")


class UniDepthConfig(FullPrecisionConfig):
    """Configuration of UniDepth V2."""

    checkpoint: str = Field("lpiccinelli/unidepth-v2-vitl14", description=CHECKPOINT)


class DA3MetricConfig(FullPrecisionConfig):
    """Configuration of Depth Anything 3, metric."""

    checkpoint: str = Field("depth-anything/DA3METRIC-LARGE", description=CHECKPOINT)
    process_res: int = Field(
        504, ge=112, le=4032, description="Longer side of the picture that the network sees, pixels."
    )
    fov_deg: float = Field(60.0, gt=1, lt=170, description=_FOV)


class Metric3DConfig(FullPrecisionConfig):
    """Configuration of Metric3D v2."""

    checkpoint: str = Field(
        "JUGGHM/Metric3D",
        description="Id on the Hugging Face hub, a local folder with the model's .pth file, or that file.",
    )
    model: Literal["vit_small", "vit_large", "vit_giant2"] = Field("vit_giant2", description="Which network.")
    code: Annotated[str, NotIdentity()] = Field(
        "yvanyin/metric3d:main",
        description="The network's code: a GitHub repository (owner/name:branch), or a local clone.",
    )
    fov_deg: float = Field(60.0, gt=1, lt=170, description=_FOV)

    @property
    def variant(self) -> dict[str, Any]:
        """What is known of the configured network: `entry`, `file`, `size`."""
        return _metric3d()[self.model]

    def weights(self) -> tuple[Weights, ...]:
        """The one file of the repository that this network reads."""
        (known,) = super().weights()
        local = known.revision.startswith("sha256:")
        told = {"size": self.variant["size"], "files": (self.variant["file"],)}
        return (known if local else replace(known, **told),)

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Its code makes tensors on the CUDA device by name."""
        return replace(super().capabilities(declared), gpu="required")


@cache
def _metric3d() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = tomllib.loads(
        files(_PACKAGE).joinpath("weights.toml").read_text("utf-8")
    )["metric3d"]
    return table


def _spec(config: type[DepthConfig], module: str, summary: str) -> PluginSpec[DepthEstimator]:
    # Pydantic does not know the subclasses' defaults here, so the widest capabilities come from an instance.
    return PluginSpec(
        interface=DepthEstimator,
        factory=f"{_PACKAGE}.{module}:build",
        config=config,
        capabilities=config().capabilities(Capabilities()),  # type: ignore[call-arg]
        summary=summary,
    )


DEPTH_ANYTHING_V2 = _spec(
    DepthAnythingConfig,
    "depth_anything",
    "Metric depth, indoor or outdoor by checkpoint; small ones run on a CPU.",
)
DEPTH_PRO = _spec(DepthProConfig, "depth_pro", "Metric depth and focal length; research licence.")
ZOEDEPTH = _spec(
    ZoeDepthConfig, "zoedepth", "Metric depth, indoor and outdoor in one; the oldest, runs on a CPU."
)
MOGE_2 = _spec(MogeConfig, "moge", "Metric depth and intrinsics; masks the sky. Needs the package moge.")
MOGE_3 = _spec(Moge3Config, "moge", "As moge-2, finer; needs the package moge with its CUDA parts.")
UNIDEPTH_V2 = _spec(UniDepthConfig, "unidepth", "Metric depth and intrinsics; needs the package unidepth.")
METRIC3D_V2 = _spec(
    Metric3DConfig, "metric3d", "Depth for a given focal length, as in the published protocol; needs CUDA."
)
DA3_METRIC = _spec(
    DA3MetricConfig,
    "da3",
    "Depth for a given focal length; masks the sky. Needs the package depth_anything_3.",
)
