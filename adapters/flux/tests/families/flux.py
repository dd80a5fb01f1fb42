"""Tiny FLUX.1 and Kontext."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import clip_tokenizer
from genspace_adapter_diffusers.testing.parts import clip_config, small_vae, t5_encoder
from genspace_adapter_diffusers.testing.tokenizers import t5_tokenizer


def make_flux(guidance_embeds: bool = True) -> Any:
    """FLUX.1 dev; schnell without guidance embedding."""
    from diffusers import FluxPipeline

    return FluxPipeline(**_parts(guidance_embeds))


def make_kontext(levels: int = 2, latent_channels: int = 4) -> Any:
    """FLUX.1 Kontext, whose VAE halves the sides once less than it has levels."""
    from diffusers import FluxKontextPipeline

    return FluxKontextPipeline(**_parts(True, levels, latent_channels))


def _parts(guidance_embeds: bool, levels: int = 2, latent_channels: int = 4) -> dict[str, Any]:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
    from transformers import CLIPTextModel

    clip, t5 = clip_tokenizer(), t5_tokenizer()
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=guidance_embeds, shift=3.0 if guidance_embeds else 1.0
        ),
        "vae": small_vae(
            latent_channels,
            blocks=(8,) * levels,
            scaling_factor=0.3611,
            shift_factor=0.1159,
            use_quant_conv=False,
            use_post_quant_conv=False,
        ),
        "text_encoder": CLIPTextModel(clip_config(clip)),
        "tokenizer": clip,
        "text_encoder_2": t5_encoder(t5),
        "tokenizer_2": t5,
        "transformer": FluxTransformer2DModel(
            in_channels=latent_channels * 4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=guidance_embeds,
        ),
    }
