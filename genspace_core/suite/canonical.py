"""The one written form of a sample, and the digest of many."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from genspace_core.types import Sample, Suite


def canonical_line(sample: Sample) -> str:
    """One line of JSON: all keys, sorted, no spaces, text as it is (UTF-8), numbers as floats.

    What only edits have is left out where there is none.
    """
    row: dict[str, Any] = {
        "id": sample.id,
        "objects": list(sample.objects),
        "prompt": sample.prompt,
        "source": sample.source,
        "sub_domain": sample.sub_domain,
        "targets": {name: float(value) for name, value in sample.targets.items()},
        "task": sample.task,
        "template": sample.template,
    }
    if sample.bystanders:
        row["bystanders"] = list(sample.bystanders)
    if sample.source_sha256 is not None:
        row["source_sha256"] = sample.source_sha256
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest_of(samples: Iterable[Sample]) -> str:
    """The sha256 (hex) of the samples' canonical lines, in order, each ended by a line feed.

    Of a source picture whose own digest is stated, the path is left out: the bytes say which it is, and
    where a copy of it lies does not.
    """
    told = (s if s.source_sha256 is None else replace(s, source=None) for s in samples)
    return sha256("".join(canonical_line(s) + "\n" for s in told).encode()).hexdigest()


def make_suite(name: str, version: str, samples: Iterable[Sample], root: Path | None = None) -> Suite:
    """A suite with the digest that belongs to its samples."""
    held = tuple(samples)
    return Suite(name=name, version=version, samples=held, digest=digest_of(held), root=root)


def sample_of(line: str) -> Sample:
    """The sample that `canonical_line` wrote."""
    row = json.loads(line)
    return Sample(**row | {key: tuple(row[key]) for key in ("objects", "bystanders") if key in row})
