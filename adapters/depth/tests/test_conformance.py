"""The conformance kits, with tiny checkpoints of the real classes and stand-ins of the packages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from genspace_adapter_depth import plugin as announced
from genspace_core.errors import GenSpaceError
from genspace_core.plugins.registry import build
from genspace_core.testing import DepthEstimatorConformance, LocalWeightsConformance, WeightsConformance

SPEC_MODULE = "genspace_adapter_depth.plugin"


class Tiny(DepthEstimatorConformance, WeightsConformance):
    """With a tiny checkpoint of transformers."""

    spec_module = SPEC_MODULE
    tolerance = 1e-4
    name: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _checkpoint(self, checkpoint: Callable[[str], Path]) -> None:
        type(self).config = {"checkpoint": str(checkpoint(self.name)), "device": "cpu"}

    test_a_gated_repository_is_said_in_one_line = None  # test_announced.py has all plugins in one process


class TestDepthAnything(Tiny):
    spec = announced.DEPTH_ANYTHING_V2
    name = "depth-anything-v2"


class TestDepthPro(Tiny):
    spec = announced.DEPTH_PRO
    name = "depth-pro"


class TestZoeDepth(Tiny):
    spec = announced.ZOEDEPTH
    name = "zoedepth"
    model_type = "depth_anything"


class Package(DepthEstimatorConformance, LocalWeightsConformance):
    """With a stand-in for a package of the model's own, in the test's process."""

    spec_module = SPEC_MODULE
    tolerance = 1e-4
    maker: ClassVar[str]
    more: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    def _checkpoint(
        self, fakes: ModuleType, packages: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        if "config" not in vars(type(self)):
            folder = getattr(fakes, self.maker)(tmp_path_factory.mktemp(self.maker))
            type(self).config = {"checkpoint": str(folder), "device": "cpu", **self.more}

    def test_sixteen_bits_give_finite_results(self) -> None:
        """These choose their own precision: another one is refused, and what is allowed is said."""
        with pytest.raises(ValueError, match="float32"):
            self.configured(dtype="bfloat16")


class TestMoge2(Package):
    spec = announced.MOGE_2
    maker = "moge"


class TestMoge3(Package):
    spec = announced.MOGE_3
    maker = "moge"


class TestUniDepth(Package):
    spec = announced.UNIDEPTH_V2
    maker = "unidepth"


class TestDA3Metric(Package):
    spec = announced.DA3_METRIC
    maker = "da3"


class TestMetric3D(Package):
    spec = announced.METRIC3D_V2
    maker = "metric3d"
    more: ClassVar = {"model": "vit_small", "code": str(Path(__file__).parent / "metric3d" / "clone")}

    @pytest.fixture(autouse=True)
    def _metric3d(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(str(Path(__file__).parent / "metric3d" / "packages"))


def test_a_moge_checkpoint_runs_in_half_precision(fakes: ModuleType, packages: Path, tmp_path: Path) -> None:
    config = announced.MogeConfig(checkpoint=str(fakes.moge(tmp_path)), dtype="float16", device="cpu")
    kit = TestMoge2()
    kit.assert_well_formed(build(announced.MOGE_2, config).estimate(kit.picture()), (kit.picture(),))


@pytest.mark.parametrize("spec", [announced.MOGE_3, announced.METRIC3D_V2])
def test_what_needs_cuda_says_so_where_there_is_none(
    spec: Any, packages: Path, fakes: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "metric3d" / "packages"))
    fakes.moge(tmp_path)
    fakes.metric3d(tmp_path)
    with pytest.raises(GenSpaceError, match=r"runs on CUDA, and torch .* sees no such GPU here") as caught:
        build(spec, spec.config(checkpoint=str(tmp_path)))
    assert "\n" not in str(caught.value)
