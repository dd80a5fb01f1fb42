"""The kits that every detector with weights has to pass, on tiny checkpoints."""

from __future__ import annotations

import pytest

from adapters.detection.tests.conftest import ALL
from genspace_adapter_detection import plugin
from genspace_core.testing import DetectorConformance, LocalWeightsConformance, WeightsConformance

LOOSE = {**ALL, "text_threshold": 0.0}


class Conformance(DetectorConformance):
    spec_module = "genspace_adapter_detection.plugin"
    names = ("dog", "teddy bear")


class TestGroundingDino(Conformance, WeightsConformance):
    spec = plugin.GROUNDING_DINO

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders):
        checkpoints = {"checkpoint": folders.grounding_dino, "segmenter_checkpoint": folders.sam}
        type(self).config = {**LOOSE, **checkpoints, "batch_size": 3}


class TestLlmdet(Conformance):
    spec = plugin.LLMDET

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders):
        checkpoints = {"checkpoint": folders.mm_grounding_dino, "segmenter_checkpoint": folders.sam_hq}
        type(self).config = {**LOOSE, **checkpoints, "segmenter": "sam-hq"}


class TestMMGroundingDino(Conformance):
    spec = plugin.MM_GROUNDING_DINO

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders):
        type(self).config = {**LOOSE, "checkpoint": folders.mm_grounding_dino, "segmenter": "boxes"}


class TestOwlv2(Conformance, LocalWeightsConformance):
    spec = plugin.OWLV2

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders, stand_in):
        checkpoints = {"checkpoint": folders.owlv2, "segmenter_checkpoint": folders.sam2}
        type(self).config = {**ALL, **checkpoints, "segmenter": "sam2"}


class TestSam3(Conformance, LocalWeightsConformance):
    """What the kit does in a process of its own needs torchvision: see test_loading for a gated SAM 3."""

    spec = plugin.SAM3

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders, stand_in):
        type(self).config = {**ALL, "checkpoint": folders.sam3}
