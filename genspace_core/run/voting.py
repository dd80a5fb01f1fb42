"""A judge's opinion of one picture: each vote a call of its own, kept on disk before it counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

from genspace_core.errors import (
    AuthFailed,
    Fatal,
    GenerationError,
    GenSpaceError,
    PluginError,
    QuotaSpent,
    Refused,
    StorageError,
)
from genspace_core.files import write_atomically
from genspace_core.identity import content_key
from genspace_core.interfaces import Judge, Opinion
from genspace_core.plugins.config import PluginRef
from genspace_core.plugins.wording import describe_error, without_secrets
from genspace_core.run.asking import in_turn
from genspace_core.run.identity import plugin_key
from genspace_core.run.judging import built_metric
from genspace_core.run.layout import ANSWERS
from genspace_core.run.pacing import Halted, Line, Pacer, Turn
from genspace_core.run.retry import with_retries
from genspace_core.run.slips import Slip
from genspace_core.run.spending import Bill
from genspace_core.types import Evidence, Sample, Score

_BUILDING = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteTask:
    """One picture to ask a judge about."""

    sample: Sample
    image: Path
    digest: str
    question: str
    source: Path | None = None


@dataclass(slots=True, kw_only=True)
class Voted:
    """What became of it.

    Attributes:
        score: what the votes came to; None where one could not be had.
        detail: why, in one line; "" also where no more calls were wanted.
        fatal: nothing more can succeed.
        cost: US dollars of the votes that were had now, as far as the judge tells.
        had: how many those are.
        unpriced: of how many it does not tell.
        bill: what failed attempts cost.
    """

    score: Score | None = None
    detail: str = ""
    fatal: bool = False
    cost: float = 0.0
    had: int = 0
    unpriced: int = 0
    bill: Bill = field(default_factory=Bill)

    def add(self, opinion: Opinion) -> None:
        """A vote was had now."""
        self.had += 1
        self.cost += opinion.cost or 0.0
        self.unpriced += opinion.cost is None


def ask_judge(run: Path, ref: PluginRef, task: VoteTask, pacer: Pacer | Line | None) -> Voted:
    """Have the votes that are not kept yet, and decide.

    Args:
        run: the run directory.
        ref: how to build the metric.
        task: what to ask about.
        pacer: of the vendor's account; None for a judge on this machine.

    Raises:
        GenSpaceError: the judge cannot be built, or its `decide` breaks.
        StorageError: a vote cannot be kept.
    """
    with _BUILDING:  # several threads come at once
        judge, votes_key = _seated(ref)
    voted = Voted()
    evidence = Evidence(image=task.image, source=task.source)
    opinions: list[Opinion] = []
    for vote in range(judge.votes):
        file = vote_file(run, votes_key, task, vote)
        told = _kept(file)
        if told is None:
            ask = partial(judge.ask, task.sample, evidence, vote)
            try:
                told = _have(
                    ask, Slip.of(run, content_key("vote", votes_key, *_about(task), vote), file), pacer, voted
                )
            except Halted:
                return voted
            except (AuthFailed, QuotaSpent) as error:
                if pacer is not None:
                    pacer.stop(describe_error(error))
                voted.detail, voted.fatal = describe_error(error), True
                return voted
            except (StorageError, PluginError):
                raise
            except (Exception, SystemExit) as error:
                voted.detail, voted.fatal = describe_error(error), isinstance(error, Fatal)
                return voted
        if told.get("refused") is None:
            opinions.append(Opinion(value=told["value"], reason=told["reason"], cost=told["cost"]))
    voted.score = _decided(judge, ref.name, task.sample, opinions)
    return voted


@cache
def _seated(ref: PluginRef) -> tuple[Judge, str]:
    """A judge, and the key that its votes are kept by."""
    judge = built_metric(ref)
    if not isinstance(judge, Judge):
        raise PluginError(f"metric {ref.name} reads pictures alone, and is no Judge")
    identity, asked = ref.load().identity(), judge.asks_with()
    return judge, plugin_key("votes", identity if asked is None else identity | {"config": dict(asked)})


def _have(ask: Callable[[], Opinion], slip: Slip, pacer: Pacer | Line | None, voted: Voted) -> dict[str, Any]:
    """Ask, and keep what is said."""
    assert slip.answer is not None
    try:
        opinion = (
            with_retries(ask) if pacer is None else in_turn(partial(_call, ask, slip), pacer, voted.bill)
        )
    except Refused as error:
        told: dict[str, Any] = {"refused": error.reason or "refused", "reason": describe_error(error)}
        told["answer"] = error.answer
    except BaseException:
        slip.close()
        raise
    else:
        voted.add(opinion)
        told = {
            "value": float(opinion.value),
            "reason": without_secrets(opinion.reason),
            "cost": opinion.cost,
            "answer": opinion.answer,
        }
    text = without_secrets(json.dumps(told, ensure_ascii=False, default=str))
    write_atomically(slip.answer, text.encode(), durable=pacer is not None)
    slip.close()
    return told


def _call(ask: Callable[[], Opinion], slip: Slip, turn: Turn) -> Opinion:
    slip.begin()
    opinion = ask()
    if not isinstance(opinion, Opinion) or not 0 <= opinion.value <= 1:
        raise GenerationError(f"the judge gave {_shown(opinion)}, not an opinion from 0 to 1", charged=True)
    turn.limits = opinion.limits
    return opinion


def _shown(opinion: Any) -> str:
    return f"a value of {opinion.value}" if isinstance(opinion, Opinion) else type(opinion).__name__


def _decided(judge: Judge, name: str, sample: Sample, opinions: list[Opinion]) -> Score:
    try:
        return judge.decide(sample, opinions)
    except GenSpaceError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"metric {name} broke on sample {sample.id}: {describe_error(error)}") from None


def vote_file(run: Path, key: str, task: VoteTask, vote: int) -> Path:
    """Where a vote is kept: by what it is asked with, picture and question, whoever made the picture."""
    return run / ANSWERS / key[:16] / f"{content_key('vote', *_about(task))[:32]}-{vote}.json"


def _about(task: VoteTask) -> tuple[str, str]:
    return task.digest, task.question


def _kept(file: Path) -> dict[str, Any] | None:
    """A vote that was had before; None where there is none that can be read."""
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(told, dict) and (told.get("refused") or {"value", "reason", "cost"} <= set(told))
    return told if whole else None
