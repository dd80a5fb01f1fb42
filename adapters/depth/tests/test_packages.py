"""MoGe, UniDepth, Metric3D and Depth Anything 3, against stand-ins that have their packages' calls.

The packages themselves cannot be had here; what the stand-ins answer is what the packages' sources promise.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from genspace_adapter_depth import plugin as announced
from genspace_adapter_depth.canonical import fit
from genspace_core.errors import ConfigError, PluginError
from genspace_core.plugins.registry import build
from genspace_core.testing import smooth_picture
from genspace_core.testing.network import offline

CLONE = Path(__file__).parent / "metric3d" / "clone"
SPECS = {
    "moge": announced.MOGE_2,
    "unidepth": announced.UNIDEPTH_V2,
    "da3": announced.DA3_METRIC,
    "metric3d": announced.METRIC3D_V2,
}
INSTALLS = {
    "MOGE_2": "pip install git+https://github.com/microsoft/MoGe.git",
    "MOGE_3": "pip install git+https://github.com/microsoft/MoGe.git",
    "UNIDEPTH_V2": "pip install git+https://github.com/lpiccinelli-eth/UniDepth.git",
    "DA3_METRIC": "pip install git+https://github.com/ByteDance-Seed/Depth-Anything-3.git",
    "METRIC3D_V2": "pip install torchvision mmengine timm",
}


@pytest.fixture
def all_packages(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "metric3d" / "packages"))


def estimator(name: str, folder: Path, **config: Any) -> Any:
    more = {"model": "vit_small", "code": str(CLONE)} if name == "metric3d" else {}
    spec = SPECS[name]
    return build(
        spec, spec.config.model_validate({"checkpoint": str(folder), "device": "cpu"} | more | config)
    )


# --- what they tell -------------------------------------------------------------------------------


def test_moge_masks_the_sky_and_tells_intrinsics_in_pixels(
    fakes: ModuleType, packages: Path, tmp_path: Path
) -> None:
    image = smooth_picture(80, 120)
    found = estimator("moge", fakes.moge(tmp_path)).estimate(image)
    assert np.isnan(found.depth[:20]).all(), "the masked quarter has a depth"
    want = 1 + (image / 255 * [1, 2, 3]).mean(axis=2)
    np.testing.assert_allclose(found.depth[20:], want[20:], rtol=1e-5)
    np.testing.assert_allclose(found.K, [[96, 0, 59.5], [0, 96, 39.5], [0, 0, 1]], rtol=1e-6)
    assert found.focal is None


def test_moge_reads_a_folder_or_the_file_itself(fakes: ModuleType, packages: Path, tmp_path: Path) -> None:
    folder = fakes.moge(tmp_path)
    image = smooth_picture(40, 40)
    by_folder, by_file = (estimator("moge", place).estimate(image) for place in (folder, folder / "model.pt"))
    np.testing.assert_array_equal(by_folder.depth, by_file.depth)


def test_unidepths_half_pixel_is_taken_off(fakes: ModuleType, packages: Path, tmp_path: Path) -> None:
    image = smooth_picture(80, 120)
    found = estimator("unidepth", fakes.unidepth(tmp_path)).estimate(image)
    np.testing.assert_allclose(found.depth, 1 + (image / 255 * [1, 2, 3]).mean(axis=2), rtol=1e-5)
    np.testing.assert_allclose(found.K, [[96, 0, 59.5], [0, 96, 39.5], [0, 0, 1]], rtol=1e-6)


def test_da3_is_metres_for_the_focal_length_of_the_networks_picture(
    fakes: ModuleType, packages: Path, tmp_path: Path
) -> None:
    """A picture of 252 x 504 is seen as it is; one twice as large at half its focal length."""
    grey = np.full((252, 504, 3), 51, np.uint8)
    found = estimator("da3", fakes.da3(tmp_path), fov_deg=90).estimate(grey)
    assert found.focal == pytest.approx(252)
    assert np.isnan(found.depth[:62]).all(), "the sky has a depth"
    np.testing.assert_allclose(found.depth[64:], 0.5 * 1.2 * 252 / 300, rtol=1e-5)
    large = estimator("da3", tmp_path, fov_deg=90).estimate(np.full((504, 1008, 3), 51, np.uint8))
    assert large.focal == pytest.approx(504)
    np.testing.assert_allclose(large.depth[130:], found.depth[-1, -1], rtol=1e-5)


def test_da3_is_given_one_picture_at_a_time(fakes: ModuleType, packages: Path, tmp_path: Path) -> None:
    """Together they would be views of one scene."""
    three = estimator("da3", fakes.da3(tmp_path), batch_size=8)
    three.estimate_batch([smooth_picture(40, 60, seed=i) for i in range(3)])
    assert three._network.model.seen == [1, 1, 1]


def test_da3_of_another_kind_is_refused(fakes: ModuleType, packages: Path, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="not a metric Depth Anything 3 checkpoint, but one of da3-giant"):
        estimator("da3", fakes.da3(tmp_path, name="da3-giant"))


def test_metric3d_undoes_padding_and_canonical_focal_length(
    fakes: ModuleType, all_packages: None, tmp_path: Path
) -> None:
    """The stand-in's depth goes from 2 to 10 across the 1064 columns that it sees."""
    mean = np.broadcast_to(np.uint8([124, 116, 104]), (300, 300, 3)).copy()  # almost nothing, once normalised
    found = estimator("metric3d", fakes.metric3d(tmp_path), fov_deg=90).estimate(mean)
    assert found.focal == pytest.approx(150)
    assert found.K is None
    place = fit(300, 300)
    across = 2 * np.linspace(1, 5, 1064)[place.left : place.left + place.width]
    scale = 150 * place.scale / 1000
    inside = slice(5, -5)
    want = np.interp((np.arange(300) + 0.5) * place.width / 300 - 0.5, np.arange(place.width), across) * scale
    np.testing.assert_allclose(found.depth[150][inside], want[inside], rtol=2e-3)


@pytest.mark.parametrize("name", ["metric3d", "da3"])
def test_depth_is_proportional_to_the_assumed_focal_length(
    fakes: ModuleType, all_packages: None, tmp_path: Path, name: str
) -> None:
    """So that whoever knows the camera may rescale it by the ratio of focal lengths."""
    folder = getattr(fakes, name)(tmp_path)
    image = smooth_picture(90, 120)
    narrow, wide = (estimator(name, folder, fov_deg=fov).estimate(image) for fov in (40, 80))
    assert narrow.focal > 2 * wide.focal
    np.testing.assert_allclose(narrow.depth, wide.depth * (narrow.focal / wide.focal), rtol=1e-5)


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INSTALLS)
def test_a_missing_package_is_one_line_with_the_command(name: str) -> None:
    spec = getattr(announced, name)
    with pytest.raises(PluginError) as caught:
        build(spec, spec.config())
    text = str(caught.value)
    assert "is not installed; fix: " + INSTALLS[name] in text
    assert "\n" not in text


def test_a_package_that_does_not_import_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unidepth").mkdir()
    (tmp_path / "unidepth" / "models.py").write_text("raise ImportError('libcudart.so.11\\nis not there')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r"unidepth.models does not import .*libcudart.so.11 is not there"):
        build(announced.UNIDEPTH_V2, announced.UniDepthConfig())


@pytest.mark.parametrize("name", SPECS)
def test_weights_that_are_missing_are_not_made_up(
    fakes: ModuleType, all_packages: None, tmp_path: Path, name: str
) -> None:
    """These packages load what fits, and leave the rest random without a word."""
    folder = getattr(fakes, name)(tmp_path, weights={"something.else": torch.ones(2)})
    with pytest.raises(
        PluginError, match=r"weights that the model needs are missing .*scale\); is it complete"
    ):
        estimator(name, folder)


@pytest.mark.parametrize("name", SPECS)
def test_a_damaged_file_is_one_line(fakes: ModuleType, all_packages: None, tmp_path: Path, name: str) -> None:
    folder = getattr(fakes, name)(tmp_path)
    for file in folder.glob("*"):
        if file.suffix != ".json":
            file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(PluginError, match="is it complete") as caught:
        estimator(name, folder)
    assert "\n" not in str(caught.value)


def test_nothing_is_printed_to_stdout(
    fakes: ModuleType, all_packages: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands print results there."""
    for name in SPECS:
        folder = tmp_path / name
        folder.mkdir()
        estimator(name, getattr(fakes, name)(folder)).estimate(smooth_picture(40, 40))
    assert capsys.readouterr().out == ""


def test_metric3d_says_where_its_code_is_to_come_from(
    fakes: ModuleType, all_packages: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fakes.metric3d(tmp_path)
    with pytest.raises(PluginError, match=r"/no/where: there is no such folder; git clone https://"):
        estimator("metric3d", folder, code="/no/where")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(PluginError, match=r"GitHub was not reached \(HF_HUB_OFFLINE\); git clone https://"):
        estimator("metric3d", folder, code="yvanyin/metric3d:main")


def test_metric3d_takes_the_code_that_torch_hub_has_kept(
    fakes: ModuleType, all_packages: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no network, once it is there."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    kept = tmp_path / "torch" / "hub" / "yvanyin_metric3d_main"
    kept.mkdir(parents=True)
    (kept / "hubconf.py").write_text((CLONE / "hubconf.py").read_text())
    one = estimator("metric3d", fakes.metric3d(tmp_path), code="yvanyin/metric3d:main")
    assert np.isfinite(one.estimate(smooth_picture(40, 40)).depth).all()


def test_metric3ds_file_belongs_to_the_network(fakes: ModuleType, all_packages: None, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"there is no metric_depth_vit_giant2_800k\.pth in it"):
        estimator("metric3d", fakes.metric3d(tmp_path), model="vit_giant2")


@pytest.mark.parametrize(
    ("name", "file"), [("metric3d", "metric_depth_vit_small_800k.pth"), ("moge", "model.pt")]
)
def test_offline_the_one_file_that_is_needed_is_named(all_packages: None, name: str, file: str) -> None:
    """Metric3D's repository holds all of its networks, many gigabytes of them."""
    with (
        offline() as attempts,
        pytest.raises(PluginError, match=rf"fetch it once with: hf download example-org/none {file}, or"),
    ):
        estimator(name, Path("example-org/none"))
    assert attempts == []


def test_a_file_where_the_folder_is_needed(fakes: ModuleType, packages: Path, tmp_path: Path) -> None:
    file = fakes.unidepth(tmp_path) / "model.safetensors"
    with pytest.raises(PluginError, match="needs the whole folder; set checkpoint to the folder"):
        estimator("unidepth", file)


def test_a_precision_that_a_package_does_not_offer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="float32"):
        announced.UniDepthConfig(dtype="float16")


def test_a_missing_folder_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        announced.MogeConfig(checkpoint="/no/where").weights()
