"""For tests of adapters that build upon this one: tiny random parts, and what holds for every pipeline."""

from genspace_adapter_diffusers.testing.pipelines import PipelineConformance, TinyPipeline
from genspace_adapter_diffusers.testing.tokenizers import (
    byte_tokenizer,
    clip_tokenizer,
    gemma_tokenizer,
    qwen_tokenizer,
    t5_tokenizer,
)

__all__ = [
    "PipelineConformance",
    "TinyPipeline",
    "byte_tokenizer",
    "clip_tokenizer",
    "gemma_tokenizer",
    "qwen_tokenizer",
    "t5_tokenizer",
]
