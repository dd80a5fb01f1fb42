"""A tiny InstructPix2Pix, with its safety checker."""

from __future__ import annotations

from typing import Any

from adapters.diffusers.tests.families.sd15 import make_checker
from genspace_adapter_diffusers.testing import clip_tokenizer
from genspace_adapter_diffusers.testing.parts import clip_config, small_vae


def make_instruct_pix2pix(levels: int = 2, latents: int = 4) -> Any:
    from diffusers import (
        EulerAncestralDiscreteScheduler,
        StableDiffusionInstructPix2PixPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPImageProcessor, CLIPTextModel

    tokenizer = clip_tokenizer()
    return StableDiffusionInstructPix2PixPipeline(
        unet=UNet2DConditionModel(
            block_out_channels=(8, 16),
            layers_per_block=1,
            sample_size=16,
            in_channels=2 * latents,
            out_channels=latents,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            attention_head_dim=2,
            norm_num_groups=4,
            cross_attention_dim=32,
        ),
        scheduler=EulerAncestralDiscreteScheduler(beta_schedule="scaled_linear", steps_offset=1),
        vae=small_vae(latents, blocks=(8,) * levels, scaling_factor=0.18215),
        text_encoder=CLIPTextModel(clip_config(tokenizer)),
        tokenizer=tokenizer,
        safety_checker=make_checker(),
        feature_extractor=CLIPImageProcessor(
            size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}
        ),
    )
