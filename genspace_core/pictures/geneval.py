"""GenEval's layout: 00000/metadata.jsonl with the prompt, and 00000/samples/0000.png and so on.

It does not say what GenSpace asks, so a suite must: a folder's sample is the one of the id in its
metadata, else the one of its prompt, else, where it has neither, the one at the folder's number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Final

from genspace_core.errors import InputError
from genspace_core.pictures.account import Account, natural
from genspace_core.pictures.folder import PICTURE_SUFFIXES, use_picture, walk
from genspace_core.pictures.found import Collection, Found
from genspace_core.pictures.names import read_text
from genspace_core.pictures.questions import Questions
from genspace_core.pictures.sources import suite_source
from genspace_core.types import Sample, Suite

METADATA: Final = "metadata.jsonl"
SAMPLES: Final = "samples"
NUMBER: Final = re.compile("[0-9]+")

_LONGEST: Final = 2**20  # bytes of metadata


def read_geneval(account: Account, suite: Suite) -> Collection:
    """Place the pictures of such a folder."""
    metadata: dict[str, str] = {}
    pictures: dict[str, list[str]] = {}
    for file in walk(account):
        match PurePosixPath(file).parts:
            case (number, name) if name == METADATA and NUMBER.fullmatch(number):
                metadata[number] = file
            case (number, folder, name) if folder == SAMPLES and NUMBER.fullmatch(number):
                if PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES:
                    pictures.setdefault(number, []).append(file)
    folders = _Folders(suite)
    found: list[Found] = []
    for number in sorted(metadata.keys() | pictures.keys(), key=natural):
        label, files = metadata.get(number), pictures.get(number, [])
        try:
            sample = folders.asked(number, _metadata(account, number, label))
            found += _placed(account, suite, sample, number, files)
        except InputError as error:
            for file in (*files, *filter(None, [label])):
                account.leave(file, str(error))
            continue
        folders.answered(sample, number)
        account.use(*filter(None, [label]))
    return account.close(
        "geneval", found, f"neither NUMBER/{METADATA} nor a picture in NUMBER/{SAMPLES}, so it is not read"
    )


class _Folders:
    """Which folder has the pictures of which sample."""

    def __init__(self, suite: Suite) -> None:
        self.suite, self.questions = suite, Questions(suite)
        self.folders: dict[str, str] = {}

    def asked(self, number: str, metadata: dict[str, Any]) -> Sample:
        """The sample of a folder.

        Raises:
            InputError: there is none, several, or another folder has it.
        """
        if metadata.get("id") is not None:
            sample = self.questions.by_id(metadata["id"])
        elif metadata.get("prompt") is not None:
            sample = self.questions.by_prompt(str(metadata["prompt"]))
        elif int(number) < len(self.suite):
            sample = self.suite.samples[int(number)]
        else:
            raise InputError(
                f'the metadata has neither "id" nor "prompt", and suite "{self.suite.name}" '
                f"no sample at {number} (it has {len(self.suite)}, counted from 0)"
            )
        if sample.id in self.folders:
            raise InputError(
                f"folder {self.folders[sample.id]} has the pictures of sample {sample.id} already"
            )
        return sample

    def answered(self, sample: Sample, number: str) -> None:
        """A folder's pictures answer this sample."""
        self.folders[sample.id] = number


def _placed(account: Account, suite: Suite, sample: Sample, number: str, files: Iterable[str]) -> list[Found]:
    """The pictures of a sample.

    Raises:
        InputError: none can be read, or an edit has no source picture.
    """
    source = suite_source(suite, sample) if sample.task == "edit" else None
    found: list[Found] = []
    for file in files:
        try:
            use_picture(account, file)
        except InputError as error:
            account.leave(file, str(error))
            continue
        image = account.root / file
        found.append(Found(sample=sample, image=image, image_index=len(found), source=source))
    if not found:
        raise InputError(f"there is no picture that can be read in {number}/{SAMPLES}")
    return found


def _metadata(account: Account, number: str, file: str | None) -> dict[str, Any]:
    """What a folder says of itself.

    Raises:
        InputError: nothing, or nothing that can be read.
    """
    if file is None:
        raise InputError(f"there is no {number}/{METADATA} that says what was asked")
    try:
        content = json.loads(read_text(account.root / file, _LONGEST))
    except InputError as error:
        raise InputError(f"{file} is of no use: {error}") from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InputError(f'{file} is not one JSON object, e.g. {{"prompt": "A photo of one dog."}}')
    return content
