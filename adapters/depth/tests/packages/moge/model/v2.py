"""Stands in for moge.model.v2: the same calls and kinds of answers, and no network worth the name."""

import torch
from torch import nn


class MoGeModel(nn.Module):
    def __init__(self, focal: float = 0.9, sky: float = 0.25) -> None:
        super().__init__()
        self.focal, self.sky = focal, sky
        self.scale = nn.Parameter(torch.ones(3))
        self.mask_token = nn.Parameter(torch.zeros(1))

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, model_kwargs=None, **hf_kwargs):
        checkpoint = torch.load(pretrained_model_name_or_path, map_location="cpu", weights_only=True)
        model = cls(**checkpoint["model_config"] | (model_kwargs or {}))
        model.load_state_dict(checkpoint["model"], strict=False)
        return model

    @torch.inference_mode()
    def infer(
        self,
        image,
        num_tokens=None,
        resolution_level=9,
        force_projection=True,
        apply_mask=True,
        fov_x=None,
        use_fp16=True,
    ):
        single = image.dim() == 3
        image = (image[None] if single else image).to(self.scale.dtype)
        assert image.shape[1] == 3
        assert image.min() >= 0
        assert image.max() <= 1
        height, width = image.shape[-2:]
        depth = (1 + (image * self.scale[:, None, None]).mean(1)).float()
        depth = depth.half().float() if use_fp16 else depth
        mask = torch.ones_like(depth, dtype=torch.bool)
        mask[:, : int(height * self.sky)] = False
        if apply_mask:
            depth = torch.where(mask, depth, torch.inf)
        K = torch.tensor([[self.focal, 0, 0.5], [0, self.focal * width / height, 0.5], [0, 0, 1]])
        told = {"depth": depth, "mask": mask, "intrinsics": K.expand(len(image), 3, 3)}
        return {name: value.squeeze(0) for name, value in told.items()} if single else told
