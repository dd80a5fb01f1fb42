"""Depth Anything V2, Depth Pro and ZoeDepth: our numbers against the library's, from the same networks."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from genspace_adapter_depth import plugin as announced
from genspace_adapter_depth.zoedepth import padding, unpadded
from genspace_core.errors import PluginError, ReconstructionError
from genspace_core.plugins.registry import build
from genspace_core.testing import smooth_picture

SPECS = {
    "depth-anything-v2": announced.DEPTH_ANYTHING_V2,
    "depth-pro": announced.DEPTH_PRO,
    "zoedepth": announced.ZOEDEPTH,
}
SIZES = [(61, 97), (130, 70)]

Checkpoint = Callable[[str], Path]


def estimator(name: str, folder: Path, **config: Any) -> Any:
    spec = SPECS[name]
    return build(spec, spec.config.model_validate({"checkpoint": str(folder), "device": "cpu"} | config))


def network(folder: Path, pixels: NDArray[np.float32]) -> Any:
    """What the checkpoint's network says, loaded by the library alone."""
    from transformers import AutoModelForDepthEstimation

    model = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    with torch.inference_mode():
        return model(torch.from_numpy(np.ascontiguousarray(pixels))[None])


# --- the library's own post-processing ------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_depth_anything_is_the_librarys_depth_resized(checkpoint: Checkpoint, size: tuple[int, int]) -> None:
    from transformers import AutoImageProcessor

    folder = checkpoint("depth-anything-v2")
    image = smooth_picture(*size)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    pixels = processor(image, return_tensors="np")["pixel_values"][0]
    told = network(folder, pixels)
    found = estimator("depth-anything-v2", folder).estimate(image)
    assert found.K is None
    assert found.focal is None
    assert np.ptp(found.depth) > 1, "a flat depth map proves nothing"
    bilinear = torch.nn.functional.interpolate(told.predicted_depth[None], size, mode="bilinear")[0, 0]
    np.testing.assert_allclose(found.depth, bilinear, rtol=1e-5)
    (bicubic,) = processor.post_process_depth_estimation(told, target_sizes=[size])
    assert np.median(np.abs(found.depth / bicubic["predicted_depth"].numpy() - 1)) < 0.005


@pytest.fixture
def librarys_depth_pro(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library's own processor: its module imports torchvision, its post-processing does not use it."""
    from transformers import DepthProForDepthEstimation  # noqa: F401  (before torchvision seems to be there)

    image_utils = importlib.import_module("transformers.image_utils")
    backends = importlib.import_module("transformers.image_processing_backends")
    for name in ("torchvision", "torchvision.transforms", "torchvision.transforms.v2"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["torchvision.transforms.v2"].functional = SimpleNamespace()  # type: ignore[attr-defined]
    bilinear = {image_utils.PILImageResampling.BILINEAR: SimpleNamespace(value="bilinear")}
    monkeypatch.setattr(image_utils, "pil_torch_interpolation_mapping", bilinear, raising=False)
    monkeypatch.setattr(backends, "TorchvisionBackend", object, raising=False)
    name = "transformers.models.depth_pro.image_processing_depth_pro"
    monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    return module.DepthProImageProcessor()


@pytest.mark.parametrize("size", SIZES)
def test_depth_pro_is_what_the_library_makes_of_it(
    checkpoint: Checkpoint, librarys_depth_pro: Any, size: tuple[int, int]
) -> None:
    folder = checkpoint("depth-pro")
    image = smooth_picture(*size)
    normalised = (
        torch.from_numpy(image).permute(2, 0, 1)[None] / 255 * 2 - 1
    )  # first normalised, then resized
    pixels = torch.nn.functional.interpolate(normalised, (64, 64), mode="bilinear", antialias=False)[0]
    told = network(folder, pixels.numpy())
    (want,) = librarys_depth_pro.post_process_depth_estimation(told, target_sizes=[size])
    found = estimator("depth-pro", folder).estimate(image)
    assert np.ptp(found.depth) > 0.1, "a flat depth map proves nothing"
    np.testing.assert_allclose(found.depth, want["predicted_depth"], rtol=1e-4)
    assert found.K[0, 0] == pytest.approx(float(want["focal_length"]), rel=1e-4)
    assert found.K[1, 1] == found.K[0, 0]
    assert (found.K[0, 2], found.K[1, 2]) == ((size[1] - 1) / 2, (size[0] - 1) / 2)
    assert found.focal is None


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_zoedepth_is_what_the_library_makes_of_it(
    checkpoint: Checkpoint, size: tuple[int, int], flip: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library resizes with torchvision, bicubic; lent a bilinear resize, it says what we say."""
    module = importlib.import_module("transformers.models.zoedepth.image_processing_pil_zoedepth")

    def resize(depth: torch.Tensor, size: list[int], **_: Any) -> torch.Tensor:
        return torch.nn.functional.interpolate(depth[None], size, mode="bilinear")[0]

    lent = SimpleNamespace(resize=resize, InterpolationMode=SimpleNamespace(BICUBIC=None))
    monkeypatch.setattr(module, "tvF", lent, raising=False)
    folder = checkpoint("zoedepth")
    image = smooth_picture(*size)
    processor = module.ZoeDepthImageProcessorPil.from_pretrained(folder)
    pixels = processor(image, return_tensors="np")["pixel_values"][0].astype(np.float32)
    mirrored = network(folder, pixels[..., ::-1]) if flip else None
    (want,) = processor.post_process_depth_estimation(
        network(folder, pixels), source_sizes=[size], outputs_flipped=mirrored
    )
    found = estimator("zoedepth", folder, flip=flip).estimate(image)
    assert np.ptp(found.depth) > 0.5, "a flat depth map proves nothing"
    np.testing.assert_allclose(found.depth, want["predicted_depth"], rtol=2e-3)
    assert np.median(np.abs(found.depth / want["predicted_depth"].numpy() - 1)) < 1e-4


def test_zoedepths_padding_is_cut_off() -> None:
    """A ramp over the padded picture, at another resolution: what is left is the picture's part of it."""
    height, width = 50, 72
    whole = width + 2 * padding(width)
    assert padding(width) == 18
    middles = (np.arange(2 * whole) + 0.5) / 2 - 0.5
    ramp = np.tile(10 + middles.astype(np.float32), (40, 1))
    found = unpadded(ramp, height, width)
    assert found.shape == (height, width)
    np.testing.assert_allclose(found[0], 10 + np.arange(18, 18 + width), rtol=1e-5)


def test_mirrored_pictures_have_mirrored_depth_in_zoedepth(checkpoint: Checkpoint) -> None:
    both = estimator("zoedepth", checkpoint("zoedepth"), flip=True)
    image = smooth_picture(64, 96)
    there, mirrored = both.estimate(image).depth, both.estimate(np.ascontiguousarray(image[:, ::-1])).depth
    np.testing.assert_allclose(mirrored[:, ::-1], there, rtol=2e-3)


# --- batches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECS)
def test_a_picture_alone_and_among_others_has_the_same_depth(checkpoint: Checkpoint, name: str) -> None:
    """Sizes mixed, some of them equal inside the network, in any order, whatever the batch size."""
    images = [
        smooth_picture(*size, seed=i)
        for i, size in enumerate([(96, 128), (61, 97), (96, 128), (48, 64), (90, 90)])
    ]
    one = estimator(name, checkpoint(name), batch_size=1)
    alone = [one.estimate(image) for image in images]
    for batch_size, order in ((2, [0, 1, 2, 3, 4]), (8, [4, 2, 0, 3, 1])):
        results = estimator(name, checkpoint(name), batch_size=batch_size).estimate_batch(
            [images[i] for i in order]
        )
        for i, result in zip(order, results, strict=True):
            np.testing.assert_allclose(result.depth, alone[i].depth, rtol=2e-4)
            assert (result.K is None) == (alone[i].K is None)
            if result.K is not None:
                np.testing.assert_allclose(result.K, alone[i].K, rtol=1e-5)


def test_zoedepth_with_two_heads_does_not_let_a_batch_vote(tiny: ModuleType, tmp_path: Path) -> None:
    """Its network picks the indoor or outdoor head once for a whole batch; each picture has its own here."""
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    folder = tiny.zoedepth(tmp_path, heads=2)
    images = [smooth_picture(96, 128, seed=seed) for seed in (0, 1)]
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    pixels = torch.cat([processor(image, return_tensors="pt")["pixel_values"] for image in images]).float()
    model = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    with torch.inference_mode():
        leaning = [model(one[None]).domain_logits[0] for one in pixels]
    gap = [float(each[0] - each[1]) for each in leaning]
    assert gap[0] != gap[1]
    last = [
        module for module in model.metric_head.mlp_classifier.modules() if isinstance(module, torch.nn.Linear)
    ][-1]
    with torch.no_grad():
        last.bias[0] -= sum(gap) / 2  # now one picture is indoors and the other outdoors
    model.save_pretrained(folder)
    with torch.inference_mode():
        together = model(pixels).predicted_depth
        apart = torch.cat([model(one[None]).predicted_depth for one in pixels])
    assert (together - apart).abs().max() > 0.01, "the library no longer votes; batch again"

    one = estimator("zoedepth", folder, batch_size=4)
    for alone, batched in zip(
        [one.estimate(image) for image in images], one.estimate_batch(images), strict=True
    ):
        np.testing.assert_allclose(batched.depth, alone.depth, rtol=1e-4)


# --- configuration and errors ---------------------------------------------------------------------


def test_metres_go_up_to_the_checkpoints_max_depth(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.depth_anything(tmp_path)
    near = estimator("depth-anything-v2", folder).estimate(smooth_picture(64, 64)).depth
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"max_depth": 20', '"max_depth": 80'))
    far = estimator("depth-anything-v2", folder).estimate(smooth_picture(64, 64)).depth
    np.testing.assert_allclose(far, 4 * near, rtol=1e-5)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sixteen_bits_are_near_thirty_two(checkpoint: Checkpoint, name: str, dtype: str) -> None:
    image = smooth_picture(64, 96)
    fine, coarse = (
        estimator(name, checkpoint(name), dtype=kind).estimate(image) for kind in ("float32", dtype)
    )
    assert coarse.depth.dtype == np.float32
    ratio = coarse.depth / fine.depth
    assert 0 < np.median(np.abs(ratio - 1)) < 0.05, "the same numbers, or far from them"


def say(name: str, folder: Path, **config: Any) -> str:
    with pytest.raises(PluginError) as caught:
        estimator(name, folder, **config)
    text = str(caught.value)
    assert "\n" not in text
    assert str(folder) in text
    return text


def test_relative_depth_is_refused(tiny: ModuleType, tmp_path: Path) -> None:
    assert "relative depth, which has no metres" in say(
        "depth-anything-v2", tiny.depth_anything(tmp_path, "relative")
    )


def test_depth_pro_without_a_field_of_view_is_refused(tiny: ModuleType, tmp_path: Path) -> None:
    assert "without a field of view" in say("depth-pro", tiny.depth_pro(tmp_path, use_fov_model=False))


@pytest.mark.parametrize("fov_deg", [-5.0, 200.0])
def test_an_impossible_field_of_view_is_an_error_of_the_picture(
    tiny: ModuleType, tmp_path: Path, fov_deg: float
) -> None:
    folder = tiny.depth_pro(tmp_path)
    weights = load_file(folder / "model.safetensors")
    key = max(key for key in weights if key.startswith("fov_model.head") and key.endswith("bias"))
    save_file(
        weights | {key: torch.tensor([fov_deg])}, folder / "model.safetensors", metadata={"format": "pt"}
    )
    with pytest.raises(ReconstructionError, match="field of view of"):
        estimator("depth-pro", folder).estimate(smooth_picture(64, 64))


def test_beyond_ten_kilometres_depth_pro_knows_nothing(tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.depth_pro(tmp_path)
    weights = load_file(folder / "model.safetensors")
    weights["head.layers.4.bias"] = torch.tensor([-1e6])  # inverse depth 0 everywhere
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ReconstructionError, match="no depth in any pixel"):
        estimator("depth-pro", folder).estimate(smooth_picture(64, 64))


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_an_incomplete_folder_names_what_is_missing(
    checkpoint: Checkpoint, tmp_path: Path, name: str, file: str
) -> None:
    folder = shutil.copytree(checkpoint(name), tmp_path / "copy")
    (folder / file).unlink()
    assert file in say(name, folder)


@pytest.mark.parametrize("name", SPECS)
def test_missing_and_misshapen_weights_are_not_made_up(
    checkpoint: Checkpoint, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(checkpoint(name), tmp_path / "copy")
    file = folder / "model.safetensors"
    weights = load_file(file)
    for key in [key for key in sorted(weights) if key.endswith(("cls_token", "bias"))][:2]:
        save_file({k: v for k, v in weights.items() if k != key}, file, metadata={"format": "pt"})
        assert "missing or misshapen" in say(name, folder)
        save_file(weights | {key: torch.zeros(3, 3, 3)}, file, metadata={"format": "pt"})
        assert "missing or misshapen" in say(name, folder)
    said = capfd.readouterr()
    assert said.out + said.err == "", "the error is one line"


@pytest.mark.parametrize("name", SPECS)
def test_half_a_file_is_said_to_be_damaged(checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(checkpoint(name), tmp_path / "copy")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert "is it complete" in say(name, folder)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("other", SPECS)
def test_another_models_checkpoint_is_refused(checkpoint: Checkpoint, name: str, other: str) -> None:
    if name != other:
        assert "but one of a" in say(name, checkpoint(other))
