"""A tiny GLM-Image."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import byte_tokenizer
from genspace_adapter_diffusers.testing.parts import heed_words, small_vae, stir, t5_encoder

CODES = 256
"""Tokens that stand for pieces of a picture: those of the bytes, so that none of them ends it."""


CHAT = "{% for message in messages %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endfor %}"


def make_glm_image() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, GlmImagePipeline, GlmImageTransformer2DModel
    from transformers import ByT5Tokenizer

    glyphs = ByT5Tokenizer()
    processor = _processor()
    transformer = GlmImageTransformer2DModel(
        patch_size=8,  # with the VAE's two pixels a latent the sixteen that the pipeline counts on
        in_channels=4,
        out_channels=4,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        text_embed_dim=32,
        time_embed_dim=16,
        condition_dim=4,
        prior_vq_quantizer_codebook_size=CODES,
    )
    return GlmImagePipeline(
        tokenizer=glyphs,
        processor=processor,
        text_encoder=t5_encoder(glyphs),
        vision_language_encoder=_encoder(processor.tokenizer),
        vae=small_vae(latents_mean=[0.0] * 4, latents_std=[1.0] * 4),
        transformer=heed_words(stir(transformer)),
        scheduler=FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True,
            base_shift=0.25,
            max_shift=0.75,
            base_image_seq_len=256,
            time_shift_type="linear",
        ),
    )


def _processor() -> Any:
    from transformers import GlmImageImageProcessorPil, GlmImageProcessor

    tokenizer = byte_tokenizer(
        bos="<|start|>",
        eos="<|end|>",
        image_token="<|image|>",
        grid_bos_token="<sop>",
        grid_eos_token="<eop>",
    )
    return GlmImageProcessor(GlmImageImageProcessorPil(), tokenizer, chat_template=CHAT)


def _encoder(tokenizer: Any) -> Any:
    from transformers import GlmImageConfig, GlmImageForConditionalGeneration

    config = GlmImageConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "vision_vocab_size": CODES,
            "hidden_size": 32,
            "intermediate_size": 37,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "initializer_range": 0.5,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "num_heads": 2,
            "image_size": 32,
            "intermediate_size": 16,
        },
        vq_config={"embed_dim": 8, "num_embeddings": CODES, "latent_channels": 16},
        image_token_id=tokenizer.convert_tokens_to_ids("<|image|>"),
        image_start_token_id=tokenizer.bos_token_id,
        image_end_token_id=tokenizer.eos_token_id,
    )
    return GlmImageForConditionalGeneration(config)
