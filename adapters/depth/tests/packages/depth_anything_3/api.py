"""Stands in for depth_anything_3.api: the same calls and kinds of answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from PIL import Image
from torch import nn


@dataclass
class Prediction:
    depth: np.ndarray
    is_metric: int
    sky: np.ndarray | None = None
    aux: Any = None


class DepthAnything3(nn.Module, PyTorchModelHubMixin):
    def __init__(self, model_name: str = "da3-large", **kwargs) -> None:
        super().__init__()
        self.model_name = model_name
        self.scale = nn.Parameter(torch.ones(1))
        self.seen: list[int] = []

    def inference(
        self,
        image,
        extrinsics=None,
        intrinsics=None,
        align_to_input_ext_scale=True,
        infer_gs=False,
        render_exts=None,
        render_ixts=None,
        render_hw=None,
        process_res=504,
        process_res_method="upper_bound_resize",
        export_dir=None,
        export_format="mini_npz",
    ) -> Prediction:
        self.seen.append(len(image))
        assert export_dir is None
        maps = []
        for each in image:
            height, width = each.shape[:2]
            scale = process_res / max(height, width)
            size = [max(round(side * scale / 14) * 14, 14) for side in (width, height)]
            grey = np.asarray(
                Image.fromarray(each).convert("L").resize(size, Image.Resampling.BILINEAR), np.float32
            )
            maps.append(self.scale.item() * (1 + grey / 255))
        depth = np.stack(maps)
        sky = np.zeros(depth.shape, bool)
        sky[:, : depth.shape[1] // 4] = True
        depth[sky] = depth.max()
        return Prediction(depth=depth, is_metric=1, sky=sky)
