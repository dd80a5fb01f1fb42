"""Who is told how a run goes."""

from __future__ import annotations

from genspace_core.run.judging import Judged
from genspace_core.run.plan import RunSpec, Todo
from genspace_core.run.records import PictureRow
from genspace_core.run.voting import Voted


class Observer:
    """Told what happens, for progress displays. Does nothing itself."""

    def begin(self, spec: RunSpec, todo: Todo) -> None:
        """The plan is known."""

    def begin_judging(self, label: str, todo: Todo) -> None:
        """The pictures of a run are judged anew; `label` says which, and how."""

    def lost(self, calls: int, price: float | None) -> None:
        """Calls were in flight when an earlier command was killed, and may have been charged for.

        Args:
            calls: how many; what they were for is asked for again.
            price: the most that one can cost, in US dollars; None where nobody knows.
        """

    def made(self, row: PictureRow) -> None:
        """A picture was made (or refused, or failed) and recorded."""

    def rebuilt_source(self, result: Judged) -> None:
        """The source picture of an edit was rebuilt, and recorded."""

    def judged(self, result: Judged) -> None:
        """A picture was rebuilt and scored, and recorded."""

    def voted(self, voted: Voted) -> None:
        """A judge gave its opinion of a picture, and it is recorded."""

    def stopping(self, running: int) -> None:
        """The run was told to stop and waits for the calls that are still running."""
