"""Reading a run back: what was asked, what became of it, and the scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from genspace_core.types import GenerationOutcome, ReconstructionOutcome, Sample, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one picture of one sample.

    Attributes:
        sample: what was asked.
        image_index: 0-based, which of `--images-per-prompt`.
        generation: None while the picture has not been made.
        generation_detail: why it was refused or failed.
        image: the picture's file, None unless generation is OK.
        source: the picture that was to be edited; None where there is none, or it is not known.
        refusal: the vendor's own word for why it was refused, such as "moderation_blocked", "no_image".
        cost: US dollars, None if unknown.
        seconds: it took to make, None while it has not been.
        reconstruction: None while not reached.
        reconstruction_detail: which object is missing or too many, or why it failed.
        scores: by metric name; empty while not reached.
    """

    sample: Sample
    image_index: int = 0
    generation: GenerationOutcome | None = None
    generation_detail: str = ""
    image: Path | None = None
    source: Path | None = None
    refusal: str | None = None
    cost: float | None = None
    seconds: float | None = None
    reconstruction: ReconstructionOutcome | None = None
    reconstruction_detail: str = ""
    scores: Mapping[str, Score] = field(default_factory=dict)


class RunResults(Protocol):
    """One generator x suite x reconstructor x metrics, read from its directory.

    Iterating gives every planned `Result` in plan order, one at a time (memory stays flat).
    """

    directory: Path
    generator: str
    """Name the generator was asked for by, e.g. "flux-schnell"."""
    reconstructor: str
    metrics: tuple[str, ...]
    suite: str
    """Name and version, e.g. "genspace-t2i 1"."""
    suite_digest: str
    provenance: Mapping[str, Any]
    """As in run.json: versions, seed, configs, devices, timings."""

    def __iter__(self) -> Iterator[Result]: ...

    def __len__(self) -> int: ...
