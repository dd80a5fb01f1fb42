"""A tiny Lumina Image 2."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import gemma_tokenizer
from genspace_adapter_diffusers.testing.parts import decoder_config, heed_words, small_vae, stir


def make_lumina2() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, Lumina2Pipeline, Lumina2Transformer2DModel
    from transformers import Gemma2Config, Gemma2Model

    tokenizer = gemma_tokenizer()
    transformer = Lumina2Transformer2DModel(
        sample_size=16,
        patch_size=2,
        in_channels=4,
        hidden_size=24,
        num_layers=2,
        num_refiner_layers=1,
        num_attention_heads=3,
        num_kv_heads=1,
        multiple_of=2,
        axes_dim_rope=(4, 2, 2),
        axes_lens=(1024, 128, 128),
        cap_feat_dim=32,
    )
    return Lumina2Pipeline(
        transformer=heed_words(stir(transformer), "layers"),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=small_vae(blocks=(8, 8, 8, 8), shift_factor=0.1),  # the pipeline takes 8 pixels for a latent one
        text_encoder=Gemma2Model(decoder_config(Gemma2Config, tokenizer)),
        tokenizer=tokenizer,
    )
