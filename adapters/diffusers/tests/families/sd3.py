"""A tiny Stable Diffusion 3."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import clip_tokenizer, t5_tokenizer
from genspace_adapter_diffusers.testing.parts import clip_config, small_vae, stir, t5_encoder


def make_sd3() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
    from transformers import CLIPTextModelWithProjection

    clip, t5 = clip_tokenizer(), t5_tokenizer()
    text = clip_config(clip, hidden_act="gelu")
    transformer = SD3Transformer2DModel(
        sample_size=16,
        patch_size=1,
        in_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32,
        caption_projection_dim=32,
        pooled_projection_dim=64,  # of both CLIP encoders
        out_channels=4,
        pos_embed_max_size=64,
        qk_norm="rms_norm",
    )
    return StableDiffusion3Pipeline(
        transformer=stir(transformer),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=small_vae(shift_factor=0.06, scaling_factor=1.5, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=CLIPTextModelWithProjection(text),
        tokenizer=clip,
        text_encoder_2=CLIPTextModelWithProjection(text),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=t5_encoder(t5),
        tokenizer_3=t5,
    )
