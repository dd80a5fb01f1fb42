"""Tiny checkpoints with random weights, made with the libraries' own classes and saved as they save them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def _random(model: Any, spread: float) -> Any:
    """Every parameter drawn anew, so that no layer starts as zero or identity."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    return model.eval()


def depth_anything(folder: Path, kind: str = "metric") -> Path:
    from transformers import (
        DepthAnythingConfig,
        DepthAnythingForDepthEstimation,
        Dinov2Config,
        DPTImageProcessorPil,
    )

    backbone = Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[4, 8, 8, 16],
        fusion_hidden_size=8,
        head_hidden_size=4,
        depth_estimation_type=kind,
        max_depth=20,
    )
    _random(DepthAnythingForDepthEstimation(config), 0.2).save_pretrained(folder)
    DPTImageProcessorPil(
        size={"height": 56, "width": 56},
        ensure_multiple_of=14,
        keep_aspect_ratio=True,
        do_pad=False,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    ).save_pretrained(folder)
    return folder


def depth_pro(folder: Path, use_fov_model: bool = True) -> Path:
    import json

    from transformers import DepthProConfig, DepthProForDepthEstimation, Dinov2Config

    encoder = Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=4
    ).to_dict()
    config = DepthProConfig(
        patch_size=16,
        fusion_hidden_size=16,
        intermediate_hook_ids=[1, 0],
        intermediate_feature_dims=[8, 8],
        scaled_images_ratios=[0.25, 0.5, 1],
        scaled_images_overlap_ratios=[0.0, 0.5, 0.25],
        scaled_images_feature_dims=[16, 16, 8],
        merge_padding_value=1,
        num_fov_head_layers=2,
        use_fov_model=use_fov_model,
        image_model_config=dict(encoder),
        patch_model_config=dict(encoder),
        fov_model_config=dict(encoder),
    )
    model = _random(DepthProForDepthEstimation(config), 0.1)
    with torch.no_grad():  # an inverse depth around 1/3, a field of view around 50 degrees
        model.head.layers[-2].bias.fill_(0.3)
        if use_fov_model:
            model.fov_model.head.layers[-1].bias.fill_(50.0)
    model.save_pretrained(folder)
    told = {
        "image_processor_type": "DepthProImageProcessor",
        "size": {"height": 64, "width": 64},
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(
        json.dumps(told)
    )  # the class that saves it needs torchvision
    return folder


def zoedepth(folder: Path, heads: int = 1) -> Path:
    from transformers import BeitConfig, ZoeDepthConfig, ZoeDepthForDepthEstimation, ZoeDepthImageProcessorPil

    backbone = BeitConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
        use_relative_position_bias=True,
        reshape_hidden_states=False,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    bins = [
        {"name": "nyu", "n_bins": 8, "min_depth": 0.001, "max_depth": 10.0},
        {"name": "kitti", "n_bins": 8, "min_depth": 0.001, "max_depth": 80.0},
    ]
    config = ZoeDepthConfig(
        backbone_config=backbone,
        neck_hidden_sizes=[8, 8, 8, 16],
        fusion_hidden_size=16,
        bottleneck_features=16,
        num_relative_features=8,
        bin_embedding_dim=8,
        num_attractors=[4, 4, 2, 1],
        bin_configurations=bins[:heads],
        **(
            {}
            if heads == 1
            else {
                "patch_transformer_hidden_size": 128,
                "num_patch_transformer_layers": 4,
                "patch_transformer_intermediate_size": 16,
                "patch_transformer_num_attention_heads": 2,
            }
        ),
    )
    _random(ZoeDepthForDepthEstimation(config), 0.2).save_pretrained(folder)
    ZoeDepthImageProcessorPil(size={"height": 48, "width": 64}, ensure_multiple_of=16).save_pretrained(folder)
    return folder


MAKERS = {"depth-anything-v2": depth_anything, "depth-pro": depth_pro, "zoedepth": zoedepth}
