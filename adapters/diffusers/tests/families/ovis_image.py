"""A tiny Ovis-Image."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import qwen_tokenizer
from genspace_adapter_diffusers.testing.parts import decoder_config, heed_words, small_vae, stir


def make_ovis_image() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, OvisImagePipeline, OvisImageTransformer2DModel
    from transformers import Qwen3Config, Qwen3Model

    tokenizer = qwen_tokenizer()
    transformer = OvisImageTransformer2DModel(
        in_channels=16,
        out_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(8, 4, 4),
    )
    return OvisImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=small_vae(scaling_factor=0.3611, shift_factor=0.1159),
        text_encoder=Qwen3Model(decoder_config(Qwen3Config, tokenizer)),
        tokenizer=tokenizer,
        transformer=heed_words(stir(transformer)),
    )
