"""The conformance kit that every adapter runs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.plugin import FIDUCIAL, GENERATOR
from genspace_adapter_blockworld.renderer import draw
from genspace_core.testing import EditorConformance, GeneratorConformance, ReconstructorConformance

PROMPTS = (
    "A photo of one dog on a lawn. From the camera's point of view, the dog is turned to face the camera: "
    "the front of the dog points straight at the camera.",
    "A photo of one dog and one cat on a lawn. From the dog's own point of view, the cat is directly "
    "to the left of the dog.",
    "A photo of one chair on a red carpet. The distance from the camera to the centre of the chair is "
    "exactly 2 metres.",
)


class TestPerfect(GeneratorConformance):
    spec = GENERATOR
    spec_module = "genspace_adapter_blockworld.plugin"
    config: ClassVar = {"model": "perfect", "size": 384}
    prompts = PROMPTS


class TestRandom(TestPerfect):
    config: ClassVar = {"model": "random", "size": 384}


SCENE = (
    "A photo of one dog and one chair on a lawn. "
    "From the dog's own point of view, the chair is directly behind the dog."
)

EDITS = (
    "Add one cat so that, from the dog's own point of view, the cat is directly in front of the dog.",
    "Move the camera so that, from the dog's own point of view, the camera stands directly behind the dog.",
)


class TestPerfectEdits(EditorConformance):
    spec = GENERATOR
    spec_module = "genspace_adapter_blockworld.plugin"
    config: ClassVar = {"model": "perfect", "size": 384}
    prompts = EDITS

    def source(self) -> NDArray[np.uint8]:
        return draw(plan_scene(SCENE, seed=3, model="perfect", size=768))


class TestCollateral(TestPerfectEdits):
    config: ClassVar = {"model": "collateral"}


class TestOverdo(TestPerfectEdits):
    """How far it goes is what the instruction says, and no seed changes it."""

    config: ClassVar = {"model": "overdo"}
    varies_with_seed = False
    prompts = (
        "From the camera's point of view, move the dog exactly 0.2 metres to the left.",
        "From the camera's point of view, move the camera exactly 0.2 metres backward.",
    )


class TestLazy(TestPerfectEdits):
    config: ClassVar = {"model": "lazy"}
    varies_with_seed = False


class TestFiducial(ReconstructorConformance):
    spec = FIDUCIAL
    spec_module = "genspace_adapter_blockworld.plugin"

    def picture(self) -> NDArray[np.uint8]:
        return draw(plan_scene(PROMPTS[1], seed=3, model="perfect", size=768))
