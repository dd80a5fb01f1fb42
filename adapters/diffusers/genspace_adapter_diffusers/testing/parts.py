"""Tiny random parts that several pipelines are made of."""

from __future__ import annotations

from typing import Any


def small_vae(latents: int = 4, *, blocks: tuple[int, ...] = (8, 16), **config: Any) -> Any:
    """An AutoencoderKL that halves the sides once for each block but the first.

    Args:
        latents: channels.
        blocks: channels of its blocks.
        config: further keys of its configuration.
    """
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=blocks,
        down_block_types=("DownEncoderBlock2D",) * len(blocks),
        up_block_types=("UpDecoderBlock2D",) * len(blocks),
        layers_per_block=1,
        latent_channels=latents,
        norm_num_groups=4,
        sample_size=32,
        **config,
    )


def clip_config(tokenizer: Any, **config: Any) -> Any:
    """Of a CLIP text encoder, 32 wide."""
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        projection_dim=32,
        **config,
    )


def t5_encoder(tokenizer: Any) -> Any:
    """A T5EncoderModel, 32 wide."""
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=37, num_heads=4, num_layers=2)
    )


def decoder_config(cls: Any, tokenizer: Any, **config: Any) -> Any:
    """Of a decoder-only language model (Gemma 2, Llama, Qwen 3, GLM), 32 wide, of three layers."""
    told = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 37,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "num_hidden_layers": 3,
        "head_dim": 8,
        "max_position_embeddings": 1024,
        "initializer_range": 0.3,  # words are told apart, and change the picture
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    return cls(**(told | config))


def qwen_vl_encoder(tokenizer: Any) -> Any:
    """A Qwen2_5_VLForConditionalGeneration, 32 wide."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    return Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(
            text_config={
                "vocab_size": len(tokenizer),
                "hidden_size": 32,
                "intermediate_size": 37,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_key_value_heads": 2,
                "max_position_embeddings": 4096,
                "bos_token_id": tokenizer.bos_token_id,
                "eos_token_id": tokenizer.eos_token_id,
                "pad_token_id": tokenizer.pad_token_id,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
            },
            vision_config={
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_heads": 2,
                "out_hidden_size": 32,
                "patch_size": 14,
                "fullatt_block_indexes": [1],
            },
            image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
            vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
            vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_end|>"),
        )
    )


def heed_words(network: Any, blocks: str = "transformer_blocks", scale: float = 4.0) -> Any:
    """Let a denoiser attend more sharply than it does as it starts out; returns the network.

    The words decide so little then, among hundreds of tokens around them, that no test would see it.

    Args:
        network: the denoiser.
        blocks: what the names of its blocks' weights have in common.
        scale: what these are multiplied by.
    """
    for name, weight in network.named_parameters():
        if blocks in name:
            weight.data.mul_(scale)
    return network


def stir(network: Any, scale: float = 0.2) -> Any:
    """Give every weight that starts at zero, or hardly above it, a random value; returns the network.

    Many denoisers start with an output of zeros, and nothing that goes in would change a picture.
    """
    import torch

    for weight in network.parameters():
        if weight.abs().max() < 1e-3:
            torch.nn.init.normal_(weight, std=scale)
    return network
