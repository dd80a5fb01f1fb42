"""One picture asked of a vendor's adapter, through the run engine's own door."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tenacity import wait_none

from genspace_core.errors import Fatal, GenerationError, InvalidRequest, Passing, Refused
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator, Job, JobGenerator
from genspace_core.run.asking import collect_order, order
from genspace_core.run.pacing import Pacer
from genspace_core.run.records import Bill
from genspace_core.run.slips import Slip
from genspace_core.testing.scripts import KEY

LONGEST = 600  # characters of a line that anybody reads
HOLD_S = 0.02
_trusting = cache(ssl.create_default_context)  # reading the certificates takes longer than most tests


@dataclass(slots=True, kw_only=True)
class Asked:
    """What came of it.

    Attributes:
        made: the picture, if there is one.
        error: what was raised instead.
        cost: calls that make a picture.
        bill: failed attempts.
        job: what is left on the slip.
    """

    made: GeneratedImage | None = None
    error: GenerationError | None = None
    cost: int = 0
    bill: Bill
    job: Job | None = None

    def picture(self, calls: int = 1) -> GeneratedImage:
        """The picture; complains unless it was made, with so many calls."""
        assert self.error is None, f"a picture was to be had, but: {self.error!r}"
        assert self.made is not None
        assert self.cost == calls, f"{self.cost} calls that cost, not {calls}"
        return self.made

    def failure(self, kind: type[GenerationError], words: str = "", calls: int = 1) -> GenerationError:
        """The error; complains unless it is of a kind, names the words, and came after so many calls."""
        assert self.error is not None, f"a picture came out of it, where {kind.__name__} was due"
        assert isinstance(self.error, kind), f"{kind.__name__} was due, not {self.error!r}"
        if kind is GenerationError:
            assert not isinstance(self.error, Passing | Fatal | Refused | InvalidRequest), (
                f"a picture that may be paid for has failed, and nothing else; not {self.error!r}"
            )
        assert self.cost == calls, f"{self.cost} calls that cost, not {calls}: {self.error}"
        assert list(complaints(str(self.error), words)) == []
        return self.error


def complaints(text: str, words: str = "") -> Iterator[str]:
    """What is wrong with an error's text."""
    if not text.strip():
        yield "it says nothing"
    if len(text.splitlines()) > 1:
        yield f"it is more than one line: {text!r}"
    if len(text) > LONGEST:
        yield f"it has {len(text)} characters: {text[:LONGEST]!r}..."
    if KEY in text:
        yield "it holds the key"
    if words not in text:
        yield f"it does not name the vendor's words, {words!r}: {text!r}"


def ask(plugin: Generator, request: GenerationRequest, run: Path | None = None) -> Asked:
    """Ask for a picture as a run does.

    Args:
        plugin: the adapter's.
        request: what for.
        run: a run directory, whose slips may hold the job of an earlier command.
    """
    with TemporaryDirectory() as folder:
        slip, asked = Slip.of(run or Path(folder), "0" * 64), Asked(bill=Bill())
        plugin, line, job = hurried(plugin), Pacer(8).line(), slip.job()
        try:
            if job is None:
                asked.made = order(plugin, request, line, slip, asked.bill)
            else:
                asked.made = collect_order(plugin, job, line, asked.bill)
        except GenerationError as error:
            asked.error = error
        asked.job = slip.job()
    return asked


class Hurried(JobGenerator):
    """Another job generator, without its patience."""

    def __init__(self, plugin: JobGenerator) -> None:
        self._plugin = plugin

    def submit(self, request: GenerationRequest) -> Job | GeneratedImage:
        """What the other gives, to be asked for at once and not for long."""
        made = self._plugin.submit(request)
        return replace(made, first=0.0, every=0.01, patience=0.3) if isinstance(made, Job) else made

    def collect(self, job: Job) -> GeneratedImage | None:
        """As the other does."""
        return self._plugin.collect(job)


def hurried(plugin: Any) -> Any:
    """The plugin; without its patience, if it has any."""
    return Hurried(plugin) if isinstance(plugin, JobGenerator) else plugin


@contextmanager
def short_waits() -> Iterator[pytest.MonkeyPatch]:
    """What is tried again is tried at once, and no proxy stands between the tests and their servers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("genspace_core.run.retry._backoff", wait_none())
        for name in ("FIRST_HOLD_S", "LONGEST_HOLD_S"):
            patch.setattr(f"genspace_core.run.pace.{name}", HOLD_S)
        patch.setattr("genspace_core.run.asking.LOOK_AGAIN_S", (HOLD_S,))
        patch.setattr(ssl, "create_default_context", _trusting)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        yield patch
