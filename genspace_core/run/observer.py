"""Who is told how a run goes."""

from __future__ import annotations

from genspace_core.run.judging import Judged
from genspace_core.run.plan import RunSpec, Todo
from genspace_core.run.records import PictureRow


class Observer:
    """Told what happens, for progress displays. Does nothing itself."""

    def begin(self, spec: RunSpec, todo: Todo) -> None:
        """The plan is known."""

    def begin_judging(self, label: str, todo: Todo) -> None:
        """The pictures of a run are judged anew; `label` says which, and how."""

    def made(self, row: PictureRow) -> None:
        """A picture was made (or refused, or failed) and recorded."""

    def rebuilt_source(self, result: Judged) -> None:
        """The source picture of an edit was rebuilt, and recorded."""

    def judged(self, result: Judged) -> None:
        """A picture was rebuilt and scored, and recorded."""

    def stopping(self, running: int) -> None:
        """The run was told to stop and waits for the calls that are still running."""
