"""What is asked: one prompt with the truth it is scored against, and lists of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
        source_sha256: of the source image's file, hexadecimal, so that a picture that was changed after
            the suite was frozen is noticed; None when the suite does not say.
        bystanders: names of further objects of the source image, which the edit must leave alone. They
            are looked for beside `objects`; no name is in both.
    """

    id: str
    task: Task
    sub_domain: str
    template: int
    prompt: str
    objects: tuple[str, ...]
    targets: Mapping[str, float] = field(default_factory=dict)
    source: str | None = None
    source_sha256: str | None = None
    bystanders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A named, versioned list of samples.

    Attributes:
        name: e.g. "genspace-t2i".
        version: of the list.
        samples: in order.
        digest: the sha256 of its exported form.
        root: folder that the samples' `source` paths start from; None without source images. Where a
            copy lies says nothing of what it holds, so it takes no part in comparisons.
    """

    name: str
    version: str
    samples: tuple[Sample, ...]
    digest: str
    root: Path | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)
