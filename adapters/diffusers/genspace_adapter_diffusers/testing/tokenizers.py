"""Tokenizers of the real classes that know single bytes only: they read any prompt, and need no download."""

from __future__ import annotations

from typing import Any

from transformers.convert_slow_tokenizer import bytes_to_unicode


def byte_vocabulary(*special: str, end: str = "") -> dict[str, int]:
    """One token a byte (and one a byte that ends a word, with `end` appended), then the special ones."""
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
