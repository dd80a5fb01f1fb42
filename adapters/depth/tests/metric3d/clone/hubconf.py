"""Stands in for a clone of YvanYin/Metric3D: the same entries and calls."""

dependencies = ["torch", "torchvision"]

import torch  # noqa: E402
from mmengine import Config  # noqa: E402


class DepthModel(torch.nn.Module):
    def __init__(self, cfg) -> None:
        super().__init__()
        self.cfg = cfg
        self.depth_model = torch.nn.Module()
        self.depth_model.scale = torch.nn.Parameter(torch.ones(1))

    def inference(self, data):
        rgb = data["input"]
        assert rgb.shape[1:] == (3, 616, 1064)
        across = torch.linspace(1, 5, 1064).expand(len(rgb), 1, 616, 1064)
        depth = self.depth_model.scale * (across + 0.1 * rgb.mean(1, keepdim=True))
        return depth, torch.ones_like(depth), {"prediction": depth}


def metric3d_vit_small(pretrain=False, **kwargs):
    if pretrain:
        raise AssertionError("weights come from the checkpoint")
    return DepthModel(Config.fromfile("vit.raft5.small.py"))


def metric3d_vit_giant2(pretrain=False, **kwargs):
    return metric3d_vit_small(pretrain, **kwargs)
