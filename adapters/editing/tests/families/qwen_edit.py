"""Tiny Qwen-Image-Edit, and Qwen-Image-Edit-Plus (2509 and 2511)."""

from __future__ import annotations

from typing import Any

from adapters.editing.tests.families.processor import make_processor
from genspace_adapter_diffusers.testing.parts import heed_words, qwen_vl_encoder, stir

PATCH = 4
HALVINGS = 4
"""Of the VAE, its patches' two included. The real one has three, but a million pixels take long, and the
pipelines render as many whatever they are shown."""


def make_qwen_edit(plus: bool = False, latents: int = 4) -> Any:
    """With a Wan VAE, whose copy Qwen's is, since it can take a picture in patches.

    Args:
        plus: one of the later models.
        latents: channels.
    """
    from diffusers import (
        AutoencoderKLWan,
        FlowMatchEulerDiscreteScheduler,
        QwenImageEditPipeline,
        QwenImageEditPlusPipeline,
        QwenImageTransformer2DModel,
    )

    processor = make_processor()
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=latents * 4,
        out_channels=latents,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=1,
        joint_attention_dim=32,
        axes_dims_rope=(8, 4, 4),
    )
    return (QwenImageEditPlusPipeline if plus else QwenImageEditPipeline)(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.02),
        vae=AutoencoderKLWan(
            base_dim=4,
            z_dim=latents,
            dim_mult=[1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False] * HALVINGS,  # by whose number the pipelines know
            patch_size=PATCH,
            in_channels=3 * PATCH**2,
            out_channels=3 * PATCH**2,
            latents_mean=[0.0] * latents,
            latents_std=[1.0] * latents,
        ),
        text_encoder=qwen_vl_encoder(processor.tokenizer),
        tokenizer=processor.tokenizer,
        processor=processor,
        transformer=heed_words(stir(transformer)),
    )
