"""A tiny HiDream-I1."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import byte_tokenizer, clip_tokenizer, t5_tokenizer
from genspace_adapter_diffusers.testing.parts import (
    clip_config,
    decoder_config,
    heed_words,
    small_vae,
    stir,
    t5_encoder,
)


def make_hidream_image() -> Any:
    """The pipeline makes 128 latents each way whatever is asked for: here they are pixels."""
    from diffusers import HiDreamImagePipeline, HiDreamImageTransformer2DModel, UniPCMultistepScheduler
    from transformers import CLIPTextModelWithProjection, LlamaConfig, LlamaForCausalLM

    clip, t5 = clip_tokenizer(248), t5_tokenizer()
    llama = byte_tokenizer(bos="<|begin_of_text|>", eos="<|eot_id|>")
    llama.padding_side = "right"  # as Llama 3 has it; the denoiser looks at what fills up, too
    text = clip_config(clip, max_position_embeddings=248)
    transformer = HiDreamImageTransformer2DModel(
        patch_size=16,
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        caption_channels=[32, 32],
        text_emb_dim=64,  # of both CLIP encoders
        axes_dims_rope=(8, 4, 4),
        max_resolution=(128, 128),
        llama_layers=[0, 1],
    )
    return HiDreamImagePipeline(
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        vae=small_vae(blocks=(8,), mid_block_add_attention=False, scaling_factor=0.3611, shift_factor=0.1159),
        text_encoder=CLIPTextModelWithProjection(text),
        tokenizer=clip,
        text_encoder_2=CLIPTextModelWithProjection(text),
        tokenizer_2=clip_tokenizer(248),
        text_encoder_3=t5_encoder(t5),
        tokenizer_3=t5,
        text_encoder_4=LlamaForCausalLM(decoder_config(LlamaConfig, llama)),
        tokenizer_4=llama,
        transformer=heed_words(stir(transformer), "stream_blocks"),
    )
