"""Plugins that conform, and the faults that make each of them not."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from PIL import Image
from pydantic import Field

from genspace_core.interfaces import (
    Capabilities,
    GeneratedImage,
    GenerationRequest,
    Generator,
    Metric,
    NotIdentity,
    PluginConfig,
    PluginSpec,
    Reconstructor,
)
from genspace_core.types import (
    Camera,
    Evidence,
    Measurement,
    Sample,
    Scene,
    SceneObject,
    Score,
    assign_objects,
)


class Config(PluginConfig):
    words: frozenset[str] = Field(frozenset(), description="Some words.")


class HashOrderConfig(Config):
    def identity(self) -> dict[str, Any]:
        return {"words": list(self.words)}


class UndescribedConfig(PluginConfig):
    steps: int = 4


class BareMarkConfig(PluginConfig):
    device: Annotated[str, NotIdentity] = Field("cpu", description="Where it runs.")


class Draws(Generator):
    """A square whose grey comes from seed and prompt; `fault` says what goes wrong."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.made = 0

    def generate(self, request: GenerationRequest) -> Any:
        self.made += 1
        if self.fault == "paints on the source":
            assert request.source is not None
            request.source[:] = 0
        shade = (request.seed * 7 + len(request.prompt)) % 251
        if self.fault == "seed ignored":
            shade = 5
        if self.fault == "counts calls":
            shade = self.made
        buffer = io.BytesIO()
        Image.new("RGB", (4, 4), (shade, shade, shade)).save(buffer, "PNG")
        data: Any = buffer.getvalue()
        info: Any = {"shade": shade, "parts": [1, None, "x"]}
        cost: Any = 0.1
        match self.fault:
            case "numpy info":
                info = {"seen": {"nsfw": np.float32(0.5)}}
            case "numpy float64 info":
                info = {"nsfw": np.float64(0.5)}
            case "tuple info":
                info = {"size": (4, 4)}
            case "nan info":
                info = {"loss": float("nan")}
            case "keys of info":
                info = {1: "x"}
            case "numpy cost":
                cost = np.float32(0.1)
            case "negative cost":
                cost = -1.0
            case "bytearray":
                data = bytearray(data)
            case "bare bytes":
                return data
        return GeneratedImage(data=data, info=info, cost=cost)

    def generate_batch(self, requests: Any) -> Any:
        assert len(requests) <= 2
        made = super().generate_batch(requests)
        if self.fault == "batch shares a picture":
            return [made[0]] * len(made)
        return made[1:] if self.fault == "batch loses one" else made


class Sees(Reconstructor):
    def __init__(self, fault: str = "") -> None:
        self.fault = fault

    def reconstruct(self, image: Any, names: Any) -> Any:
        if image.std() == 0 and self.fault != "sees in grey":
            return Scene(Camera(np.eye(3)), ())
        if self.fault == "blind":
            return Scene(Camera(np.eye(3)), ())
        if self.fault == "no scene":
            return []
        if self.fault == "writes":
            image[0, 0] = 0
        z = -3.0 if self.fault == "behind" else 3.0
        made = SceneObject(
            name="cow" if self.fault == "other names" else names[0],
            points=np.array([[0, 0, z], [0, 1, z]]),
            rotation=None,
            rotation_note="not looked for",
            box=np.array([0.0, 0, 4, 4]),
            mask=np.zeros(image.shape[:2], bool),
        )
        match self.fault:
            case "percent":
                made = replace(made, orientation_confidence=87.0)
            case "mask of numbers":
                made = replace(made, mask=np.zeros(image.shape[:2]))
            case "small mask":
                made = replace(made, mask=np.zeros((2, 2), bool))
            case "box of width and height":
                made = replace(made, box=np.array([3.0, 3, 1, 1]))
            case "no note":
                made = replace(made, rotation_note=None)
            case "text box":
                made = replace(made, box=["a", "b", "c", "d"])
        objects: Any = [made] if self.fault == "list" else (made,)
        return Scene(Camera(np.eye(3)), objects)


class Judges(Metric):
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.asked = 0
        if fault == "needs":
            self.needs = frozenset({"scenery"})

    def score(self, sample: Sample, evidence: Evidence) -> Any:
        self.asked += 1
        assert evidence.scene is not None
        found = assign_objects(sample.objects, evidence.scene)
        if not found.objects:
            if self.fault == "no reason":
                return Score(0.0, False)
            return Score(0.0, False, reason=found.detail)
        z = float(found.objects[0].center[2])
        value: Any = 1 / (1 + z) if self.fault != "moody" else 1 / (1 + self.asked)
        measured: Any = Measurement("z", z, "m", 1.0, None, value, False)
        match self.fault:
            case "number":
                return value
            case "numpy measurement":
                measured = replace(measured, satisfied=np.bool_(True))
            case "numpy value":
                measured = replace(measured, value=np.float32(z))
            case "numpy reason":
                return Score(value, False, reason=np.str_("far"), measurements=(measured,))
            case "nan":
                return Score(float("nan"), False)
            case "passes a miss":
                return Score(0.5, True)
            case "crash" if found.objects[0].rotation is None:
                raise KeyError("rotation")
        return Score(value, False, measurements=[measured] if self.fault == "list" else (measured,))  # type: ignore[arg-type]


def _draws(_config: PluginConfig) -> Generator:
    return Draws()


GENERATOR: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory=_draws,
    config=Config,
    capabilities=Capabilities(tasks=frozenset({"t2i"}), max_batch=2),
    summary="Draws squares.",
)
EDITOR = replace(GENERATOR, capabilities=Capabilities(tasks=frozenset({"edit"}), max_batch=2))
SEEDLESS = replace(GENERATOR, capabilities=Capabilities(tasks=frozenset({"t2i"}), seeds=False, max_batch=2))
RECONSTRUCTOR: PluginSpec[Reconstructor] = PluginSpec(
    interface=Reconstructor, factory=lambda _: Sees(), config=Config, summary="Sees a dog."
)
METRIC: PluginSpec[Metric] = PluginSpec(
    interface=Metric, factory=lambda _: Judges(), config=Config, summary="Likes what is near."
)
HASH_ORDER = replace(GENERATOR, config=HashOrderConfig)
UNDESCRIBED = replace(GENERATOR, config=UndescribedConfig)
BARE_MARK = replace(GENERATOR, config=BareMarkConfig)
SILENT = replace(GENERATOR, summary="")
WRONG = replace(GENERATOR, interface=Metric)
