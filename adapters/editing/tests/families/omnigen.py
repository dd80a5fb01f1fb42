"""A tiny OmniGen, and what it takes of torchvision."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from genspace_adapter_diffusers.testing import byte_tokenizer
from genspace_adapter_diffusers.testing.parts import small_vae, stir


def make_omnigen(levels: int = 2, latents: int = 4) -> Any:
    """The pipeline counts on 16 pixels a token, each way."""
    from diffusers import FlowMatchEulerDiscreteScheduler, OmniGenPipeline, OmniGenTransformer2DModel

    tokenizer = byte_tokenizer("<|user|>", "<|assistant|>", "<|diffusion|>", "<|end|>", bos="<s>", eos="</s>")
    transformer = OmniGenTransformer2DModel(
        in_channels=latents,
        patch_size=16 // 2 ** (levels - 1),
        hidden_size=32,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=37,
        num_layers=2,
        pad_token_id=2,
        vocab_size=len(tokenizer),
        rope_scaling={"short_factor": [1.0] * 8, "long_factor": [1.0] * 8},
        time_step_dim=16,
        pos_embed_max_size=192,
    )
    for name, weight in transformer.named_parameters():  # words are told apart, and change the picture
        if "layers" in name:
            weight.data.mul_(4)
    return OmniGenPipeline(
        transformer=stir(transformer),
        scheduler=FlowMatchEulerDiscreteScheduler(invert_sigmas=True, num_train_timesteps=1),
        vae=small_vae(latents, blocks=(8,) * levels, scaling_factor=0.13025),
        tokenizer=tokenizer,
    )


@contextmanager
def torchvision() -> Iterator[None]:
    """In the block there are the four transforms that OmniGen takes of it, installed or not."""
    from diffusers.pipelines.omnigen import pipeline_omnigen, processor_omnigen
    from transformers.utils.import_utils import is_torchvision_available

    is_torchvision_available()  # it remembers, and must not find this one
    package = ModuleType("torchvision")
    package.__spec__ = ModuleSpec("torchvision", None)
    transforms = SimpleNamespace(
        Compose=_compose, Lambda=lambda f: f, ToTensor=lambda: _to_tensor, Normalize=_normalize
    )
    with (
        patch.dict(sys.modules, torchvision=package),
        patch.object(processor_omnigen, "transforms", transforms, create=True),
        patch.object(
            pipeline_omnigen,
            "OmniGenMultiModalProcessor",
            processor_omnigen.OmniGenMultiModalProcessor,
            create=True,
        ),
    ):
        yield


def _compose(steps: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return run


def _to_tensor(picture: Any) -> Any:
    import torch

    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float() / 255


def _normalize(mean: list[float], std: list[float], inplace: bool) -> Callable[[Any], Any]:
    import torch

    return lambda tensor: (tensor - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
