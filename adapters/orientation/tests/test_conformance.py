"""The conformance kit that every adapter runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from genspace_adapter_orientation.plugin import V1, V2
from genspace_core.testing import OrientationEstimatorConformance, WeightsConformance


class TestOrientAnything(OrientationEstimatorConformance, WeightsConformance):
    spec = V1
    spec_module = "genspace_adapter_orientation.plugin"

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders: dict[int, Path]) -> None:
        type(self).config = {"checkpoint": str(folders[722]), "device": "cpu", "min_confidence": 0}

    @pytest.mark.slow
    def test_a_gated_repository_is_said_in_one_line(self, tmp_path: Path) -> None:
        """In a process of its own, which imports torch."""
        super().test_a_gated_repository_is_said_in_one_line(tmp_path)

    def make_wrong_checkpoint(self, folder: Path) -> None:
        """A .pt file of something else."""
        torch.save({"model.weight": torch.zeros(3)}, folder / "dino_weight.pt")


class TestTheSecondLook(OrientationEstimatorConformance):
    """The wide head; random weights are sure of nearly nothing: every object is looked at twice."""

    spec = V1
    spec_module = "genspace_adapter_orientation.plugin"

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders: dict[int, Path]) -> None:
        sure = {"remove_background": "when_unsure", "retry_below": 1.0, "min_confidence": 0.4}
        type(self).config = {"checkpoint": str(folders[902]), "device": "cpu"} | sure


class TestOrientAnythingV2(OrientationEstimatorConformance, WeightsConformance):
    """With a stand-in for the package that its network comes from."""

    spec = V2
    spec_module = "genspace_adapter_orientation.plugin"

    @pytest.fixture(autouse=True)
    def _checkpoint(self, fakes: None, v2_file: Path) -> None:
        type(self).config = {"checkpoint": str(v2_file.parent), "device": "cpu"}

    @pytest.mark.slow
    def test_a_gated_repository_is_said_in_one_line(self, tmp_path: Path) -> None:
        """In a process of its own, which imports torch."""
        super().test_a_gated_repository_is_said_in_one_line(tmp_path)

    def make_wrong_checkpoint(self, folder: Path) -> None:
        """A .pt file of something else."""
        torch.save({"model.weight": torch.zeros(3)}, folder / "dino_weight.pt")
