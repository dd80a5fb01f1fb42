"""A run that lives in memory, and short ways to say what became of a picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genspace_core.run.results import Result
from genspace_core.suite.subdomains import TEMPLATE_COUNT, sub_domain_of
from genspace_core.types import GenerationOutcome, Measurement, ReconstructionOutcome, Sample, Score

METRIC = "spatial"


@dataclass
class FakeRun:
    generator: str = "model"
    results: Sequence[Result] = ()
    directory: Path = Path("runs/model")
    reconstructor: str = "fiducial"
    metrics: tuple[str, ...] = (METRIC,)
    suite: str = "genspace-t2i 1"
    suite_digest: str = "d" * 64
    provenance: dict[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)


def sample(template: int = 0, number: int = 0, **changes: Any) -> Sample:
    fields = {
        "id": f"t2i/{template:02}/{number:02}",
        "task": "t2i",
        "sub_domain": sub_domain_of(template),
        "template": template,
        "prompt": f"A photo of one dog and one chair, asked as template {template}.",
        "objects": ("dog", "chair"),
    }
    return Sample(**{**fields, **changes})


def scored(template: int, number: int, value: float, *, image_index: int = 0, **changes: Any) -> Result:
    """A picture that went all the way; `passed` where the value is 1."""
    measured = Measurement("bearing(A.front -> B)", 90.0 * (1 - value), "deg", 0.0, 15.0, value, value == 1)
    return Result(
        **{
            "sample": sample(template, number),
            "image_index": image_index,
            "generation": GenerationOutcome.OK,
            "reconstruction": ReconstructionOutcome.OK,
            "scores": {METRIC: Score(value, value == 1, measurements=(measured,))},
            **changes,
        }
    )


def edited(template: int, number: int, value: float, preservation: float | None, **changes: Any) -> Result:
    """An edit that went all the way; what it strayed by is made up to suit `preservation`."""
    strayed = 0.0 if preservation is None else 0.15 - 0.1 * preservation
    kept = Measurement("place(lamp)", strayed, "ratio", 0.0, 0.05, preservation or 0.0, preservation == 1)
    asked = scored(template, number, value).scores[METRIC]
    score = replace(asked, preservation=preservation, kept=() if preservation is None else (kept,))
    instruction = sample(
        template,
        number,
        id=f"edit/{template:02}/{number:02}",
        task="edit",
        prompt=f"Move the dog, asked as template {template}. Leave every other object as it is.",
        source=f"sources/{template:02}-{number:02}.png",
        bystanders=("lamp",),
    )
    return scored(template, number, value, **{"sample": instruction, "scores": {METRIC: score}, **changes})


def lost(template: int, number: int, outcome: ReconstructionOutcome, **changes: Any) -> Result:
    """A picture in which the objects were not found as asked."""
    return scored(template, number, 0.0, reconstruction=outcome, **{"scores": {}, **changes})


def undecidable(template: int, number: int, **changes: Any) -> Result:
    return scored(
        template, number, 0.0, scores={METRIC: Score(0.0, False, True, "no orientation")}, **changes
    )


def unmade(template: int, number: int, outcome: GenerationOutcome | None, **changes: Any) -> Result:
    """A picture that was refused, failed, or has not been asked for yet (None)."""
    return Result(**{"sample": sample(template, number), "generation": outcome, **changes})


def refused(template: int, number: int, reason: str | None = "moderation_blocked", **changes: Any) -> Result:
    """A picture that the vendor would not make, in its own word."""
    return unmade(template, number, GenerationOutcome.REFUSED, **{"refusal": reason, **changes})


def full_edits(value: float, preservation: float | None, per_template: int = 2) -> list[Result]:
    """Every editing question, every picture alike."""
    return [edited(t, n, value, preservation) for t in range(TEMPLATE_COUNT) for n in range(per_template)]


def full(value: float, per_template: int = 2) -> list[Result]:
    """Every template, every picture scored alike."""
    return [scored(t, n, value) for t in range(TEMPLATE_COUNT) for n in range(per_template)]
