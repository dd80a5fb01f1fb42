"""A processor of texts with pictures, as Qwen2.5-VL's, that needs no torchvision."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.testing import qwen_tokenizer

SIDE = 28
"""Pixels of a patch that is one token."""


def make_processor(tokens: int = 4) -> Any:
    """A PaddleOCRVLProcessor in place of the Qwen2VLProcessor, whose part for videos needs torchvision.

    The class of its pictures is Qwen2-VL's own, and so is what it makes of `<|image_pad|>` in a text.

    Args:
        tokens: the most for a picture.
    """
    from transformers import PaddleOCRVLProcessor, Qwen2VLImageProcessorPil

    tokenizer = qwen_tokenizer()
    tokenizer._set_model_specific_special_tokens({"image_token": "<|image_pad|>"})
    pictures = Qwen2VLImageProcessorPil(
        size={"shortest_edge": SIDE * SIDE, "longest_edge": tokens * SIDE * SIDE}
    )
    return PaddleOCRVLProcessor(pictures, tokenizer, chat_template=tokenizer.chat_template)
