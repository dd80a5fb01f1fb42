"""A tiny Stable Diffusion 1.5, with its safety checker."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import clip_tokenizer
from genspace_adapter_diffusers.testing.parts import clip_config, small_vae


def make_sd15() -> Any:
    from diffusers import PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPImageProcessor, CLIPTextModel

    tokenizer = clip_tokenizer()
    return StableDiffusionPipeline(
        unet=UNet2DConditionModel(
            block_out_channels=(8, 16),
            layers_per_block=1,
            sample_size=16,
            in_channels=4,
            out_channels=4,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            attention_head_dim=2,
            norm_num_groups=4,
            cross_attention_dim=32,
        ),
        scheduler=PNDMScheduler(skip_prk_steps=True, beta_schedule="scaled_linear", steps_offset=1),
        vae=small_vae(scaling_factor=0.18215),
        text_encoder=CLIPTextModel(clip_config(tokenizer)),
        tokenizer=tokenizer,
        safety_checker=make_checker(),
        feature_extractor=CLIPImageProcessor(
            size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}
        ),
    )


def make_checker() -> Any:
    """A StableDiffusionSafetyChecker that flags nothing: no picture is as near to a concept as it wants."""
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    vision = {
        "hidden_size": 32,
        "intermediate_size": 37,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "image_size": 30,
        "patch_size": 10,
    }
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16))
    set_threshold(checker, 2.0)
    return checker


def set_threshold(checker: Any, cosine: float) -> None:
    """Flag what is nearer to any concept than this: all of them at -2, none at 2."""
    checker.concept_embeds_weights.data.fill_(cosine)
    checker.special_care_embeds_weights.data.fill_(cosine)
