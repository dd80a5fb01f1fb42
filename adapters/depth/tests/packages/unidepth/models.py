"""Stands in for unidepth.models: the same calls and kinds of answers."""

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn


class UniDepthV2(nn.Module, PyTorchModelHubMixin):
    def __init__(self, config, eps: float = 1e-6, **kwargs) -> None:
        super().__init__()
        self.focal = config["focal"]
        self.scale = nn.Parameter(torch.ones(3))

    @torch.no_grad()
    def infer(self, rgb, camera=None, normalize=True):
        rgb = rgb[None] if rgb.ndim == 3 else rgb
        assert rgb.dtype == torch.uint8, "the model normalises bytes itself"
        height, width = rgb.shape[-2:]
        points = torch.ones(len(rgb), 3, height, width)
        points[:, -1:] = 1 + (rgb.float() / 255 * self.scale[:, None, None]).mean(1, keepdim=True)
        f = self.focal * width
        K = torch.tensor([[f, 0, width / 2], [0, f, height / 2], [0, 0, 1]])  # middles of pixels at 1/2
        return {"depth": points[:, -1:], "points": points, "intrinsics": K.repeat(len(rgb), 1, 1),
                "radius": points.norm(dim=1, keepdim=True), "confidence": points[:, :1]}  # fmt: skip
