"""A tiny HunyuanImage 2.1."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import qwen_tokenizer
from genspace_adapter_diffusers.testing.parts import heed_words, qwen_vl_encoder, stir, t5_encoder


def make_hunyuan_image() -> Any:
    from diffusers import (
        AdaptiveProjectedMixGuidance,
        AutoencoderKLHunyuanImage,
        FlowMatchEulerDiscreteScheduler,
        HunyuanImagePipeline,
        HunyuanImageTransformer2DModel,
    )
    from transformers import ByT5Tokenizer

    tokenizer, glyphs = qwen_tokenizer(), ByT5Tokenizer()
    text = qwen_vl_encoder(tokenizer)
    text.get_input_embeddings().weight.data.mul_(50)  # or words would hardly change a picture
    transformer = HunyuanImageTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=1,
        num_single_layers=1,
        num_refiner_layers=1,
        patch_size=(1, 1),
        text_embed_dim=32,
        text_embed_2_dim=32,
        rope_axes_dim=(8, 8),
    )
    return HunyuanImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
        vae=AutoencoderKLHunyuanImage(
            in_channels=3,
            out_channels=3,
            latent_channels=4,
            block_out_channels=(32, 32),
            layers_per_block=1,
            spatial_compression_ratio=2,
            sample_size=32,
            scaling_factor=0.75,
        ),
        text_encoder=text,
        tokenizer=tokenizer,
        text_encoder_2=t5_encoder(glyphs),
        tokenizer_2=glyphs,
        transformer=heed_words(stir(transformer)),
        # Plain guidance in the first step, the projected one from the second on.
        guider=AdaptiveProjectedMixGuidance(guidance_scale=3.5, adaptive_projected_guidance_start_step=0),
        ocr_guider=AdaptiveProjectedMixGuidance(guidance_scale=9.0, adaptive_projected_guidance_start_step=0),
    )
