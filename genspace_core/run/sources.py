"""Making the source pictures of an editing suite, checking them, and freezing both in a folder.

The pictures are an ordinary run over the questions' source prompts, in the folder's `build/`, so that
stopping, resuming and paying work as they do in every run. A picture that does not fit its edit is made
again with another seed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from genspace_core import __version__
from genspace_core.errors import InputError
from genspace_core.files import storage_errors, write_atomically
from genspace_core.interfaces import Executor, Metric
from genspace_core.plugins.config import Resolved
from genspace_core.run.adopt import SOURCES_RUN
from genspace_core.run.budget import Budget
from genspace_core.run.engine import execute, locked
from genspace_core.run.judge_flow import Troubles
from genspace_core.run.judging import score_with
from genspace_core.run.layout import DATABASE
from genspace_core.run.observer import Observer
from genspace_core.run.plan import RunSpec, needs_picture
from genspace_core.run.provenance import describe_plugin
from genspace_core.run.records import ProgressRow
from genspace_core.run.scene_codec import scene_from_bytes
from genspace_core.run.store import Store
from genspace_core.suite.build_edit import NAME, VERSION, EditQuestion
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.io import FOLDER_FILE, SOURCES, dump_suite, read_suite, write_suite
from genspace_core.suite.room import lack_of_room
from genspace_core.types import (
    Evidence,
    GenerationOutcome,
    ReconstructionOutcome,
    Sample,
    Scene,
    Suite,
)

PROVENANCE_FILE: Final = "sources.json"
MOST_DONE_ALREADY: Final = 0.05
"""The most that an edit may score by leaving its source as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """What to make sources of, with what, where.

    Attributes:
        out: the folder; the suite's file goes into it.
        questions: the edits.
        generator: makes the pictures.
        reconstructor: looks whether they fit.
        metric: says whether an edit would already be done.
        seed: of the first attempt; the next takes the next number.
        attempts: how often a picture is made, at the most, until it fits.
        skip_failed: leave edits out whose picture failed for technical reasons.
        budget: what the pictures may cost.
        price: US dollars for one, as the user says.
    """

    out: Path
    questions: tuple[EditQuestion, ...]
    generator: Resolved
    reconstructor: Resolved
    metric: Resolved
    seed: int = 0
    attempts: int = 4
    skip_failed: bool = False
    budget: Budget | None = None
    price: float | None = None

    def run(self, questions: Sequence[EditQuestion], attempt: int) -> RunSpec:
        """The run that makes these questions' pictures once."""
        samples = [replace(q.source, bystanders=_unwanted(q)) for q in questions]
        return RunSpec(
            directory=self.out / SOURCES_RUN,
            suite=make_suite(f"{NAME} sources", VERSION, samples),
            generator=self.generator,
            reconstructor=self.reconstructor,
            metrics=(),
            seed=self.seed + attempt,
            budget=self.budget,
            price=self.price,
        )

    def settings(self) -> dict[str, Any]:
        """What decides the pictures, JSON-able: a folder holds those of one set of settings."""
        return {
            "generator": describe_plugin(self.generator),
            "reconstructor": describe_plugin(self.reconstructor),
            "metric": describe_plugin(self.metric),
            "seed": self.seed,
        }


@dataclass(slots=True)
class Sources:
    """What came of it.

    Attributes:
        suite: the edits whose source fits; None where some pictures are still to be made.
        left_out: why no picture would do, by sample id.
        attempts: which attempt gave each source, from 0, by sample id.
        troubles: technical failures.
    """

    suite: Suite | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    troubles: Troubles = field(default_factory=Troubles)


@dataclass(frozen=True, slots=True)
class _Source:
    file: Path
    digest: str


def _unwanted(question: EditQuestion) -> tuple[str, ...]:
    """What the edit adds, and the source must therefore not show."""
    return tuple(n for n in question.sample.objects if n not in question.source.objects)


def check_folder(spec: SourceSpec, *, force: bool = False) -> None:
    """Refuse to change what is frozen: other settings, or fewer edits.

    Raises:
        InputError: the folder is a file, or holds a suite that this would not leave as it is.
    """
    if spec.out.exists() and not spec.out.is_dir():
        raise InputError(f"{spec.out} is a file; name a folder for the suite and its pictures")
    if force or not (spec.out / FOLDER_FILE).exists():
        return
    before: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        before = json.loads((spec.out / PROVENANCE_FILE).read_text("utf-8"))["settings"]
    now = spec.settings()
    other = [name for name in now if _decides(before.get(name)) != _decides(now[name])]
    if other:
        raise InputError(
            f"{spec.out} holds a suite that was made with another {', '.join(other)}; choose another --out, "
            "or replace it with --force"
        )
    asked = {question.sample.id for question in spec.questions}
    dropped = sum(sample.id not in asked for sample in read_suite(spec.out))
    if dropped:
        raise InputError(
            f"{spec.out} holds a suite with {dropped} edits more than are asked for now; ask for at least as "
            "many, choose another --out, or replace it with --force"
        )


def _decides(setting: Any) -> Any:
    return setting.get("identity") if isinstance(setting, dict) else setting


def is_finished(spec: SourceSpec) -> bool:
    """Whether every edit that is asked for has its source, or was left out, already."""
    try:
        facts = json.loads((spec.out / PROVENANCE_FILE).read_text("utf-8"))
        known = {*facts["attempts"], *facts["left_out"]}
    except (OSError, ValueError, KeyError):
        return False
    return (spec.out / FOLDER_FILE).exists() and all(q.sample.id in known for q in spec.questions)


def make_sources(spec: SourceSpec, executor: Executor, observer: Observer) -> Sources:
    """Make every source, or what is left of them, and freeze the suite. Repeat it to go on.

    Where a picture fails technically, in making or in rebuilding, nothing is frozen, unless
    `spec.skip_failed` leaves its edit out.

    Raises:
        GeneratorStopped: the generator cannot go on; what is made is kept.
        GenSpaceError: a plugin broke, or a worker died.
        StorageError: the folder cannot be written, or another build is writing in it.
    """
    with storage_errors(spec.out):
        spec.out.mkdir(parents=True, exist_ok=True)
    with locked(spec.out):  # the run inside is locked by itself, but only while it runs
        return _make(spec, executor, observer)


def _make(spec: SourceSpec, executor: Executor, observer: Observer) -> Sources:
    done, metric = Sources(), spec.metric.build()
    fitting: dict[str, _Source] = {}
    left = list(spec.questions)
    for attempt in range(spec.attempts):
        if not left:
            break
        run = spec.run(left, attempt)
        troubles = execute(run, executor, observer)
        results = _results(run, left)
        if any(map(_failed, (row for _, row, _ in results))) and not spec.skip_failed:
            done.troubles = troubles
            return done
        left = []
        for question, row, scene in results:
            name = question.sample.id
            fault = _fault(question, row, scene, run.directory, metric, spec.metric.name)
            if fault:
                done.left_out[name] = fault
                if _another_may_do(row):
                    left.append(question)
            else:
                assert row.file is not None
                assert row.digest is not None
                fitting[name] = _Source(run.directory / row.file, row.digest)
                done.attempts[name] = attempt
                done.left_out.pop(name, None)
    if fitting:
        done.suite = _freeze(spec, fitting, done)
    return done


def _failed(row: ProgressRow) -> bool:
    """Whether a picture failed for reasons that say nothing of it: repeating may mend it."""
    return needs_picture(row) or row.reconstruction == ReconstructionOutcome.FAILED


def _another_may_do(row: ProgressRow) -> bool:
    """Whether another picture of the same prompt may fit; not if this one failed for technical reasons."""
    return row.generation != GenerationOutcome.FAILED and row.reconstruction != ReconstructionOutcome.FAILED


def _results(
    run: RunSpec, questions: Sequence[EditQuestion]
) -> list[tuple[EditQuestion, ProgressRow, Scene | None]]:
    by_id = {question.sample.id: question for question in questions}
    with Store(run.directory / DATABASE, write=False) as store:
        found = []
        for row in list(store.progress(run.reconstructor_key)):
            data = None if row.scene_id is None else store.scene(row.scene_id)
            found.append((by_id[row.sample], row, None if data is None else scene_from_bytes(data)))
        return found


def _fault(
    question: EditQuestion,
    row: ProgressRow,
    scene: Scene | None,
    directory: Path,
    metric: Metric,
    name: str,
) -> str:
    """Why a picture will not do as the source of its edit; empty where it will."""
    if row.generation != GenerationOutcome.OK:
        return f"{row.generation}: {row.generation_detail}"
    if row.reconstruction != ReconstructionOutcome.OK or scene is None:
        return row.reconstruction_detail or "not rebuilt"
    there = {item.name for item in scene.objects}
    if too_early := [name for name in _unwanted(question) if name in there]:
        return f"it already shows a {too_early[0]}"
    picture = directory / (row.file or "")
    unchanged = Evidence(scene=scene, scene_before=scene, image=picture, source=picture)
    return lack_of_room(question.sample, scene) or _done_already(question.sample, unchanged, metric, name)


def _done_already(sample: Sample, unchanged: Evidence, metric: Metric, name: str) -> str:
    """Why an edit that changes nothing would not be told from one that does."""
    score = score_with(metric, name, sample, unchanged)
    if score.undecidable:
        return f"it cannot be judged ({score.reason})"
    if score.value > MOST_DONE_ALREADY:
        return f"what is asked is there already (it scores {score.value:.2f} as it is)"
    return ""


def _freeze(spec: SourceSpec, fitting: dict[str, _Source], done: Sources) -> Suite:
    """Put the pictures beside the suite's file, under plain names, and write it."""
    samples = []
    for question in spec.questions:
        if (source := fitting.get(question.sample.id)) is not None:
            number = question.sample.id.partition("/")[2]
            name = f"{SOURCES}/{number}{source.file.suffix}"
            samples.append(replace(question.sample, source=name, source_sha256=source.digest))
    suite = make_suite(NAME, VERSION, samples, spec.out)
    with storage_errors(spec.out):
        _clear(spec.out, suite)
        for sample in samples:
            _place(fitting[sample.id].file, spec.out / str(sample.source))
    facts = {
        "genspace": __version__,
        "suite": {"name": NAME, "version": VERSION, "digest": suite.digest, "samples": len(suite)},
        "settings": spec.settings(),
        "most_attempts": spec.attempts,
        "attempts": done.attempts,
        "left_out": done.left_out,
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_atomically(spec.out / PROVENANCE_FILE, text.encode())
    write_suite(suite, spec.out / FOLDER_FILE, force=True)  # last: a folder with it is whole
    return suite


def _clear(folder: Path, suite: Suite) -> None:
    """Before anything is replaced: take away the old suite's file, and pictures that nobody needs now."""
    file = folder / FOLDER_FILE
    if not file.exists() or file.read_bytes() == dump_suite(suite):
        return
    file.unlink()
    kept = {folder / str(sample.source) for sample in suite}
    for picture in (folder / SOURCES).rglob("*"):
        if picture.is_file() and picture not in kept:
            picture.unlink()


def _place(picture: Path, target: Path) -> None:
    """Show a picture of the build under another name: the same file where the disk can, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.samefile(picture):  # renaming one name of a file to another does nothing
        return
    beside = target.with_name(f".{target.name}.tmp")
    beside.unlink(missing_ok=True)
    try:
        os.link(picture, beside)
    except OSError:
        shutil.copyfile(picture, beside)
    beside.replace(target)
