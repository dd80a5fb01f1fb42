"""The errors GenSpace raises on purpose.

Every message is one line that names the place and the fix, fit to be shown to a user as it is:
the command line prints it without a traceback. Adapters raise the `GenerationError` family to
tell the core what happened; the core decides whether to retry, go on or stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """What a vendor's headers tell of the limit on requests; None where they do not.

    Attributes:
        per_minute: requests that may be made in a minute.
        remaining: requests that are left.
        reset: seconds until there are all of them again.
    """

    per_minute: float | None = None
    remaining: int | None = None
    reset: float | None = None


class GenSpaceError(Exception):
    """Base of every error raised on purpose. `str(error)` is one line for the user."""


class InputError(GenSpaceError):
    """A file or value given by the user is wrong (file, line, what is allowed)."""


class ConfigError(InputError):
    """`plugins.toml` or an option is wrong: names file, table, key and what is allowed."""


class PluginError(GenSpaceError):
    """A plugin is unknown, broken, or lacks something it needs; the message holds the fix."""


class StorageError(GenSpaceError):
    """A run directory cannot be read or written (read-only, full disk, in use by another run)."""


class ReconstructionError(GenSpaceError):
    """One picture could not be turned into a scene; the run goes on with the next one."""


class GenerationError(GenSpaceError):
    """One picture could not be made, or one vote not be had. Subclasses say what the core should do about it.

    Raised as it is: tried again when the command is repeated, not before, since it may have been paid for.

    Args:
        message: one line.
        cost: US dollars that the vendor says it charged for the attempt.
        charged: it may have charged for it, without saying so.
        answer: the raw answer, JSON-able, without pictures and secrets (`genspace_core.kept_answer`).
        limits: what the answer's headers told.
    """

    def __init__(
        self,
        message: str,
        *,
        cost: float | None = None,
        charged: bool = False,
        answer: Any = None,
        limits: RateLimits | None = None,
    ) -> None:
        super().__init__(message)
        self.cost, self.charged, self.answer, self.limits = cost, charged, answer, limits


class GeneratorStopped(GenSpaceError):
    """The run of one generator cannot go on; another generator's may."""


class JudgeStopped(GeneratorStopped):
    """A judge could not go on; its pictures are there, and are judged when the command is repeated."""


class Passing(GenerationError):
    """Another attempt may succeed; after `retry_after` seconds (None: the core chooses)."""

    def __init__(self, message: str, retry_after: float | None = None, **about: Any) -> None:
        super().__init__(message, **about)
        self.retry_after = retry_after


class RateLimited(Passing):
    """Asked too fast: the core slows down, for all calls of the account."""


class Transient(Passing):
    """A passing fault (time-out, HTTP 5xx, connection cut): the core tries again."""


class Refused(GenerationError):
    """The model declined this prompt (moderation), or gave none. Counted as `refused`; never retried.

    Args:
        message: one line.
        reason: the vendor's own word for it, such as "moderation_blocked", or "no_image", "text".
    """

    def __init__(self, message: str, reason: str = "", **about: Any) -> None:
        super().__init__(message, **about)
        self.reason = reason


class InvalidRequest(GenerationError):
    """The model cannot take this request (prompt too long). Counted as `failed`; never retried."""


class JobFailed(GenerationError):
    """A job will never give its picture: the vendor says so. The job is given up.

    Any other failure to collect leaves it to be collected by the next command; so raise this, `Refused` or
    `InvalidRequest` where asking again is of no use.
    """


class ResultLost(JobFailed):
    """A picture that was asked for, and paid, is there no more (its address has expired).

    It is not asked for again before the command is repeated.
    """

    def __init__(self, message: str, *, charged: bool = True, **about: Any) -> None:
        super().__init__(message, charged=charged, **about)


class NotCollected(GenerationError):
    """A picture that is ordered, and still to be had: its job is kept, and collected by the next command."""


class Fatal(GenerationError):
    """Nothing more can succeed (weights missing, no such model): the run stops here."""


class AuthFailed(Fatal):
    """The key is refused: nothing else under it can succeed either."""


class QuotaSpent(Fatal):
    """The account's credit or quota is used up: nothing else on it can succeed either."""
