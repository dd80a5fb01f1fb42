"""A slip of paper for every call that may cost money, on disk from before it starts until it is recorded.

After a kill the slips tell which calls were in flight. One with a job lets the next command collect what was
paid for; the others are counted as charged, since nobody can know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genspace_core.files import storage_errors, write_atomically
from genspace_core.interfaces import Job
from genspace_core.run.layout import CALLS
from genspace_core.run.records import Bill

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Slip:
    """The slip of one picture's (or vote's) call.

    Attributes:
        path: its file.
        key: content key of what is asked for.
        answer: of a judge's vote, the file that holds it once it is there; None for a picture, which the
            journal knows.
        most: US dollars that it can cost; None where nobody knows.
    """

    path: Path
    key: str
    answer: Path | None = None
    most: float | None = None

    @classmethod
    def of(cls, run: Path, key: str, answer: Path | None = None, most: float | None = None) -> Slip:
        """That of what has this content key, in a run directory."""
        return cls(run / CALLS / f"{key[:32]}{_SUFFIX}", key, answer, most)

    @property
    def _run(self) -> Path:
        return self.path.parent.parent

    def begin(self, bill: Bill) -> None:
        """A call is about to start, after others that the bill tells of.

        Raises:
            StorageError: it cannot be written; the call is not made then.
        """
        self._write(bill, None)

    def keep(self, job: Job, bill: Bill) -> None:
        """The call has given a job, from which the picture can be collected at any time.

        Raises:
            StorageError: it cannot be written.
        """
        self._write(
            bill, {"data": dict(job.data), "first": job.first, "every": job.every, "patience": job.patience}
        )

    def job(self) -> Job | None:
        """What an earlier call gave; None where there was none, or its slip is not readable."""
        told = _read(self.path).get("job")
        try:
            return None if told is None else Job(**told)
        except TypeError:
            return None

    def bill(self) -> Bill:
        """What attempts before the last one cost."""
        told = _read(self.path)
        return Bill(known=_number(told.get("known")), lost=int(_number(told.get("lost"))))

    def owed(self) -> float:
        """US dollars that everything written down here can have cost, as far as is known."""
        bill = self.bill()
        return (self.most or 0.0) * (1 + bill.lost) + bill.known

    def age(self) -> float:
        """Seconds since the job was given; 0 where there is none."""
        since = _number(_read(self.path).get("since"))
        return max(0.0, time.time() - since) if since else 0.0

    def is_open(self) -> bool:
        """Whether a call was begun and not recorded."""
        return self.path.is_file()

    def close(self) -> None:
        """What came of the call is recorded, or it never was made.

        Raises:
            StorageError: the slip cannot be taken away.
        """
        with storage_errors(self.path):
            self.path.unlink(missing_ok=True)

    def _write(self, bill: Bill, job: dict[str, Any] | None) -> None:
        told = {
            "key": self.key,
            "answer": None if self.answer is None else str(self.answer.relative_to(self._run)),
            "most": self.most,
            "known": bill.known,
            "lost": bill.lost,
            "since": None if job is None else time.time(),
            "job": job,
        }
        write_atomically(self.path, json.dumps(told).encode(), durable=True)


def open_slips(run: Path) -> Iterator[Slip]:
    """Every slip that a killed command left in a run directory."""
    for path in sorted((run / CALLS).glob(f"*{_SUFFIX}")):
        told = _read(path)
        answer, most = told.get("answer"), told.get("most")
        yield Slip(
            path,
            str(told.get("key", "")),
            None if answer is None else run / str(answer),
            float(most) if isinstance(most, int | float) else None,
        )


def describe_orders(run: Path) -> dict[str, Any]:
    """What is ordered and not collected, and the most that it costs, as run.json has it."""
    orders = [slip for slip in open_slips(run) if slip.job() is not None]
    unknown = any(slip.most is None for slip in orders)
    return {"orders": len(orders), "orders_usd": None if unknown else sum(slip.owed() for slip in orders)}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
