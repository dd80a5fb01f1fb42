"""What all judges do: show the pictures, ask the question, and count the votes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any, Final

from genspace_adapter_judge.pictures import Shown, encode, load, pictures_of
from genspace_adapter_judge.plugin import JudgeConfig, RemoteJudgeConfig
from genspace_adapter_judge.question import Question, question_for
from genspace_adapter_judge.verdict import NoVerdict, read_verdict
from genspace_core import kept_answer
from genspace_core.errors import GenerationError, RateLimits
from genspace_core.interfaces import Judge, Opinion
from genspace_core.types import Evidence, Measurement, Sample, Score

SHOWN = 300
"""Characters of a reason that stand beside its vote."""

_AFTERWARDS: Final = {"votes", "combine", "threshold"}
"""Options that say what is done with votes, and not how they are asked for."""

_COMBINED: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {"mean": fmean, "median": median}


class VotingJudge(Judge):
    """A judge whose score is the mean, or median, of its votes."""

    higher_is_better = True

    def __init__(self, config: JudgeConfig) -> None:
        self.config = config
        self.votes = config.votes

    def asks_with(self) -> Mapping[str, Any]:
        """All but what is done with the votes; with the temperature in effect, which depends on them."""
        told = {name: value for name, value in self.config.identity().items() if name not in _AFTERWARDS}
        return told | {"temperature": self.config.warmth()}

    @abstractmethod
    def ask(self, sample: Sample, evidence: Evidence, vote: int) -> Opinion:
        """Have one vote."""

    def decide(self, sample: Sample, opinions: Sequence[Opinion]) -> Score:  # noqa: ARG002  (the interface gives it)
        """What the votes come to; undecidable where there are none.

        The measurements are the votes, each with its reason, against the threshold.
        """
        if not opinions:
            return Score(0.0, passed=False, undecidable=True, reason="the judge refused to answer")
        values = [opinion.value for opinion in opinions]
        value = min(1.0, max(0.0, float(_COMBINED[self.config.combine](values))))
        votes = tuple(self._vote(number, opinion) for number, opinion in enumerate(opinions, start=1))
        return Score(value, passed=value >= self.config.threshold, measurements=votes)

    def _vote(self, number: int, opinion: Opinion) -> Measurement:
        reason = opinion.reason if len(opinion.reason) <= SHOWN else f"{opinion.reason[:SHOWN]}..."
        return Measurement(
            constraint=f"vote {number}: {reason}" if reason else f"vote {number}",
            value=float(opinion.value),
            unit="ratio",
            target=self.config.threshold,
            tolerance=None,
            score=float(opinion.value),
            satisfied=opinion.value >= self.config.threshold,
        )

    def paths(self, sample: Sample, evidence: Evidence) -> list[Path]:
        """The pictures to look at."""
        return pictures_of(sample, evidence)


class RemoteJudge(VotingJudge):
    """A judge behind an API. Safe to ask from many threads, if `call` is."""

    config: RemoteJudgeConfig

    @abstractmethod
    def call(self, question: Question, pictures: Sequence[Shown], vote: int) -> Answer:
        """Have the model answer.

        Raises:
            GenerationError: it did not, or refused to.
        """

    def in_words(self) -> bool:
        """Whether the form of the answer has to be told in words."""
        return False

    def ask(self, sample: Sample, evidence: Evidence, vote: int) -> Opinion:
        """Have one vote.

        Raises:
            InvalidRequest: a picture is missing or cannot be read.
            Refused: the judge would not answer.
            GenerationError: there is no score in its answer, or none came.
        """
        paths = self.paths(sample, evidence)
        pictures = [encode(load(path, self.config.longest), self.config.image_format) for path in paths]
        answer = self.call(question_for(sample, form=self.in_words()), pictures, vote)
        try:
            value, reason = read_verdict(answer.text)
        except NoVerdict as error:
            raise GenerationError(str(error), **answer.about()) from None
        reason = str(kept_answer(reason))
        return Opinion(value=value, reason=reason, cost=answer.cost, answer=answer.kept, limits=answer.limits)

    def cost(self, prompt: int | None, answer: int | None, cached: int = 0, written: int = 0) -> float | None:
        """US dollars for the tokens of a call; None where prices or tokens are not known."""
        if self.config.price is not None:
            return self.config.price
        known = self.config.known()
        if known is None or prompt is None or answer is None:
            return None
        return known.cost(prompt, answer, cached=cached, written=written)


class Answer:
    """What a model answered: its text, and what a `GenerationError` about it has to hold.

    Args:
        text: what it wrote.
        raw: the whole answer, JSON-able.
        cost: US dollars.
        limits: what its headers told.
    """

    def __init__(self, text: str, raw: Any, cost: float | None, limits: RateLimits | None) -> None:
        self.text, self.cost, self.limits = text, cost, limits
        self.kept = kept_answer(raw)

    def about(self) -> dict[str, Any]:
        """For the error that says what is wrong with it."""
        return {"cost": self.cost, "charged": True, "answer": self.kept, "limits": self.limits}


def said(message: Any, key: str, longest: int = 300) -> str:
    """A vendor's words in one line, without the key, should they repeat it."""
    text = " ".join(str(kept_answer(str(message))).split())
    text = text.replace(key, "(the key)") if key else text
    return text if len(text) <= longest else f"{text[:longest]}..."


def count(value: Any) -> int | None:
    """A number of tokens; None where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
