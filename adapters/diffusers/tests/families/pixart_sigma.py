"""A tiny PixArt-Sigma."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import t5_tokenizer
from genspace_adapter_diffusers.testing.parts import heed_words, small_vae, stir, t5_encoder


def make_pixart_sigma() -> Any:
    from diffusers import DPMSolverMultistepScheduler, PixArtSigmaPipeline, PixArtTransformer2DModel

    tokenizer = t5_tokenizer()
    transformer = PixArtTransformer2DModel(
        sample_size=32,  # that of 256 pixels, the least whose sizes are binned
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        caption_channels=32,
        in_channels=4,
        cross_attention_dim=24,
        out_channels=8,
        use_additional_conditions=False,
    )
    return PixArtSigmaPipeline(
        tokenizer=tokenizer,
        text_encoder=t5_encoder(tokenizer),
        vae=small_vae(),
        transformer=heed_words(stir(transformer)),
        scheduler=DPMSolverMultistepScheduler(),
    )
