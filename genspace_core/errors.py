"""The errors GenSpace raises on purpose.

Every message is one line that names the place and the fix, fit to be shown to a user as it is:
the command line prints it without a traceback. Adapters raise the `GenerationError` family to
tell the core what happened; the core decides whether to retry, go on or stop.
"""

from __future__ import annotations


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
    """One picture could not be made. Subclasses say what the core should do about it."""


class GeneratorStopped(GenSpaceError):
    """The run of one generator cannot go on; another generator's may."""


class RateLimited(GenerationError):
    """Asked too fast; try again after `retry_after` seconds (None: the core chooses)."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Transient(GenerationError):
    """A passing fault (time-out, HTTP 5xx, connection cut): the core tries again."""


class Refused(GenerationError):
    """The model declined this prompt (moderation). Counted as `refused`; never retried."""


class InvalidRequest(GenerationError):
    """The model cannot take this request (prompt too long). Counted as `failed`; never retried."""


class Fatal(GenerationError):
    """Nothing more can succeed (key refused, quota spent, weights missing): the run stops here."""
