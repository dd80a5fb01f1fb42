"""Tiny FLUX.2 and klein.

Both read hidden states from deep inside their text encoder (layers 10, 20, 30, and 9, 18, 27), so these have
as many layers.
"""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing.tokenizers import byte_tokenizer, qwen_tokenizer

TEXT = 16
"""Numbers a token, in each of the three layers."""

CHAT = (
    "{% for message in messages %}"
    "{{ '[SYSTEM_PROMPT]' if message.role == 'system' else '[INST]' }}"
    "{% for part in message.content %}{{ part.text }}{% endfor %}"
    "{{ '[/SYSTEM_PROMPT]' if message.role == 'system' else '[/INST]' }}{% endfor %}"
)
"""As Mistral's: the content of a message is a list of parts."""


def make_flux2(levels: int = 2, latent_channels: int = 4) -> Any:
    """FLUX.2 dev, with a tokenizer in place of the PixtralProcessor, which needs torchvision."""
    from diffusers import Flux2Pipeline
    from transformers import Mistral3Config, Mistral3ForConditionalGeneration

    tokenizer = byte_tokenizer(
        "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]", bos="<s>", eos="</s>"
    )
    tokenizer.chat_template = CHAT
    text = Mistral3Config(
        text_config={
            "model_type": "mistral",
            "vocab_size": len(tokenizer),
            "hidden_size": TEXT,
            "intermediate_size": 24,
            "num_hidden_layers": 30,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 8,
            "initializer_range": 0.3,
        },
        vision_config={
            "model_type": "pixtral",
            "hidden_size": 8,
            "intermediate_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "head_dim": 8,
            "image_size": 32,
            "patch_size": 16,
        },
        image_token_index=len(tokenizer) - 1,
    )
    return Flux2Pipeline(
        text_encoder=Mistral3ForConditionalGeneration(text),
        tokenizer=tokenizer,
        **_parts(True, levels, latent_channels),
    )


def make_klein(distilled: bool = True, levels: int = 2, latent_channels: int = 4) -> Any:
    """FLUX.2 klein; its base, which has classifier-free guidance, if it is not distilled."""
    from diffusers import Flux2KleinPipeline
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = qwen_tokenizer()
    text = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=TEXT,
        intermediate_size=24,
        num_hidden_layers=27,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        initializer_range=0.3,
    )
    return Flux2KleinPipeline(
        text_encoder=Qwen3ForCausalLM(text),
        tokenizer=tokenizer,
        is_distilled=distilled,
        **_parts(False, levels, latent_channels),
    )


def _parts(guidance_embeds: bool, levels: int, latent_channels: int) -> dict[str, Any]:
    from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2Transformer2DModel

    transformer = Flux2Transformer2DModel(
        in_channels=latent_channels * 4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * TEXT,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance_embeds,
    )
    # As it starts out, the words decide so little among the hundreds of tokens around them that no test would
    # see it.
    for name, weight in transformer.named_parameters():
        if "transformer_blocks" in name:
            weight.data.mul_(4)
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0),
        "vae": AutoencoderKLFlux2(
            block_out_channels=(8,) * levels,
            down_block_types=("DownEncoderBlock2D",) * levels,
            up_block_types=("UpDecoderBlock2D",) * levels,
            layers_per_block=1,
            latent_channels=latent_channels,
            norm_num_groups=4,
            sample_size=32,
        ),
        "transformer": transformer,
    }
