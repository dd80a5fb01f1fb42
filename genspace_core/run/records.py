"""The rows of a run's journal, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genspace_core.errors import GenerationError
from genspace_core.types import GenerationOutcome, ReconstructionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One picture that the current command asks for; `source` is the digest of an edit's source picture."""

    sample: str
    image_index: int
    picture: str
    names: str
    question: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """What a generator made of one request; `file` is relative to the run directory.

    `final` is set for a failure that another attempt would only repeat; `refusal` is the vendor's own word
    for why it declined.
    """

    key: str
    outcome: GenerationOutcome
    detail: str = ""
    file: str | None = None
    digest: str | None = None
    info: dict[str, Any]
    cost: float | None = None
    seconds: float = 0.0
    final: bool = False
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money beside a picture's own price.

    Attributes:
        key: content key of the picture, or of the metric that asked.
        cost: US dollars; None where nobody knows.
        certain: the vendor says so; else it may have been charged, for an answer that was lost.
        judging: it was for the opinion of a judge.
    """

    key: str
    cost: float | None
    certain: bool = True
    judging: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRow:
    """What a reconstructor made of one picture."""

    reconstructor: str
    digest: str
    names: str
    outcome: ReconstructionOutcome
    detail: str = ""
    scene: bytes | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRow:
    """How far one planned picture has come; the later fields are None while not reached.

    `before_id` and `before` are the scene of an edit's source picture and what became of it.
    """

    sample: str
    image_index: int
    picture: str
    names: str
    question: str
    source: str | None
    generation: GenerationOutcome | None
    generation_detail: str
    final: bool
    file: str | None
    digest: str | None
    cost: float | None
    seconds: float | None
    refusal: str | None
    scene_id: int | None
    reconstruction: ReconstructionOutcome | None
    reconstruction_detail: str
    before_id: int | None
    before: ReconstructionOutcome | None

    @property
    def source_key(self) -> tuple[str, str] | None:
        """Which picture must be rebuilt before this one can be judged, and the names looked for in it."""
        return None if self.source is None else (self.source, self.names)


@dataclass(slots=True)
class Bill:
    """What the attempts at one picture, or opinion, may have cost, beside the price that its answer tells.

    Attributes:
        known: US dollars that failed attempts are known to have cost.
        lost: attempts that the vendor may have charged for, without saying so.
    """

    known: float = 0.0
    lost: int = 0

    def add(self, error: GenerationError) -> None:
        """A failed attempt."""
        if error.cost is not None:
            self.known += error.cost
        elif error.charged:
            self.lost += 1

    def charges(self, key: str, most: float | None, *, judging: bool) -> list[Charge]:
        """What to record of them.

        Args:
            key: content key of what was asked for.
            most: US dollars that a call can cost; None where nobody knows.
            judging: the calls are those of a judge.
        """
        known = [Charge(key=key, cost=self.known, judging=judging)] if self.known else []
        return known + [Charge(key=key, cost=most, certain=False, judging=judging)] * self.lost
