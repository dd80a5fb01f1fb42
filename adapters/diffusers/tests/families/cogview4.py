"""A tiny CogView4."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import byte_tokenizer
from genspace_adapter_diffusers.testing.parts import decoder_config, heed_words, small_vae, stir


def make_cogview4() -> Any:
    from diffusers import CogView4Pipeline, CogView4Transformer2DModel, FlowMatchEulerDiscreteScheduler
    from transformers import GlmConfig, GlmModel

    tokenizer = byte_tokenizer(bos="<sop>", eos="<|endoftext|>")
    transformer = CogView4Transformer2DModel(
        patch_size=2,
        in_channels=4,
        num_layers=2,
        attention_head_dim=4,
        num_attention_heads=4,
        out_channels=4,
        text_embed_dim=32,
        time_embed_dim=8,
        condition_dim=4,
        rope_axes_dim=(64, 64),
    )
    return CogView4Pipeline(
        tokenizer=tokenizer,
        text_encoder=GlmModel(decoder_config(GlmConfig, tokenizer)),
        vae=small_vae(),
        transformer=heed_words(stir(transformer)),
        scheduler=FlowMatchEulerDiscreteScheduler(
            base_shift=0.25,
            max_shift=0.75,
            base_image_seq_len=256,
            use_dynamic_shifting=True,
            time_shift_type="linear",
        ),
    )
