"""A tiny LongCat-Image-Edit."""

from __future__ import annotations

from typing import Any

from adapters.editing.tests.families.processor import make_processor
from genspace_adapter_diffusers.testing.parts import heed_words, qwen_vl_encoder, small_vae, stir

LATENTS = 16
"""The pipeline takes no other number of channels."""


def make_longcat_edit() -> Any:
    """It renders a million pixels whatever it is shown, in steps of 16: no VAE could halve more often."""
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        LongCatImageEditPipeline,
        LongCatImageTransformer2DModel,
    )

    processor = make_processor()
    transformer = LongCatImageTransformer2DModel(
        patch_size=1,
        in_channels=LATENTS * 4,
        num_layers=1,
        num_single_layers=0,
        attention_head_dim=8,
        num_attention_heads=1,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=[4, 2, 2],
    )
    return LongCatImageEditPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=small_vae(
            LATENTS,
            blocks=(4, 4, 4, 4),
            mid_block_add_attention=False,
            scaling_factor=0.3611,
            shift_factor=0.1159,
        ),
        text_encoder=qwen_vl_encoder(processor.tokenizer),
        tokenizer=processor.tokenizer,
        text_processor=processor,
        transformer=heed_words(stir(transformer)),
    )
