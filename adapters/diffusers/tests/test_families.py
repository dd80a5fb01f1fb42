"""Every pipeline that models.toml names, tiny: loaded from disk, run, and each picture its own seed's.

They run with the settings of their authors where those change what is computed: with classifier-free
guidance, and with its negative prompt.
"""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.diffusers.tests.families.chroma import make_chroma
from adapters.diffusers.tests.families.cogview4 import make_cogview4
from adapters.diffusers.tests.families.hunyuan_image import make_hunyuan_image
from adapters.diffusers.tests.families.lumina2 import make_lumina2
from adapters.diffusers.tests.families.pixart_sigma import make_pixart_sigma
from adapters.diffusers.tests.families.sana import make_sana
from adapters.diffusers.tests.families.sd3 import make_sd3
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance

SMALL = {"steps": 2, "width": 32, "height": 32, "negative_prompt": "blurred"}


class Family(PipelineConformance, RunConformance):
    spec = DIFFUSERS


class TestSd3(Family):
    options: ClassVar = SMALL | {"guidance": 3.5}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_sd3()


class TestSana(Family):
    options: ClassVar = SMALL | {
        "guidance": 4.5,
        # Its own instruction is put before each prompt, too, but has over a thousand letters.
        "arguments": {"use_resolution_binning": False, "complex_human_instruction": ["Enhance:", "Prompt: "]},
    }

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_sana()


class TestPixartSigma(Family):
    options: ClassVar = SMALL | {"guidance": 4.5, "arguments": {"use_resolution_binning": False}}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_pixart_sigma()


class TestLumina2(Family):
    options: ClassVar = SMALL | {
        "steps": 4,  # the first quarter of them is guided
        "guidance": 4.0,
        "arguments": {"cfg_trunc_ratio": 0.25, "cfg_normalization": True},
    }

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_lumina2()


class TestCogview4(Family):
    options: ClassVar = SMALL | {"guidance": 3.5}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_cogview4()


class TestChroma(Family):
    options: ClassVar = SMALL | {"guidance": 5.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_chroma()


class TestHunyuanImage(Family):
    options: ClassVar = SMALL

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_hunyuan_image()
