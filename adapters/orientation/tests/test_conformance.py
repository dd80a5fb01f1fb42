"""The conformance kit that every adapter runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from huggingface_hub import hf_hub_download

from genspace_adapter_orientation.plugin import V1, V2
from genspace_core.testing import OrientationEstimatorConformance, WeightsConformance
from genspace_core.testing.network import gated_hub


class TestOrientAnything(OrientationEstimatorConformance, WeightsConformance):
    spec = V1
    spec_module = "genspace_adapter_orientation.plugin"

    @pytest.fixture(autouse=True)
    def _checkpoint(self, folders: dict[int, Path]) -> None:
        type(self).config = {"checkpoint": str(folders[722]), "device": "cpu", "min_confidence": 0}

    @pytest.mark.slow
    def test_a_gated_repository_is_said_in_one_line(self) -> None:
        """In another process, which imports torch."""
        super().test_a_gated_repository_is_said_in_one_line()

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

    def test_a_gated_repository_is_said_in_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In this process: V1, which asks the hub in the same way, has one of its own for it."""
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        with gated_hub() as address:
            asks = partial(hf_hub_download, endpoint=address, cache_dir=tmp_path)
            monkeypatch.setattr("genspace_adapter_orientation.checkpoint.hf_hub_download", asks)
            told = self.failure(checkpoint="example-org/gated")
        assert "is gated; ask for access at https://huggingface.co/example-org/gated," in told

    def make_wrong_checkpoint(self, folder: Path) -> None:
        """A .pt file of something else."""
        torch.save({"model.weight": torch.zeros(3)}, folder / "dino_weight.pt")
