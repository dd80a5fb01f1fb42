"""What became of a picture at each stage. Every sample ends in exactly one of each that it reached."""

from __future__ import annotations

from enum import StrEnum


class GenerationOutcome(StrEnum):
    """What the generator did with a prompt."""

    OK = "ok"
    REFUSED = "refused"  # the model declined (moderation, no image)
    FAILED = "failed"  # a technical failure that retries did not cure


class ReconstructionOutcome(StrEnum):
    """What the reconstructor found in a picture, compared with the objects that were asked for."""

    OK = "ok"
    OBJECT_MISSING = "object_missing"  # at least one asked-for object was not found
    WRONG_COUNT = "wrong_count"  # all were found, and at least one more of an asked-for name
    FAILED = "failed"  # the picture could not be read or the reconstructor gave up
