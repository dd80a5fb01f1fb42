"""The published repository's layout: t2i/TEMPLATE/N.png, N.txt with the names; edits and their sources.

    t2i/32/0.png  0.txt                 the picture and the names of its objects, "<man> <cat>"
    imageedit/12/0.png  0.txt           the result of an edit, the names, and
                        0prompt.txt     what the model was told, if anyone kept it
    imageedit_unedit/12/0.png  0.txt    the picture before the edit, and what is there

The number N is the file's name; the sample is t2i/32/00 or edit/12/00.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from genspace_core.errors import InputError
from genspace_core.pictures.account import Account
from genspace_core.pictures.folder import PICTURE_SUFFIXES, picture_kind, use_picture, walk
from genspace_core.pictures.found import Collection, Found
from genspace_core.pictures.names import (
    LONGEST_PROMPT,
    check_fit,
    read_names,
    read_text,
    same_names,
    strangers,
)
from genspace_core.pictures.questions import Questions
from genspace_core.pictures.sources import suite_source
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.subdomains import TEMPLATE_COUNT, sub_domain_of
from genspace_core.types import Sample, Suite, Task

T2I: Final = "t2i"
RESULTS: Final = "imageedit"
SOURCES: Final = "imageedit_unedit"
GROUPS: Final = (T2I, RESULTS, SOURCES)

_PROMPT: Final = "prompt"
_TASKS: Final[dict[str, Task]] = {T2I: "t2i", RESULTS: "edit"}


class Slot(NamedTuple):
    """A place for one picture: group, template and number ("07", or any name)."""

    group: str
    template: int
    number: str

    @property
    def id(self) -> str:
        """The sample's id."""
        return f"{_TASKS[self.group]}/{self.template}/{self.number}"


@dataclass(slots=True)
class Files:
    """What lies in a slot."""

    pictures: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """All of them, the most telling first."""
        return [*self.pictures, *self.names, *self.prompts]


def _inserts(template: int) -> bool:
    """Whether an edit puts B into a picture that shows A alone."""
    return load_edit_templates()[template].objects == "A+B"


def read_published(account: Account, suite: Suite | None) -> Collection:
    """Place the pictures of such a folder."""
    return _Reader(account, suite).read()


class _Reader:
    def __init__(self, account: Account, suite: Suite | None) -> None:
        self.account, self.suite = account, suite
        self.questions = None if suite is None else Questions(suite)
        self.slots: dict[Slot, Files] = {}

    def read(self) -> Collection:
        for file in walk(self.account):
            try:
                self._sort_in(file)
            except InputError as error:
                self.account.leave(file, str(error))
        found = [placed for slot in self.slots if slot.group in _TASKS and (placed := self._place(slot))]
        for slot, files in self.slots.items():
            if slot.group == SOURCES:
                self._leave(
                    files, f"not used: {RESULTS}/{slot.template} has no picture {slot.number} made from it"
                )
        return self.account.close("published", found, "no part of this layout, so it is not read")

    # --- which file is what -------------------------------------------------------------------------

    def _sort_in(self, file: str) -> None:
        group, *folders = PurePosixPath(file).parts
        if group not in GROUPS or not folders:
            raise InputError(f"lies outside of {', '.join(GROUPS)}, so it is not read")
        if len(folders) != 2:
            raise InputError(f"not in the folder of a template ({group}/0 to {group}/{TEMPLATE_COUNT - 1})")
        template, name = folders
        # ASCII only: \d and int() take other scripts' digits too.
        if not re.fullmatch("0|[1-9][0-9]*", template) or int(template) >= TEMPLATE_COUNT:
            raise InputError(f'"{template}" is no template; templates are 0 to {TEMPLATE_COUNT - 1}')
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix.lower()
        is_prompt = suffix == ".txt" and stem.endswith(_PROMPT) and stem != _PROMPT
        number = stem.removesuffix(_PROMPT) if is_prompt else stem
        if suffix not in (*PICTURE_SUFFIXES, ".txt"):
            raise InputError("neither a picture (0.png) nor names (0.txt) nor a prompt (0prompt.txt)")
        if not re.fullmatch(r"[A-Za-z0-9._-]+", number):
            raise InputError('no name for a sample; rename it with letters, digits, ".", "_" and "-" only')
        if re.fullmatch("[0-9]+", number):
            number = str(int(number)).zfill(2)
        files = self.slots.setdefault(Slot(group, int(template), number), Files())
        kind = files.prompts if is_prompt else files.names if suffix == ".txt" else files.pictures
        kind.append(file)

    # --- one picture --------------------------------------------------------------------------------

    def _place(self, slot: Slot) -> Found | None:
        files = self.slots[slot]
        if not files.pictures:
            self._leave(files, f"belongs to a picture {slot.number} that is not there")
            return None
        try:
            return self._found(slot, files)
        except InputError as error:
            self._leave(Files(pictures=files.pictures), str(error))
        about = f"belongs to {files.pictures[0]}, which is left out"
        self._leave(files, about)
        self._leave(self._before(slot), about)
        return None

    def _found(self, slot: Slot, files: Files) -> Found:
        """The picture of a slot with its question.

        Raises:
            InputError: it is left out; the text says why.
        """
        task, before = _TASKS[slot.group], self._before(slot)
        image = self._picture(files)
        asked = self._asked(slot)
        names, named_by = self._names(slot, files, before, asked)
        if asked is None:
            check_fit(task, slot.template, names)
        elif not same_names(names, asked.objects):
            raise InputError(
                f"{named_by} names {', '.join(names)}, and {asked.id} of the suite "
                f"asks about {', '.join(asked.objects)}"
            )
        source = self._source(before, asked) if task == "edit" else None
        # Nothing is left out from here on.
        use_picture(self.account, image)
        if named_by in (*files.names, *before.names):
            self.account.use(named_by)
        if not files.names:
            self.account.note(image, f"has no .txt of its name beside it; its names are those of {named_by}")
        if isinstance(source, str):
            use_picture(self.account, source)
            self._use_names_before(slot, before, names)
        prompt = self._prompt(files, asked)
        root = self.account.root
        if asked is None:
            for text in strangers(names):
                self.account.note(named_by, text)
        sample = asked or Sample(
            id=slot.id,
            task=task,
            sub_domain=sub_domain_of(slot.template),
            template=slot.template,
            prompt=prompt,
            objects=names,
            source=source if isinstance(source, str) else None,
        )
        where = root / source if source is not None else None
        return Found(sample=sample, image=root / image, image_index=0, source=where)

    def _before(self, slot: Slot) -> Files:
        """What belongs to the source picture of an edit."""
        before = self.slots.get(slot._replace(group=SOURCES)) if slot.group == RESULTS else None
        return before or Files()

    def _picture(self, files: Files) -> str:
        """The one picture of a slot that can be one.

        Raises:
            InputError: there is none, or nobody can tell which of several is meant.
        """
        sound = []
        for file in files.pictures:
            try:
                picture_kind(self.account.root / file)
                sound.append(file)
            except InputError as error:
                self.account.leave(file, str(error))
        if not sound:
            raise InputError(f"{files.pictures[0]} is no picture")
        if len(sound) > 1:
            raise InputError(
                f"one number has several pictures ({', '.join(sound)}), so none is used; keep one"
            )
        return sound[0]

    def _asked(self, slot: Slot) -> Sample | None:
        """The suite's sample for a slot; None without a suite."""
        if self.questions is None:
            return None
        sample = self.questions.by_id(slot.id)
        if (sample.task, sample.template) != (_TASKS[slot.group], slot.template):
            raise InputError(f"sample {slot.id} of the suite is of template {sample.task}/{sample.template}")
        return sample

    def _names(
        self, slot: Slot, files: Files, before: Files, asked: Sample | None
    ) -> tuple[tuple[str, ...], str]:
        """The names of the objects, and who named them."""
        if files.names:
            return self._read_names(files.names), files.names[0]
        if asked is not None:
            return asked.objects, "the suite"
        if slot.group == RESULTS and not _inserts(slot.template) and before.names:
            return self._read_names(before.names), before.names[0]
        raise InputError(
            "has no .txt of its name beside it; write the names of its objects, <man> <cat>, into one"
        )

    def _read_names(self, files: list[str]) -> tuple[str, ...]:
        if len(files) > 1:
            raise InputError(f"several files ({', '.join(files)}) name its objects; keep one")
        try:
            return read_names(self.account.root / files[0])
        except InputError as error:
            self.account.leave(files[0], str(error))
            raise InputError(f"{files[0]} is of no use: {error}") from None

    def _source(self, before: Files, asked: Sample | None) -> str | Path:
        """The picture before the edit: a file of the folder, else the suite's own, an absolute path."""
        if before.pictures:
            try:
                return self._picture(before)
            except InputError as error:
                self._leave(before, str(error))
                problem = f"its source is of no use: {error}"
        else:
            problem = f"its source picture is not in {SOURCES}, and without one an edit cannot be judged"
        if self.suite is not None and self.suite.root is not None and asked is not None:
            return suite_source(self.suite, asked)
        raise InputError(problem)

    # --- keeping the account ------------------------------------------------------------------------

    def _use_names_before(self, slot: Slot, before: Files, names: tuple[str, ...]) -> None:
        """Hold what is named in the source picture against what is asked about."""
        try:
            there = self._read_names(before.names) if before.names else ()
        except InputError:
            self._leave(
                Files(names=before.names), "one of several that name the objects of the source; keep one"
            )
            return
        self.account.use(*before.names)
        expected = names[:1] if _inserts(slot.template) else names
        if there and not same_names(there, expected):
            self.account.note(
                before.names[0],
                f"names {', '.join(there)} before the edit, which asks about {', '.join(expected)}",
            )

    def _prompt(self, files: Files, asked: Sample | None) -> str:
        """What the model was told, "" where nobody kept it."""
        if len(files.prompts) != 1:
            self._leave(Files(prompts=files.prompts), "one of several prompts of one picture; keep one")
            return ""
        try:
            text = read_text(self.account.root / files.prompts[0], LONGEST_PROMPT)
        except InputError as error:
            self.account.leave(files.prompts[0], str(error))
            return ""
        self.account.use(files.prompts[0])
        if asked is not None and text.split() != asked.prompt.split():
            self.account.note(
                files.prompts[0], f"is not the prompt of {asked.id} in the suite, which is the one kept"
            )
        return text

    def _leave(self, files: Files, why: str) -> None:
        for file in files.all():
            self.account.leave(file, why)
