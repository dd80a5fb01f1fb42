"""What is asked: one prompt with the truth it is scored against, and lists of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Task = Literal["t2i", "edit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One prompt and what it asks for.

    Attributes:
        id: unique within its suite, e.g. "t2i/14/07"; letters, digits, "/", "-", "_" and "." only.
        task: "t2i" (text to image) or "edit" (change a source image).
        sub_domain: one of the nine of the benchmark, e.g. "allocentric".
        template: 0-35; which of the benchmark's 36 questions this is (four per sub-domain).
        prompt: what the model is told, in full.
        objects: names in order (A, B, C). Two objects of one name are told apart in the picture
            from left to right, as the camera sees them.
        targets: the amounts the prompt states, by quantity, in metres or as a plain ratio,
            e.g. {"distance": 1.5}. Empty where nothing is measured.
        source: path of the source image of an edit, relative to the suite; None for "t2i".
    """

    id: str
    task: Task
    sub_domain: str
    template: int
    prompt: str
    objects: tuple[str, ...]
    targets: Mapping[str, float] = field(default_factory=dict)
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A named, versioned list of samples. `digest` is the sha256 of its exported form."""

    name: str
    version: str
    samples: tuple[Sample, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)
