"""An aggregator with the real one's signature, shapes and ranges, and next to nothing inside."""

import torch
from torch import nn


class Aggregator(nn.Module):
    def __init__(self, img_size=518, patch_size=14, embed_dim=1024, depth=24, num_heads=16):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, embed_dim, patch_size, patch_size)
        self.camera_token = nn.Parameter(torch.randn(1, 2, 1, embed_dim))
        self.frame_blocks = nn.ModuleList([nn.Linear(embed_dim, embed_dim)])
        self.global_blocks = nn.ModuleList([nn.Linear(embed_dim, embed_dim)])
        self.patch_start_idx = 5
        for name, value in (("_resnet_mean", 0.45), ("_resnet_std", 0.225)):
            self.register_buffer(name, torch.full((1, 1, 3, 1, 1), value), persistent=False)

    def forward(self, images):
        batch, sequence, channels, height, width = images.shape
        assert (channels, height, width) == (3, 518, 518)
        assert images.min() >= 0
        assert images.max() <= 1
        assert sequence == 1
        images = ((images - self._resnet_mean) / self._resnet_std).flatten(0, 1)
        patches = self.patch_embed(images).flatten(2).transpose(1, 2)
        seen = patches.tanh().mean(dim=1, keepdim=True)
        tokens = torch.cat([self.camera_token[:, 0].expand(batch, 1, -1) + seen, patches], dim=1)
        frame = self.frame_blocks[0](tokens)
        whole = self.global_blocks[0](tokens)
        layer = torch.cat([frame, whole], dim=-1)[:, None]
        return [None, layer], self.patch_start_idx
