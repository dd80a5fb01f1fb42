"""A tiny Chroma."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import t5_tokenizer
from genspace_adapter_diffusers.testing.parts import small_vae, stir, t5_encoder


def make_chroma() -> Any:
    from diffusers import ChromaPipeline, ChromaTransformer2DModel, FlowMatchEulerDiscreteScheduler

    tokenizer = t5_tokenizer()
    transformer = ChromaTransformer2DModel(
        patch_size=1,
        in_channels=16,  # four latent channels, packed in squares of 2 x 2
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(4, 4, 8),
        approximator_num_channels=8,
        approximator_hidden_dim=16,
        approximator_layers=1,
    )
    return ChromaPipeline(
        tokenizer=tokenizer,
        text_encoder=t5_encoder(tokenizer),
        vae=small_vae(shift_factor=0.1, scaling_factor=0.36, use_quant_conv=False, use_post_quant_conv=False),
        transformer=stir(transformer),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )
