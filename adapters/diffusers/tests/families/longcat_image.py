"""A tiny LongCat-Image."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import qwen_tokenizer
from genspace_adapter_diffusers.testing.parts import heed_words, qwen_vl_encoder, small_vae, stir


def make_longcat_image() -> Any:
    """With a tokenizer in place of the Qwen2_5_VLProcessor, which needs torchvision, and only rewrites."""
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        LongCatImagePipeline,
        LongCatImageTransformer2DModel,
    )

    tokenizer = qwen_tokenizer()
    transformer = LongCatImageTransformer2DModel(
        patch_size=1,
        in_channels=64,  # the pipeline takes 16 latent channels, in patches of 2 x 2
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=[8, 4, 4],
    )
    return LongCatImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=small_vae(16, scaling_factor=0.3611, shift_factor=0.1159),
        text_encoder=qwen_vl_encoder(tokenizer),
        tokenizer=tokenizer,
        text_processor=tokenizer,
        transformer=heed_words(stir(transformer)),
    )
