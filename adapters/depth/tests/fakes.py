"""Checkpoints for the stand-ins of the models' own packages, in the layouts of the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file


def moge(folder: Path, weights: dict[str, torch.Tensor] | None = None) -> Path:
    kept = {"scale": torch.tensor([1.0, 2.0, 3.0])} if weights is None else weights
    torch.save({"model_config": {"focal": 0.8, "sky": 0.25}, "model": kept}, folder / "model.pt")
    return folder


def unidepth(folder: Path, weights: dict[str, torch.Tensor] | None = None) -> Path:
    (folder / "config.json").write_text(json.dumps({"config": {"focal": 0.8}}))
    kept = {"scale": torch.tensor([1.0, 2.0, 3.0])} if weights is None else weights
    save_file(kept, folder / "model.safetensors")
    return folder


def da3(folder: Path, name: str = "da3metric-large", weights: dict[str, torch.Tensor] | None = None) -> Path:
    (folder / "config.json").write_text(json.dumps({"model_name": name}))
    save_file({"scale": torch.tensor([0.5])} if weights is None else weights, folder / "model.safetensors")
    return folder


def metric3d(folder: Path, weights: dict[str, torch.Tensor] | None = None) -> Path:
    kept = {"depth_model.scale": torch.tensor([2.0])} if weights is None else weights
    torch.save({"model_state_dict": kept}, folder / "metric_depth_vit_small_800k.pth")
    return folder
