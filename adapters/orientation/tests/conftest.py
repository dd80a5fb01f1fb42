"""Tiny checkpoints with random weights, and what there is to see in tests."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from genspace_core.interfaces import Detection

DATA = Path(__file__).parent / "data"
FAKES = Path(__file__).parent / "fakes"
EXPECTED = json.loads((DATA / "expected.json").read_text())


def reference_image(name: str) -> np.ndarray:
    """(H, W, 3) sRGB."""
    return np.asarray(Image.open(DATA / name).convert("RGB"))


@pytest.fixture(scope="session")
def expected() -> dict:
    """What the published implementation says of the reference crops."""
    return EXPECTED


@pytest.fixture(scope="session")
def crops() -> list[np.ndarray]:
    return [reference_image(f"crop{i}.png") for i in range(3)]


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[int, Path]:
    """By head width: a folder with the reference checkpoint and its DINOv2's configuration."""
    made = {}
    for width in (722, 902):
        made[width] = tmp_path_factory.mktemp(f"head{width}")
        shutil.copy(DATA / f"dino_weight_{width}.pt", made[width] / "dino_weight.pt")
        (made[width] / "config.json").write_text(json.dumps(EXPECTED["config"]))
    return made


@pytest.fixture(scope="session")
def state() -> dict[str, torch.Tensor]:
    """The tensors of the smaller reference checkpoint; to be copied, not changed."""
    return torch.load(DATA / "dino_weight_722.pt", weights_only=True)


@pytest.fixture(scope="session")
def save_state(tmp_path_factory):
    """Saves tensors as a checkpoint beside the reference's configuration, and names the file."""

    def saved(state: object) -> str:
        folder = tmp_path_factory.mktemp("checkpoint")
        (folder / "config.json").write_text(json.dumps(EXPECTED["config"]))
        torch.save(state, folder / "dino_weight.pt")
        return str(folder / "dino_weight.pt")

    return saved


@pytest.fixture(scope="session")
def v2_file(tmp_path_factory) -> Path:
    """A tiny checkpoint as of V2, with the parts that are not needed."""
    torch.manual_seed(0)
    size, width = 16, 900
    state = {
        "vggt.aggregator.patch_embed.weight": torch.randn(size // 2, 3, 14, 14) / 20,
        "vggt.aggregator.patch_embed.bias": torch.randn(size // 2),
        "vggt.aggregator.camera_token": torch.randn(1, 2, 1, size // 2),
        "vggt.camera_head.token_norm.weight": torch.ones(size),
        "vggt.depth_head.norm.weight": torch.ones(size),
    }
    for name in ("frame", "global"):
        state[f"vggt.aggregator.{name}_blocks.0.weight"] = torch.randn(size // 2, size // 2)
        state[f"vggt.aggregator.{name}_blocks.0.bias"] = torch.randn(size // 2)
    for sampler in ("ref_sampler", "tgt_sampler"):
        for net, into in (("net1", size), ("net2", width)):
            state[f"{sampler}.{net}.0.weight"] = torch.randn(width, into) / into**0.5
            state[f"{sampler}.{net}.0.bias"] = torch.randn(width)
            for name in ("weight", "bias", "running_mean"):
                state[f"{sampler}.{net}.1.{name}"] = torch.randn(width)
            state[f"{sampler}.{net}.1.running_var"] = torch.rand(width) + 0.5
            state[f"{sampler}.{net}.1.num_batches_tracked"] = torch.tensor(7)
    folder = tmp_path_factory.mktemp("v2")
    torch.save(state, folder / "rotmod_realrotaug_best.pt")
    return folder / "rotmod_realrotaug_best.pt"


@pytest.fixture
def fakes(monkeypatch):
    """The packages vggt and rembg can be imported, as stand-ins; also in processes that a test starts."""
    monkeypatch.syspath_prepend(str(FAKES))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in {"vggt", "rembg"}]:
        del sys.modules[name]


@pytest.fixture
def without(monkeypatch):
    """Makes a package impossible to import."""
    return lambda name: monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture(scope="session")
def found():
    """Makes a detection of a box in a picture; its mask is the box shrunk by two pixels."""

    def made(image: np.ndarray, box=None, name: str = "dog") -> Detection:
        height, width = image.shape[:2]
        edges = np.array([0, 0, width, height] if box is None else box, np.float64)
        mask = np.zeros((height, width), np.bool_)
        x0, y0, x1, y1 = np.nan_to_num(edges).round().astype(int)
        mask[max(y0 + 2, 0) : max(y1 - 2, 0), max(x0 + 2, 0) : max(x1 - 2, 0)] = True
        return Detection(name=name, confidence=0.9, box=edges, mask=mask)

    return made
