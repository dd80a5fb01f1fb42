"""Where the source picture of an edit is, when the suite brings it."""

from __future__ import annotations

from pathlib import Path

from genspace_core.errors import InputError
from genspace_core.pictures.folder import picture_kind
from genspace_core.types import Sample, Suite


def suite_source(suite: Suite | None, sample: Sample) -> Path:
    """The source picture of a sample in its suite's own folder, an absolute path.

    Raises:
        InputError: there is none, or it is no picture.
    """
    if suite is None or suite.root is None or sample.source is None:
        raise InputError("there is no source picture, without which an edit cannot be judged")
    path = suite.root.absolute() / sample.source
    try:
        picture_kind(path)
    except InputError as error:
        raise InputError(f"the suite's source picture {sample.source} is {error}") from None
    return path
