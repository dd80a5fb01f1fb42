"""What a look through somebody's pictures gives: those that answer a question, and a word on the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genspace_core.types import Sample

Layout = Literal["published", "geneval", "manifest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One picture and the question it answers.

    Attributes:
        sample: the question. One that was made from the layout itself may have an empty prompt, states
            no amounts unless a manifest does, and its `source` is a path relative to the folder.
        image: the picture, an absolute path.
        image_index: from 0, among several pictures of one sample.
        source: the source picture of an edit, an absolute path; None for "t2i".
    """

    sample: Sample
    image: Path
    image_index: int
    source: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line on one file or row.

    Attributes:
        path: the file, relative to the folder, or FILE:ROW of a manifest.
        text: what is the matter, and what to do.
        placed: True where it is used all the same; False where it is left out.
    """

    path: str
    text: str
    placed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a folder of pictures holds; each of its files is either used or the subject of a remark.

    Attributes:
        layout: how the folder is arranged.
        root: the folder, an absolute path.
        found: by task, template and number, or in the manifest's order within them.
        remarks: by path.
        files: how many files were seen, links included.
        used: how many of them played a part: pictures, source pictures, names, prompts, metadata.
    """

    layout: Layout
    root: Path
    found: tuple[Found, ...]
    remarks: tuple[Remark, ...]
    files: int
    used: int
