"""The one written form of a sample, and the digest of many."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from genspace_core.types import Sample, Suite


def canonical_line(sample: Sample) -> str:
    """One line of JSON: all keys, sorted, no spaces, text as it is (UTF-8), numbers as floats."""
    row = {
        "id": sample.id,
        "objects": list(sample.objects),
        "prompt": sample.prompt,
        "source": sample.source,
        "sub_domain": sample.sub_domain,
        "targets": {name: float(value) for name, value in sample.targets.items()},
        "task": sample.task,
        "template": sample.template,
    }
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest_of(samples: Iterable[Sample]) -> str:
    """The sha256 (hex) of the samples' canonical lines, in order, each ended by a line feed."""
    return sha256("".join(canonical_line(s) + "\n" for s in samples).encode()).hexdigest()


def make_suite(name: str, version: str, samples: Iterable[Sample]) -> Suite:
    """A suite with the digest that belongs to its samples."""
    held = tuple(samples)
    return Suite(name=name, version=version, samples=held, digest=digest_of(held))
