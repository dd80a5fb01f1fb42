"""Tokenizers of the real classes that know single letters only: they read any prompt, without a download."""

from __future__ import annotations

import string
from typing import Any

LETTERS = string.ascii_letters + string.digits + string.punctuation
SPACE = "\u2581"
"""What stands for a space in the vocabularies of sentencepiece."""

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""A chat template as Qwen's: who speaks, and the words or pictures."""


def byte_vocabulary(*special: str, end: str = "") -> dict[str, int]:
    """One token a byte (and one a byte that ends a word, with `end` appended), then the special ones."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())
    tokens = [*letters, *(letter + end for letter in letters if end), *special]
    return {token: number for number, token in enumerate(tokens)}


def clip_tokenizer(length: int = 77) -> Any:
    """A CLIPTokenizer; its last token ends the text, as CLIP's pooling expects.

    Args:
        length: the most tokens that it reads.
    """
    from transformers import CLIPTokenizer

    vocabulary = byte_vocabulary("<|startoftext|>", "<|endoftext|>", end="</w>")
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=length)


def t5_tokenizer(length: int = 512) -> Any:
    """A T5Tokenizer."""
    from transformers import T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((letter, -2.0) for letter in SPACE + LETTERS)]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=length)


def gemma_tokenizer(length: int = 512) -> Any:
    """A GemmaTokenizer."""
    from transformers import GemmaTokenizer

    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", SPACE, "\n", *LETTERS]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return GemmaTokenizer(vocab=vocabulary, merges=[], model_max_length=length)


def qwen_tokenizer(*special: str) -> Any:
    """A Qwen2Tokenizer with a chat template.

    Args:
        special: further special tokens.
    """
    from transformers import Qwen2Tokenizer

    marks = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", *special]
    tokenizer = Qwen2Tokenizer(vocab=byte_vocabulary("<|endoftext|>", *marks), merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    tokenizer.chat_template = CHAT
    return tokenizer


def byte_tokenizer(*special: str, bos: str, eos: str, **named: str) -> Any:
    """A byte-level tokenizer without a class of its own, as Llama 3 and GLM have it; pads on the left.

    Args:
        special: further special tokens.
        bos: put before every text.
        eos: also fills up.
        named: further special tokens, by the tokenizer's attribute that tells them.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = byte_vocabulary(bos, eos, *special, *named.values())
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", special_tokens=[(bos, vocabulary[bos])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=bos,
        eos_token=eos,
        pad_token=eos,
        additional_special_tokens=list(special),
        model_specific_special_tokens=named,
        padding_side="left",
    )
