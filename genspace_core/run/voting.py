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
from genspace_core.plugins.wording import describe_error
from genspace_core.run.asking import in_turn
from genspace_core.run.identity import plugin_key
from genspace_core.run.judging import built_metric
from genspace_core.run.keeping import plain, plain_cost
from genspace_core.run.layout import ANSWERS
from genspace_core.run.pacing import Halted, Line, Turn
from genspace_core.run.records import Bill
from genspace_core.run.retry import with_retries
from genspace_core.run.slips import Slip
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
        votes: key of each vote, those that were kept included, and its cost in US dollars, None where the
            judge does not tell.
        bill: what failed attempts cost.
    """

    score: Score | None = None
    detail: str = ""
    fatal: bool = False
    votes: dict[str, float | None] = field(default_factory=dict)
    bill: Bill = field(default_factory=Bill)


@dataclass(frozen=True, slots=True)
class Asking:
    """How votes of a vendor's model are asked for.

    Attributes:
        line: in which it waits for the account's turn.
        most: US dollars that a vote can cost; None where nobody knows.
        again: whether another attempt may be paid for, after one that may have been charged for.
    """

    line: Line
    most: float | None
    again: Callable[[], bool]


def ask_judge(run: Path, ref: PluginRef, task: VoteTask, asking: Asking | None) -> Voted:
    """Have the votes that are not kept yet, and decide.

    Args:
        run: the run directory.
        ref: how to build the metric.
        task: what to ask about.
        asking: how; None for a judge on this machine.

    Raises:
        GenSpaceError: the judge cannot be built, or its `decide` breaks.
        StorageError: a vote cannot be kept.
    """
    judge, votes_key = seated_judge(ref)
    voted, opinions = Voted(), []
    evidence = Evidence(image=task.image, source=task.source)
    for vote in range(judge.votes):
        file = vote_file(run, votes_key, _about(task), vote)
        key = content_key("vote", votes_key, *_about(task), vote)
        try:
            told = _kept(file)
            if told is None:
                slip = Slip.of(run, key, file, None if asking is None else asking.most)
                told = _have(partial(judge.ask, task.sample, evidence, vote), slip, asking, voted.bill)
        except Halted:
            return voted
        except (StorageError, PluginError):
            raise
        except (Exception, SystemExit) as error:
            voted.detail, voted.fatal = describe_error(error), isinstance(error, Fatal)
            if asking is not None and isinstance(error, AuthFailed | QuotaSpent):
                asking.line.pacer.stop(voted.detail)
            return voted
        if told.get("refused") is None:
            voted.votes[key] = told["cost"]
            opinions.append(Opinion(value=told["value"], reason=told["reason"], cost=told["cost"]))
    voted.score = _decided(judge, ref.name, task.sample, opinions)
    return voted


def seated_judge(ref: PluginRef) -> tuple[Judge, str]:
    """A judge, and the key that its votes are kept by.

    Raises:
        PluginError: it cannot be built, or is none.
    """
    with _BUILDING:  # several threads come at once
        return _seated(ref)


@cache
def _seated(ref: PluginRef) -> tuple[Judge, str]:
    """A judge, and the key that its votes are kept by."""
    judge = built_metric(ref)
    if not isinstance(judge, Judge):
        raise PluginError(f"metric {ref.name} reads pictures alone, and is no Judge")
    identity, asked = ref.load().identity(), judge.asks_with()
    return judge, plugin_key("votes", identity if asked is None else identity | {"config": dict(asked)})


def _have(ask: Callable[[], Opinion], slip: Slip, asking: Asking | None, bill: Bill) -> dict[str, Any]:
    """Ask, and keep what is said."""
    assert slip.answer is not None
    told: dict[str, Any]
    try:
        if asking is None:
            opinion = with_retries(lambda: _checked(ask()))
        else:
            opinion = in_turn(partial(_call, ask, slip, bill), asking.line, bill, asking.again)
    except Refused as error:
        told = {
            "refused": error.reason or "refused",
            "reason": describe_error(error),
            "cost": error.cost,
            "answer": error.answer,
        }
    except BaseException:
        slip.close()
        raise
    else:
        told = {
            "value": float(opinion.value),
            "reason": opinion.reason,
            "cost": plain_cost(opinion.cost),
            "answer": opinion.answer,
        }
    told = plain(told)
    text = json.dumps(told, ensure_ascii=False)
    write_atomically(slip.answer, text.encode(), durable=asking is not None)
    slip.close()
    return told


def _call(ask: Callable[[], Opinion], slip: Slip, bill: Bill, turn: Turn) -> Opinion:
    slip.begin(bill)
    opinion = _checked(ask())
    turn.limits = opinion.limits
    return opinion


def _checked(opinion: Any) -> Opinion:
    if isinstance(opinion, Opinion) and 0 <= opinion.value <= 1:
        return opinion
    raise GenerationError(f"the judge gave {_shown(opinion)}, not an opinion from 0 to 1", charged=True)


def _shown(opinion: Any) -> str:
    return f"a value of {opinion.value}" if isinstance(opinion, Opinion) else type(opinion).__name__


def _decided(judge: Judge, name: str, sample: Sample, opinions: list[Opinion]) -> Score:
    try:
        return judge.decide(sample, opinions)
    except GenSpaceError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"metric {name} broke on sample {sample.id}: {describe_error(error)}") from None


def vote_file(run: Path, key: str, about: tuple[str, str], vote: int) -> Path:
    """Where a vote is kept: by what it is asked with, picture and question, whoever made the picture.

    Args:
        run: the run directory.
        key: of what it is asked with.
        about: digests of picture and question.
        vote: its number.
    """
    return run / ANSWERS / key[:16] / f"{content_key('vote', *about)[:32]}-{vote}.json"


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
