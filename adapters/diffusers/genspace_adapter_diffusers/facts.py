"""What is recorded of a picture beside its pixels."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genspace_adapter_diffusers.calls import Calling
from genspace_core.interfaces import GenerationRequest

LENGTH = "max_sequence_length"
"""Argument of many calls: the most tokens that the large text encoder reads."""

_LONGEST = 4096
"""Tokenizers without a limit of their own state an absurd one."""


def pipeline_facts(pipeline: Any) -> dict[str, Any]:
    """Of every picture of this pipeline."""
    facts = {
        "pipeline": type(pipeline).__name__,
        "scheduler": type(pipeline.scheduler).__name__,
        "safety_checker": getattr(pipeline, "safety_checker", None) is not None,
        "watermark": getattr(pipeline, "watermark", None) is not None,
        "device": str(pipeline._execution_device),
    }
    commit = _commit(str(getattr(pipeline, "name_or_path", "")))
    return facts | ({"commit": commit} if commit else {})


def _commit(folder: str) -> str | None:
    """Of a snapshot in the hub's cache: what an unpinned revision was when it was loaded."""
    path = Path(folder)
    return path.name if path.parent.name == "snapshots" else None


def text_limits(pipeline: Any, wants: Calling, arguments: Mapping[str, Any]) -> dict[str, int]:
    """By tokenizer, the most tokens that it reads: its own limit, or the call's where that is less."""
    called = inspect.signature(type(pipeline).__call__).parameters.get(LENGTH)
    limits: dict[str, int] = {}
    for name, part in pipeline.components.items():
        if not name.startswith("tokenizer") or part is None:
            continue
        known = [getattr(part, "model_max_length", None)]
        if name == wants.text and called is not None:
            known.append(arguments.get(LENGTH, called.default))
        if name == wants.text and wants.length is not None:
            known.append(getattr(pipeline, wants.length))
        possible = [limit for limit in known if limit is not None and limit <= _LONGEST]
        if possible:
            limits[name] = min(possible)
    return limits


def picture_facts(
    pipeline: Any, wants: Calling, limits: Mapping[str, int], request: GenerationRequest, batch: int
) -> dict[str, Any]:
    """Of this one: how many were made with it, and which text encoders did not read its whole prompt."""
    cut = prompt_cut(pipeline, wants, limits, request.prompt)
    return {"batch": batch} | ({"prompt_cut": cut} if cut else {})


def prompt_cut(pipeline: Any, wants: Calling, limits: Mapping[str, int], prompt: str) -> dict[str, list[int]]:
    """By tokenizer, how many tokens it reads and how many the prompt has, where it has more."""
    cut: dict[str, list[int]] = {}
    for name, limit in limits.items():
        tokenizer = getattr(pipeline, name)
        if name == wants.text and wants.chat is not None:
            tokens = _chat_tokens(tokenizer, getattr(pipeline, "system_message", None), prompt, wants.chat)
        else:
            tokens = len(tokenizer(prompt, verbose=False)["input_ids"])
        if tokens > limit:
            cut[name] = [limit, tokens]
    return cut


def _chat_tokens(tokenizer: Any, system: str | None, prompt: str, options: Mapping[str, Any]) -> int:
    """With the words of the template, which the limit counts, too."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
    if system is not None:  # such a pipeline has a processor, which wants to be told what is text
        told = (("system", system), ("user", prompt))
        messages = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in told]
    read = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **options)
    return int(np.size(read["input_ids"]))  # a processor answers for a batch of one
