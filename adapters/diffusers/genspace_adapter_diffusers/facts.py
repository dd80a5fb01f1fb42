"""What is recorded of a picture beside its pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from genspace_core.interfaces import GenerationRequest

_LONGEST = 4096
"""Tokenizers without a limit of their own state an absurd one."""


def pipeline_facts(pipeline: Any) -> dict[str, Any]:
    """Of every picture of this pipeline."""
    facts = {
        "pipeline": type(pipeline).__name__,
        "scheduler": type(pipeline.scheduler).__name__,
        "safety_checker": getattr(pipeline, "safety_checker", None) is not None,
        "watermark": getattr(pipeline, "watermark", None) is not None,
        "device": str(pipeline.device),
    }
    commit = _commit(str(getattr(pipeline, "name_or_path", "")))
    return facts | ({"commit": commit} if commit else {})


def _commit(folder: str) -> str | None:
    """Of a snapshot in the hub's cache: what an unpinned revision was when it was loaded."""
    path = Path(folder)
    return path.name if path.parent.name == "snapshots" else None


def picture_facts(pipeline: Any, request: GenerationRequest, batch: int) -> dict[str, Any]:
    """Of this one: how many were made with it, and which text encoders did not read its whole prompt."""
    cut = prompt_cut(pipeline, request.prompt)
    return {"batch": batch} | ({"prompt_cut": cut} if cut else {})


def prompt_cut(pipeline: Any, prompt: str) -> dict[str, list[int]]:
    """By tokenizer, how many tokens it reads and how many the prompt has, where it has more."""
    cut: dict[str, list[int]] = {}
    for name, part in pipeline.components.items():
        limit = getattr(part, "model_max_length", None)
        if not name.startswith("tokenizer") or limit is None or limit > _LONGEST:
            continue
        tokens = len(part(prompt, verbose=False)["input_ids"])
        if tokens > limit:
            cut[name] = [int(limit), tokens]
    return cut
